// Where this library's own code is.
//
// When:    at any time.
// Owner:   nothing is kept.
// Threads: any; in a signal handler too.
#pragma once

namespace surisim::base {

// The linker's names for it.
extern const char kOwnBegin __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const char kOwnEnd __asm__("etext") __attribute__((visibility("hidden")));

inline bool is_own_code(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnEnd;
}

}  // namespace surisim::base
