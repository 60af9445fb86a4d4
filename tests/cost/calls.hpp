// The functions that the measured plugin exports, with C names.
//
// When:    calls_register in a plugin's Init, calls_fill once storage is finalized, then the rest.
// Owner:   the plugin; values belong to the ThreadVars.
// Threads: main.
//
// call_X(tv) gets the value of the ThreadVars and increments it, like a plugin's callback;
// loop_X(tv, times) does so in a loop in the plugin. X: raw; get_mut and insert (a hit of
// get_or_insert_with) through the wrappers, each as _api, _proved and _seen. call_get and
// call_reference only get it.
#pragma once

#include <suricata/threadvars.h>

#include <cstdint>

namespace cost {
using Call = void(ThreadVars* tv);
using Loop = void(ThreadVars* tv, std::uint64_t times);
}  // namespace cost

extern "C" {
void calls_register();
void calls_fill(ThreadVars* tv);
// The sum of both slots' values: the number of increments by all calls.
std::uint64_t calls_counted(ThreadVars* tv);
}
