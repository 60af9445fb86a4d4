// System calls without the C library's `syscall`, which this library replaces for plugins
// (schedule/c_library_waits.cpp).
//
// When:    at any time.
// Owner:   nothing is kept.
// Threads: any; in a signal handler too.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdint>

namespace surisim::base {

// Returns what the kernel returns: -4095 to -1 is a negated errno value.
inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                        long f = 0) noexcept {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

inline long as_argument(const volatile void* pointer) noexcept {
  return static_cast<long>(reinterpret_cast<std::uintptr_t>(pointer));
}

// FUTEX_WAIT and FUTEX_WAKE, for the threads of this process.
inline void futex_wait(std::uint32_t& word, std::uint32_t expected) noexcept {
  raw_syscall(SYS_futex, as_argument(&word), FUTEX_WAIT_PRIVATE, expected);
}
inline void futex_wake(std::uint32_t& word, std::uint32_t most) noexcept {
  raw_syscall(SYS_futex, as_argument(&word), FUTEX_WAKE_PRIVATE, most);
}

}  // namespace surisim::base
