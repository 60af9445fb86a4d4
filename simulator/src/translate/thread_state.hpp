// What translated code keeps of each thread, and where it finds it: in the static part of the
// thread's own storage, so at the same distance from fs on every thread. No thread needs setting up
// before it runs translated code, and gs stays free for others. And Stop: how translated code calls
// this library.
//
// When:    always.
// Owner:   the thread; the ring is its Translation's.
// Threads: its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "translate/instruction.hpp"
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
  std::uint64_t turns_left = 1;             // backward jumps until Watcher::spinning()
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

// A call of this library by translated code: with all registers kept, and a reason.
//
// When:    translated code calls the function whose address is stop_function(); it has put the
//          reason on the stack, 128 bytes below what the plugin may use there.
// Owner:   the stack of the thread.
// Threads: any.

enum class Reason : std::uint8_t {
  point,        // of this site, before it
  split_point,  // of this site, between its load and its store
  full,         // the ring
  spin,
  system_call,  // is about to be made; rcx, which it would change, says whether it still is to be
  first_entry,  // of this function of the object, which is not translated yet
};

// The order is that in which the function puts them on the stack.
struct Stop {
  std::array<std::uint64_t, kRegisters> registers;
  std::uint64_t flags;
  std::uintptr_t resume;  // in the translation
  std::int64_t code;      // Reason, and what it is about; then the plugin's place, for unwinding

  // The stack pointer at `resume`.
  std::uintptr_t stack() const { return reinterpret_cast<std::uintptr_t>(&code); }
  // Where the plugin is, and its stack pointer there.
  void set_frame(std::uintptr_t place, std::uintptr_t stack) {
    code = static_cast<std::int64_t>(place);
    registers[kRsp] = stack;
  }

  Reason reason() const { return static_cast<Reason>(code & 7); }
  std::uint32_t about() const { return static_cast<std::uint32_t>(code >> 3); }
};

constexpr std::int32_t stop_code(Reason reason, std::uint32_t about) {
  return static_cast<std::int32_t>((about << 3) | static_cast<std::uint32_t>(reason));
}

// False: this processor cannot save its registers in the way that is needed.
bool prepare_stops();

// What code calls.
std::uintptr_t stop_function();

// Whom the function calls; must not throw.
using StopHandler = void (*)(Stop&);
void set_stop_handler(StopHandler handler);

}  // namespace surisim::translate
