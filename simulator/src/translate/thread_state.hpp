// What translated code keeps of each thread, and where it finds it: in the static part of the
// thread's own storage, so at the same distance from fs on every thread. No thread needs setting up
// before it runs translated code, and gs stays free for others.
//
// When:    always.
// Owner:   the thread; the ring is its Translation's.
// Threads: its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "translate/translation.hpp"

namespace surisim::translate {

// A ring begins 256 bytes after a multiple of 64 KiB and ends at the next one. Translated code
// looks whether bits 8 to 15 of the cursor are 0, which needs no flags, after each run of at most
// kRun accesses. So up to 256 bytes may be written behind the end.
inline constexpr std::size_t kRingAlignment = std::size_t{64} << 10;
inline constexpr std::size_t kRingMargin = 256;
inline constexpr unsigned kRun = 8;
static_assert(2 * kRun * sizeof(Access) <= kRingMargin, "a signal may leave a run unfinished");

// Where threads that have not entered write what nobody reads.
inline std::array<std::byte, kRingAlignment + 4 * kRingMargin> nobodys_ring;

struct ThreadState {
  std::byte* cursor = nobodys_ring.data();  // the next access goes there
  std::uint64_t turns_left = 1;             // backward jumps until the Watcher is told
  std::byte* ring = nullptr;                // its begin; null: the thread has not entered
  std::uint64_t instructions = 0;           // that were counted
  std::byte* kept = nullptr;                // the cursor, while a function of the Watcher's runs
};

inline thread_local constinit ThreadState thread_state __attribute__((tls_model("initial-exec")));

// A member's distance from fs.
template <class Member>
std::int32_t from_fs(const Member& of_this_threads_state) {
  std::uintptr_t fs = 0;
  __asm__("mov %%fs:0, %0" : "=r"(fs));
  return static_cast<std::int32_t>(
      static_cast<std::intptr_t>(reinterpret_cast<std::uintptr_t>(&of_this_threads_state) - fs));
}

}  // namespace surisim::translate
