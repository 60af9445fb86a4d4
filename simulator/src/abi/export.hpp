// How a C function of the host is defined, and how it knows its caller.
#pragma once

#include "abi/caller.hpp"

#define SURISIM_ABI extern "C" __attribute__((visibility("default")))
