// Implements sequences.hpp, but for split().
#include "translate/sequences.hpp"

#include <array>

#include "translate/thread_state.hpp"

namespace surisim::translate {
namespace {

constexpr std::int32_t kRedZone = 128;

// Those that a called function may change. Others a landing pad may need after a fault.
constexpr RegisterSet kScratch = set_of(kRax) | set_of(kRcx) | set_of(kRdx) | set_of(kRsi) |
                                 set_of(kRdi) | set_of(kR8) | set_of(9) | set_of(10) | set_of(11);

int lowest(RegisterSet set) { return set == 0 ? int{kNone} : __builtin_ctz(set); }

// Registers for a sequence: first those whose values nobody needs. The values of others are kept in
// such registers, or below the red zone: not in the thread's state, where a signal handler's
// translated code keeps its own.
class Borrowed {
 public:
  Borrowed(Emitter& out, RegisterSet live)
      : out_(out), dead_(kScratch & static_cast<RegisterSet>(~live)) {}

  void take(int number) {
    if ((dead_ & set_of(number)) == 0) kept_[count_++].number = static_cast<std::int8_t>(number);
    dead_ &= static_cast<RegisterSet>(~set_of(number));
    taken_ |= set_of(number);
  }
  int any(RegisterSet but) {
    int number = lowest(dead_ & static_cast<RegisterSet>(~but));
    if (number < 0) number = lowest(kScratch & static_cast<RegisterSet>(~(but | taken_)));
    take(number);
    return number;
  }
  void keep() {
    std::int8_t slot = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      Kept& one = kept_[i];
      one.in = static_cast<std::int8_t>(lowest(dead_));
      dead_ &= static_cast<RegisterSet>(~set_of(one.in));
      if (one.in >= 0) {
        out_.move(one.in, one.number);
        continue;
      }
      if (slot == 0) out_.move_stack(-kLowered);
      out_.store(kRsp, one.slot = slot, one.number);
      slot = static_cast<std::int8_t>(slot + 8);
    }
    lowered_ = slot != 0;
  }
  void give_back() const {
    for (std::size_t i = 0; i < count_; ++i) {
      const Kept& one = kept_[i];
      if (one.in >= 0) {
        out_.move(one.number, one.in);
      } else {
        out_.load(one.number, kRsp, one.slot);
      }
    }
    if (lowered_) out_.move_stack(kLowered);
  }

 private:
  static constexpr std::int32_t kLowered = kRedZone + 3 * 8;
  struct Kept {
    std::int8_t number = kNone;
    std::int8_t in = kNone;  // a register; kNone: at `slot`
    std::int8_t slot = 0;
  };
  Emitter& out_;
  RegisterSet dead_;
  RegisterSet taken_ = 0;
  std::array<Kept, 3> kept_{};
  std::size_t count_ = 0;
  bool lowered_ = false;
};

}  // namespace

void Sequences::stop(Reason reason, std::uint32_t about) {
  out_.move_stack(-kRedZone);
  out_.bytes({0x68});  // push
  out_.word(stop_code(reason, about));
  out_.set_moved(out_.moved() - 8);
  out_.bytes({0xff, 0x15});  // call through the slot
  out_.distance_to(stop_slot_);
  out_.move_stack(kRedZone + 8);
}

void Sequences::log(const Instruction& instruction, const MemoryOperand& operand,
                    std::uint32_t site, bool check) {
  const std::int32_t place = from_fs(thread_state.cursor);
  Borrowed registers(out_, instruction.live);
  // The count of a repeated instruction is still needed when the access is written.
  const RegisterSet count = instruction.repeated ? set_of(kRcx) : RegisterSet{0};
  if (check) registers.take(kRcx);
  const bool in_rcx = check && count == 0;
  const int cursor = in_rcx ? int{kRcx} : registers.any(count);
  const int address = registers.any(count);
  registers.keep();
  out_.address_of(operand, address);
  out_.load_from_fs(cursor, place);
  out_.store(cursor, 0, address);
  const bool high = cursor >= kR8;
  out_.bytes({static_cast<std::uint8_t>(high ? 0x49 : 0x48), 0xc7,
              static_cast<std::uint8_t>(0x40 | (cursor & 7)), 8});  // movq $site, 8(cursor)
  out_.word(static_cast<std::int32_t>(site));
  if (count != 0) {  // movl %ecx, 12(cursor)
    out_.bytes({static_cast<std::uint8_t>(high ? 0x41 : 0x40), 0x89,
                static_cast<std::uint8_t>(0x48 | (cursor & 7)), 12});
  }
  out_.add(cursor, cursor, sizeof(Access));
  out_.store_to_fs(place, cursor);
  if (check) {
    if (in_rcx) {
      out_.bytes({0x0f, 0xb6, 0xcd});  // movzbl %ch, %ecx
    } else {
      out_.bytes({0x64, 0x0f, 0xb6, 0x0c, 0x25});  // movzbl %fs:place+1, %ecx
      out_.word(place + 1);
    }
    const std::uint8_t* const is_full = out_.jump_if_rcx_is_0();
    const std::uint8_t* const go_on = out_.jump_short();
    out_.land(is_full);
    stop(Reason::full, 0);
    out_.land(go_on);
  }
  registers.give_back();
}

void Sequences::count(RegisterSet live, std::int32_t instructions) {
  const std::int32_t place = from_fs(thread_state.instructions);
  Borrowed registers(out_, live);
  const int sum = registers.any(0);
  registers.keep();
  out_.load_from_fs(sum, place);
  out_.add_long(sum, sum, instructions);
  out_.store_to_fs(place, sum);
  registers.give_back();
}

// Adds the register's value, or takes it away.
void Sequences::count_register(int number, bool down, RegisterSet live) {
  const std::int32_t place = from_fs(thread_state.instructions);
  Borrowed registers(out_, live);
  const int sum = registers.any(set_of(number));
  const int value = down ? registers.any(set_of(number)) : number;
  registers.keep();
  out_.load_from_fs(sum, place);
  if (down) {
    out_.move(value, number);
    out_.invert(value);
  }
  out_.add_register(sum, sum, value, down ? 1 : 0);
  out_.store_to_fs(place, sum);
  registers.give_back();
}

// Callgrind counts a turn for each element, and one that finds rcx to be 0; but none behind an
// element at which a comparison ends.
void Sequences::count_turns(const Instruction& instruction, const std::uint8_t* bytes) {
  if (!instruction.compares) {
    count_register(kRcx, false, instruction.live);
    return copy(instruction, bytes);
  }
  const std::uint8_t* const none = out_.jump_if_rcx_is_0();
  const std::uint8_t* const some = out_.jump_short();
  out_.land(none);
  out_.bytes({0xe9});
  std::uint8_t* const end = out_.distance();
  out_.land(some);
  count_register(kRcx, false, instruction.live);
  copy(instruction, bytes);
  count_register(kRcx, true, kAllRegisters);
  out_.bytes({0x0f, static_cast<std::uint8_t>(instruction.while_equal ? 0x84 : 0x85)});
  std::uint8_t* const went_on = out_.distance();
  count(kAllRegisters, -1);
  for (std::uint8_t* const jump : {end, went_on})
    out_.set_distance(jump, reinterpret_cast<std::uintptr_t>(out_.at()));
}

Sequences::Jumps Sequences::jump_back(RegisterSet live) {
  const std::int32_t place = from_fs(thread_state.turns_left);
  Jumps jumps{};
  Borrowed registers(out_, live);
  registers.take(kRcx);
  registers.keep();
  out_.load_from_fs(kRcx, place);
  out_.add(kRcx, kRcx, -1);
  out_.store_to_fs(place, kRcx);
  const std::uint8_t* const none_left = out_.jump_if_rcx_is_0();
  const std::int32_t moved = out_.moved();
  registers.give_back();
  out_.bytes({0xe9});
  jumps.first = out_.distance();
  out_.land(none_left);
  out_.set_moved(moved);
  registers.give_back();
  stop(Reason::spin, 0);
  out_.bytes({0xe9});
  jumps.second = out_.distance();
  return jumps;
}

void Sequences::copy(const Instruction& instruction, const std::uint8_t* bytes) {
  std::uint8_t* const begin = out_.at();
  out_.copy(bytes, instruction.length);
  if (instruction.displacement_at == 0) return;
  // The distance is from behind the instruction, which an operand may follow.
  std::uint8_t* const place = begin + instruction.displacement_at;
  const auto behind = static_cast<std::uintptr_t>(out_.at() - place) - sizeof(std::int32_t);
  out_.set_distance(place, instruction.target - behind);
}

void Sequences::system_call(const Instruction& instruction, const std::uint8_t* bytes) {
  out_.bytes({0xb9});  // mov $1, %ecx
  out_.word(1);
  stop(Reason::system_call, 0);
  const std::uint8_t* const is_made = out_.jump_if_rcx_is_0();
  copy(instruction, bytes);
  out_.land(is_made);
}

void Sequences::push_return_address(const Instruction& call) {
  out_.bytes({0xff, 0x35});  // push memory
  constants_.add({out_.distance(), call.next()});
  out_.set_moved(out_.moved() - 8);
}

void Sequences::place_constants() {
  for (const Constant& one : constants_) {
    out_.set_distance(one.distance, reinterpret_cast<std::uintptr_t>(out_.at()));
    out_.quad(one.value);
  }
  constants_.clear();
}

void Sequences::push_three() {
  for (const int push : {0x51, 0x50, 0x52}) {  // rcx, rax, rdx
    out_.bytes({static_cast<std::uint8_t>(push)});
    out_.set_moved(out_.moved() - 8);
  }
}

void Sequences::pop_three() {
  for (const int pop : {0x5a, 0x58, 0x59}) {
    out_.bytes({static_cast<std::uint8_t>(pop)});
    out_.set_moved(out_.moved() + 8);
  }
}

// The target is in rcx; rax and rdx are free. Returns the jump that is taken if it is known; then
// rdx points to its entry.
const std::uint8_t* Sequences::look_up() {
  out_.bytes({0x0f, 0xb7, 0xc1});  // movzwl %cx, %eax
  out_.bytes({0x8d, 0x04, 0x00});  // lea (%rax,%rax), %eax
  out_.bytes({0x48, 0x8d, 0x15});  // lea table(%rip), %rdx
  out_.distance_to(table_);
  out_.bytes({0x48, 0x8d, 0x14, 0xc2});  // lea (%rdx,%rax,8), %rdx
  out_.load(kRax, kRdx, 0);
  out_.bytes({0x48, 0x8d, 0x0c, 0x01});  // lea (%rcx,%rax), %rcx
  return out_.jump_if_rcx_is_0();
}

void Sequences::on_hit(const std::uint8_t* jump, std::int32_t moved) {
  out_.land(jump);
  out_.set_moved(moved);
  out_.load(kRax, kRdx, 8);
  out_.store(kRsp, 24, kRax);
  pop_three();
  out_.bytes({0xff, 0x24, 0x24});  // jmp *(%rsp)
}

void Sequences::indirect(const Instruction& instruction) {
  const bool call = instruction.is_call();
  const std::int32_t pushed = call ? 8 : 0;
  if (call) push_return_address(instruction);
  const bool in_register = instruction.through >= 0;
  const MemoryOperand& operand = instruction.memory[0];
  if (!in_register && operand.relative_to_rip) {  // through the linkage table: to other libraries
    out_.bytes({0xff, 0x25});
    out_.distance_to(static_cast<std::uintptr_t>(operand.displacement));
    return;
  }
  out_.move_stack(-kLanding);
  push_three();
  if (in_register) {
    out_.move(kRcx, instruction.through);
  } else {
    out_.load_operand(operand, kRcx, pushed + kLanding + 24);
  }
  const std::int32_t moved = out_.moved();
  const std::uint8_t* const hit = look_up();
  pop_three();
  out_.move_stack(kLanding);
  if (in_register) {
    out_.bytes({static_cast<std::uint8_t>(instruction.through >= kR8 ? 0x41 : 0x40), 0xff,
                static_cast<std::uint8_t>(0xe0 | (instruction.through & 7))});
  } else {
    out_.jump_through(operand, pushed);
  }
  on_hit(hit, moved);
}

// What is below the return address nobody needs, and landing takes the address off the stack.
void Sequences::ret(const Instruction& instruction, const std::uint8_t* bytes) {
  if (instruction.pops_more) return copy(instruction, bytes);
  out_.move_stack(-kRedZone);
  push_three();
  out_.bytes({0x48, 0x8b, 0x8c, 0x24});  // mov 152(%rsp), %rcx
  out_.word(kRedZone + 24);
  const std::int32_t moved = out_.moved();
  const std::uint8_t* const hit = look_up();
  pop_three();
  out_.move_stack(kRedZone);
  copy(instruction, bytes);
  on_hit(hit, moved);
}

}  // namespace surisim::translate
