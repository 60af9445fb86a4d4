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

extern const char kOwnMemoryEnd __asm__("_end") __attribute__((visibility("hidden")));

inline bool is_own_code(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnEnd;
}

// Its data, too.
inline bool is_own_memory(const void* address) noexcept {
  return address >= &kOwnBegin && address < &kOwnMemoryEnd;
}

}  // namespace surisim::base
