// What a translated library calls in place of the C library's functions about signals. A thread
// that blocks SIGTRAP would die of the first int3; so these leave SIGTRAP as it is. And the
// handlers that it installs for the signals of faults are called by ours (signals.hpp).
//
// When:    while the library is translated.
// Owner:   nothing is kept here.
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace surisim::translate {

// 0: the function itself is called.
std::uintptr_t signal_function_for(std::string_view name);

}  // namespace surisim::translate
