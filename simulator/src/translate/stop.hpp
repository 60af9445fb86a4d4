// How translated code calls this library: with all registers kept, and a reason.
//
// When:    translated code calls the function whose address is stop_function(); it has put the
//          reason on the stack, 128 bytes below what the plugin may use there.
// Owner:   the stack of the thread.
// Threads: any.
#pragma once

#include <array>
#include <cstdint>

#include "translate/instruction.hpp"

namespace surisim::translate {

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
