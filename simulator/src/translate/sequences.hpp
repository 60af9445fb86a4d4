// Writes the machine code of translations. Emitter writes single instructions; Sequences writes
// what comes before, or replaces, an instruction of the plugin. None of it changes flags.
//
// When:    while code is translated.
// Owner:   the caller's code cache holds the code.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "translate/instruction.hpp"
#include "translate/mapped.hpp"
#include "translate/thread_state.hpp"

namespace surisim::translate {

// From this offset of the code on, the stack pointer differs by so much from the original's.
struct MovedStack {
  std::uint32_t at;
  std::int32_t by;
};

class Emitter {
 public:
  // `moved`: where to list how far the stack pointer is moved; may be null.
  Emitter(std::uint8_t* begin, std::uint8_t* end, Mapped<MovedStack>* moved = nullptr)
      : begin_(begin), at_(begin), end_(end), list_(moved) {}

  std::uint8_t* at() const { return at_; }
  std::uint32_t offset() const { return static_cast<std::uint32_t>(at_ - begin_); }
  std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }
  // A distance did not fit into 32 bits: the code is unusable.
  bool failed() const { return failed_; }
  void start_again(std::uint8_t* at) {
    at_ = at;
    failed_ = false;
    moved_ = 0;
    while (list_ != nullptr && list_->size() != 0 && list_->end()[-1].at >= offset())
      list_->shrink(list_->size() - 1);
  }

  std::int32_t moved() const { return moved_; }
  // For a place that is reached with the stack moved.
  void set_moved(std::int32_t by) {
    if (by == moved_) return;
    moved_ = by;
    if (list_ != nullptr) list_->add({offset(), by});
  }

  void bytes(std::initializer_list<std::uint8_t> all) {
    for (const std::uint8_t one : all) *at_++ = one;
  }
  void copy(const std::uint8_t* from, std::size_t count) {
    std::memcpy(at_, from, count);
    at_ += count;
  }
  void word(std::int32_t value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void quad(std::uint64_t value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  // Emits a place for a distance, to be set with set_distance(). It counts from behind the place.
  std::uint8_t* distance() {
    word(0);
    return at_ - sizeof(std::int32_t);
  }
  void set_distance(std::uint8_t* place, std::uintptr_t target) {
    const auto far = static_cast<std::int64_t>(target - reinterpret_cast<std::uintptr_t>(place) -
                                               sizeof(std::int32_t));
    const auto near = static_cast<std::int32_t>(far);
    failed_ = failed_ || near != far;
    std::memcpy(place, &near, sizeof near);
  }
  void distance_to(std::uintptr_t target) { set_distance(distance(), target); }
  void distance_to(const void* target) { distance_to(reinterpret_cast<std::uintptr_t>(target)); }
  void jump_to(std::uintptr_t target) {
    bytes({0xe9});
    distance_to(target);
  }

  // A jump of at most 127 bytes forward: jump_short() … land().
  std::uint8_t* jump_short() {
    bytes({0xeb, 0});
    return at_;
  }
  std::uint8_t* jump_if_rcx_is_0() {
    bytes({0xe3, 0});
    return at_;
  }
  void land(const std::uint8_t* behind_jump) {
    const_cast<std::uint8_t*>(behind_jump)[-1] = static_cast<std::uint8_t>(at_ - behind_jump);
  }

  void move(int to, int from) { bytes({rex(from, kNone, to), 0x89, modrm(3, from, to)}); }
  void load(int to, int base, std::int8_t displacement) {
    bytes({rex(to, kNone, base), 0x8b});
    at_base(to, base, displacement);
  }
  void store(int base, std::int8_t displacement, int from) {
    bytes({rex(from, kNone, base), 0x89});
    at_base(from, base, displacement);
  }
  void load_from_fs(int to, std::int32_t place) { with_fs(0x8b, to, place); }
  void store_to_fs(std::int32_t place, int from) { with_fs(0x89, from, place); }
  void add(int to, int base, std::int8_t displacement) {
    bytes({rex(to, kNone, base), 0x8d});
    at_base(to, base, displacement);
  }
  void add_long(int to, int base, std::int32_t displacement) {
    bytes({rex(to, kNone, base), 0x8d, modrm(2, to, base)});
    if ((base & 7) == kRsp) bytes({0x24});
    word(displacement);
  }
  void add_register(int to, int base, int index, std::int8_t displacement) {
    bytes({rex(to, index, base), 0x8d, modrm(1, to, 4), modrm(0, index, base),
           static_cast<std::uint8_t>(displacement)});
  }
  void invert(int number) { bytes({rex(kNone, kNone, number), 0xf7, modrm(3, 2, number)}); }
  // Adds to the stack pointer.
  void move_stack(std::int32_t by) {
    if (by >= -128 && by < 128) {
      add(kRsp, kRsp, static_cast<std::int8_t>(by));
    } else {
      bytes({0x48, 0x8d, 0xa4, 0x24});
      word(by);
    }
    set_moved(moved_ + by);
  }
  // Loads the address of an operand; `stack_moved`: by how much rsp is below what it expects.
  void address_of(const MemoryOperand& operand, int to, std::int32_t stack_moved = 0);
  // Loads its value, of 8 bytes.
  void load_operand(const MemoryOperand& operand, int to, std::int32_t stack_moved = 0) {
    with_operand(0x8b, operand, to, stack_moved);
  }
  void jump_through(const MemoryOperand& operand, std::int32_t stack_moved) {
    with_operand(0xff, operand, 4, stack_moved);
  }

 private:
  static std::uint8_t rex(int reg, int index, int base) {
    return static_cast<std::uint8_t>(0x48 | (high(reg) << 2) | (high(index) << 1) | high(base));
  }
  static int high(int number) { return number >= kR8 ? 1 : 0; }
  static std::uint8_t modrm(int mode, int reg, int base) {
    return static_cast<std::uint8_t>((mode << 6) | ((reg & 7) << 3) | (base & 7));
  }
  void at_base(int reg, int base, std::int8_t displacement) {
    bytes({modrm(1, reg, base)});
    if ((base & 7) == kRsp) bytes({0x24});
    bytes({static_cast<std::uint8_t>(displacement)});
  }
  void with_fs(std::uint8_t opcode, int reg, std::int32_t place) {
    bytes({0x64, rex(reg, kNone, kNone), opcode, modrm(0, reg, 4), 0x25});
    word(place);
  }
  void with_operand(std::uint8_t opcode, const MemoryOperand& operand, int reg,
                    std::int32_t stack_moved);

  std::uint8_t* begin_;
  std::uint8_t* at_;
  std::uint8_t* end_;
  bool failed_ = false;
  std::int32_t moved_ = 0;
  Mapped<MovedStack>* list_;
};

// How far the stack pointer is moved down when a known target is jumped to; its landing adds this.
inline constexpr std::int32_t kLanding = 136;
inline constexpr std::size_t kLandingBytes = 8;  // of the landing's instruction

// The hash table in which indirect jumps and returns look up their target's translation, by the
// target's low 16 bits. An entry is written once; of two targets with the same bits only the first
// is found.
struct KnownTarget {
  std::int64_t negated;    // minus the target: adding the target gives 0
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
      : out_(out), stop_slot_(stop_slot), table_(table), constants_(kMaxConstants) {}

  void stop(Reason reason, std::uint32_t about);
  // Logs an access in the thread's ring; `check`: then stops if the ring is full.
  void log(const Instruction& instruction, const MemoryOperand& operand, std::uint32_t site,
           bool check);
  // Adds to the thread's count of instructions. `live`: the registers that are needed afterwards.
  void count(RegisterSet live, std::int32_t instructions);
  // A rep instruction, and counting its iterations but one.
  void count_iterations(const Instruction& instruction, const std::uint8_t* bytes);
  // Counts a backward jump, and jumps. `live`: the registers that are live at the target. Returns
  // where the distances of its two jumps are to be set.
  struct Jumps {
    std::uint8_t* first;
    std::uint8_t* second;
  };
  Jumps jump_back(RegisterSet live);
  // The instruction itself, its rip-relative operand adjusted.
  void copy(const Instruction& instruction, const std::uint8_t* bytes);
  void push_return_address(const Instruction& call);
  // An indirect jump or call: to the target's translation if it is known, else to the target.
  void indirect(const Instruction& instruction);
  void ret(const Instruction& instruction, const std::uint8_t* bytes);
  // The instruction syscall, skipped if the Watcher makes the call.
  void system_call(const Instruction& instruction, const std::uint8_t* bytes);
  // What stands in front of a known target's translation.
  void landing() {
    out_.set_moved(-kLanding);
    out_.move_stack(kLanding);
  }
  // A read-modify-write instruction as a load, a point, and a store. Returns the register that
  // holds the address at the point; kNone: it cannot be split, and nothing is emitted.
  int split(const Instruction& instruction, const std::uint8_t* bytes, std::uint32_t site);
  // Emits the constants that were used since the last call. Control must not reach them.
  void place_constants();

 private:
  static constexpr std::size_t kMaxConstants = std::size_t{1} << 17;

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
