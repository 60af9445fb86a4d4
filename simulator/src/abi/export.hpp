// What the shared library shows of itself, and who called.
#pragma once

#define SURISIM_ABI extern "C" __attribute__((visibility("default")))
#define SURISIM_CALLER __builtin_extract_return_addr(__builtin_return_address(0))
