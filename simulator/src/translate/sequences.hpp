// The code that stands in the translation beside or instead of an instruction of the plugin's. It
// changes neither flags nor registers, and nothing in the 128 bytes below the stack pointer that
// the plugin may use. A signal handler may run translated code between any two instructions of it.
//
// When:    while code is translated.
// Owner:   the emitter's cache.
// Threads: one at a time.
#pragma once

#include <cstdint>

#include "translate/emitter.hpp"
#include "translate/instruction.hpp"
#include "translate/mapped.hpp"
#include "translate/stop.hpp"

namespace surisim::translate {

// How far below the stack pointer a target is jumped to through the table: its landing adds this.
inline constexpr std::int32_t kLanding = 136;
inline constexpr std::size_t kLandingBytes = 8;  // of the instruction that does

// Where jumps through registers and memory look up their target's translation, by the target's low
// 16 bits. An entry is written once; two targets with the same low bits: the second is not found.
struct KnownTarget {
  std::int64_t negated;    // the target, so that adding tells whether it is this one
  std::uintptr_t landing;  // in the translation
};
inline constexpr std::size_t kKnownTargets = std::size_t{1} << 16;

// A return address, which is put on the stack from memory.
struct Constant {
  std::uint8_t* distance;
  std::uintptr_t value;
};

class Sequences {
 public:
  // `stop_slot` holds stop_function(); `table` is of KnownTarget. Both are near the code.
  Sequences(Emitter& out, std::uintptr_t stop_slot, std::uintptr_t table)
      : out_(out), stop_slot_(stop_slot), table_(table), constants_(kMostConstants) {}

  void stop(Reason reason, std::uint32_t about);
  // Writes an access into the thread's ring; `check`: and looks whether it is full.
  void log(const Instruction& instruction, const MemoryOperand& operand, std::uint32_t site,
           bool check);
  // Adds to the thread's count of instructions. `live`: the registers that are needed afterwards.
  void count(RegisterSet live, std::int32_t instructions);
  // A repeated instruction itself, and its turns but one.
  void count_turns(const Instruction& instruction, const std::uint8_t* bytes);
  // Counts a jump backwards, then jumps. `live`: the registers that are needed there.
  // Returns the place for the distance of the jump; one of two.
  struct Jumps {
    std::uint8_t* first;
    std::uint8_t* second;
  };
  Jumps jump_back(RegisterSet live);
  // The instruction itself, wherever it stands.
  void copy(const Instruction& instruction, const std::uint8_t* bytes);
  void push_return_address(const Instruction& call);
  // An indirect jump or call, which stays with the target if its translation is not known.
  void indirect(const Instruction& instruction);
  void ret(const Instruction& instruction, const std::uint8_t* bytes);
  // An instruction syscall, unless the Watcher has made the call.
  void system_call(const Instruction& instruction, const std::uint8_t* bytes);
  // What a target of `indirect` or `ret` begins with.
  void landing() {
    out_.set_moved(-kLanding);
    out_.move_stack(kLanding);
  }
  // A read-modify-write instruction as a load, a point, and a store. kNone: it cannot be split, and
  // nothing is emitted. Else the register that has the address at the point.
  int split(const Instruction& instruction, const std::uint8_t* bytes, std::uint32_t site);
  // The constants that were used since the last time; not where code runs.
  void place_constants();
  bool has_room_for_constant() const { return !constants_.is_full(); }

 private:
  static constexpr std::size_t kMostConstants = std::size_t{1} << 17;

  const std::uint8_t* look_up();
  void count_register(int number, bool down, RegisterSet live);
  void push_three();
  void pop_three();
  void on_hit(const std::uint8_t* jump, std::int32_t moved);

  Emitter& out_;
  std::uintptr_t stop_slot_;
  std::uintptr_t table_;
  Mapped<Constant> constants_;
};

}  // namespace surisim::translate
