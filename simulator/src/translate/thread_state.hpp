// Translated code's state of each thread, and Stop: how translated code calls this library. The
// state is in static thread-local storage, at the same distance from fs on every thread, so any
// thread can run translated code without preparation.
//
// When:    always.
// Owner:   the thread; Translation::enter_thread() allocates the ring.
// Threads: its own.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "translate/instruction.hpp"
#include "translate/translation.hpp"

namespace surisim::translate {

// A ring begins 256 bytes after a multiple of 64 KiB and ends at the next one. It is full when bits
// 8 to 15 of the cursor are 0, which can be tested without changing flags. Translated code tests
// this after each run of at most kRun accesses, so it may write up to 256 bytes behind the end.
inline constexpr std::size_t kRingAlignment = std::size_t{64} << 10;
inline constexpr std::size_t kRingMargin = 256;
inline constexpr unsigned kRun = 8;
static_assert(2 * kRun * sizeof(Access) <= kRingMargin, "a signal may leave a run unfinished");

// Threads that have not entered log here; nobody reads it.
inline std::array<std::byte, kRingAlignment + 4 * kRingMargin> discard_ring;

struct ThreadState {
  std::byte* cursor = discard_ring.data();  // where the next access is logged
  std::uint64_t backward_jumps_left = 1;    // backward jumps until Watcher::spinning()
  std::byte* ring = nullptr;                // its begin; null: the thread has not entered
  std::uint64_t instructions = 0;           // that were counted
  std::byte* saved_cursor = nullptr;        // while a function of the Watcher runs; else null
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

// Translated code stops by calling stop_function(): below the red zone it pushes a code, made of a
// reason and a number. All registers are preserved.
enum class Reason : std::uint8_t {
  point,        // before the access of this site
  split_point,  // between the load and the store of this site
  full,         // the ring is
  spin,         // ThreadState::backward_jumps_left is 0
  system_call,  // before it; the handler sets rcx to 0 if it has made the call
  first_entry,  // of this function of the object, which is not translated yet
};

// The stack of the thread, in the order in which stop_function() pushes it.
struct Stop {
  std::array<std::uint64_t, kRegisters> registers;
  std::uintptr_t address;  // of the plugin's instruction, for unwinders; 0: not set yet
  std::uint64_t flags;
  std::uintptr_t resume;  // in the translation
  std::int64_t code;      // of stop_code()

  // The stack pointer at `resume`.
  std::uintptr_t stack() const { return reinterpret_cast<std::uintptr_t>(&code); }
  // Sets the plugin's instruction and stack pointers, as unwinders shall see them. A signal handler
  // that unwinds earlier finds the end of the stack here.
  void set_frame(std::uintptr_t instruction, std::uintptr_t stack) {
    registers[kRsp] = stack;
    std::atomic_signal_fence(std::memory_order_release);
    address = instruction;
  }

  Reason reason() const { return static_cast<Reason>(code & 7); }
  std::uint32_t about() const { return static_cast<std::uint32_t>(code >> 3); }
};

constexpr std::int32_t stop_code(Reason reason, std::uint32_t about) {
  return static_cast<std::int32_t>((about << 3) | static_cast<std::uint32_t>(reason));
}

// False: this processor has no xsave.
bool prepare_stops();

// The address for translated code to call.
std::uintptr_t stop_function();

// What that function calls; must not throw.
using StopHandler = void (*)(Stop&);
void set_stop_handler(StopHandler handler);

}  // namespace surisim::translate
