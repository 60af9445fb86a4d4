// Implements sequences.hpp: logging, counting, indirect jumps, and split instructions.
#include "translate/sequences.hpp"

#include <Zydis/Zydis.h>

#include <array>

#include "translate/thread_state.hpp"

namespace surisim::translate {
namespace {

constexpr std::int32_t kRedZone = 128;

// The caller-saved registers. A landing pad may need the others after a fault.
constexpr RegisterSet kScratch = set_of(kRax) | set_of(kRcx) | set_of(kRdx) | set_of(kRsi) |
                                 set_of(kRdi) | set_of(kR8) | set_of(9) | set_of(10) | set_of(11);

int lowest(RegisterSet set) { return set == 0 ? int{kNone} : __builtin_ctz(set); }

// Registers for a sequence, preferably dead ones. A live one is saved in a dead register, or below
// the red zone; not in the thread's state, as a signal handler may run translated code meanwhile.
class BorrowedRegisters {
 public:
  BorrowedRegisters(Emitter& out, RegisterSet live)
      : out_(out), dead_(kScratch & static_cast<RegisterSet>(~live)) {}

  void take(int number) {
    if ((dead_ & set_of(number)) == 0) saved_[count_++].number = static_cast<std::int8_t>(number);
    dead_ &= static_cast<RegisterSet>(~set_of(number));
    taken_ |= set_of(number);
  }
  int any(RegisterSet except) {
    int number = lowest(dead_ & static_cast<RegisterSet>(~except));
    if (number < 0) number = lowest(kScratch & static_cast<RegisterSet>(~(except | taken_)));
    take(number);
    return number;
  }
  void save() {
    std::int8_t slot = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      Saved& one = saved_[i];
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
  void restore() const {
    for (std::size_t i = 0; i < count_; ++i) {
      const Saved& one = saved_[i];
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
  struct Saved {
    std::int8_t number = kNone;
    std::int8_t in = kNone;  // a register; kNone: at `slot`
    std::int8_t slot = 0;
  };
  Emitter& out_;
  RegisterSet dead_;
  RegisterSet taken_ = 0;
  std::array<Saved, 3> saved_{};
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
  BorrowedRegisters registers(out_, instruction.live);
  // A rep instruction's rcx is needed until the access is logged.
  const RegisterSet count = instruction.repeated ? set_of(kRcx) : RegisterSet{0};
  if (check) registers.take(kRcx);
  const bool in_rcx = check && count == 0;
  const int cursor = in_rcx ? int{kRcx} : registers.any(count);
  const int address = registers.any(count);
  registers.save();
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
  registers.restore();
}

void Sequences::count(RegisterSet live, std::int32_t instructions) {
  const std::int32_t place = from_fs(thread_state.instructions);
  BorrowedRegisters registers(out_, live);
  const int sum = registers.any(0);
  registers.save();
  out_.load_from_fs(sum, place);
  out_.add_long(sum, sum, instructions);
  out_.store_to_fs(place, sum);
  registers.restore();
}

// Adds the register's value, or subtracts it.
void Sequences::count_register(int number, bool down, RegisterSet live) {
  const std::int32_t place = from_fs(thread_state.instructions);
  BorrowedRegisters registers(out_, live);
  const int sum = registers.any(set_of(number));
  const int value = down ? registers.any(set_of(number)) : number;
  registers.save();
  out_.load_from_fs(sum, place);
  if (down) {
    out_.move(value, number);
    out_.invert(value);
  }
  out_.add_register(sum, sum, value, down ? 1 : 0);
  out_.store_to_fs(place, sum);
  registers.restore();
}

// Callgrind counts an iteration for each element, and one that finds rcx to be 0; but none after an
// element at which a comparison ends.
void Sequences::count_iterations(const Instruction& instruction, const std::uint8_t* bytes) {
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
  const std::int32_t place = from_fs(thread_state.backward_jumps_left);
  Jumps jumps{};
  BorrowedRegisters registers(out_, live);
  registers.take(kRcx);
  registers.save();
  out_.load_from_fs(kRcx, place);
  out_.add(kRcx, kRcx, -1);
  out_.store_to_fs(place, kRcx);
  const std::uint8_t* const none_left = out_.jump_if_rcx_is_0();
  const std::int32_t moved = out_.moved();
  registers.restore();
  out_.bytes({0xe9});
  jumps.first = out_.distance();
  out_.land(none_left);
  out_.set_moved(moved);
  registers.restore();
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

// Looks up the target in rcx; changes rax and rdx. Returns the jump that is taken if it is known;
// rdx then points to its entry.
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
  if (!in_register && operand.relative_to_rip) {  // in the PLT: to another library
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

// Nothing below the return address is needed any more. The landing also pops the return address.
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

// Splitting an instruction into load, operation and store, with Zydis's encoder.
namespace {

constexpr std::int32_t kLowered = 128 + 16;

bool can_be_split(ZydisMnemonic mnemonic) {
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_ADC:
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_DEC:
    case ZYDIS_MNEMONIC_INC:
    case ZYDIS_MNEMONIC_NEG:
    case ZYDIS_MNEMONIC_NOT:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
    case ZYDIS_MNEMONIC_SAR:
    case ZYDIS_MNEMONIC_SBB:
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SUB:
    case ZYDIS_MNEMONIC_XOR:
      return true;
    default:
      return false;
  }
}

// The part of a general register that has so many bits.
ZydisRegister part_of(int number, int bits) {
  if (bits == 8 && number >= 4) number += 4;  // behind ah, ch, dh and bh
  const ZydisRegisterClass parts = bits == 64   ? ZYDIS_REGCLASS_GPR64
                                   : bits == 32 ? ZYDIS_REGCLASS_GPR32
                                   : bits == 16 ? ZYDIS_REGCLASS_GPR16
                                                : ZYDIS_REGCLASS_GPR8;
  return ZydisRegisterEncode(parts, static_cast<ZyanU8>(number));
}

struct Parts {
  int address;
  int value;
  int bits;
};

void set_value(ZydisEncoderOperand& operand, const Parts& parts) {
  operand = {};
  operand.type = ZYDIS_OPERAND_TYPE_REGISTER;
  operand.reg.value = part_of(parts.value, parts.bits);
}

void set_memory(ZydisEncoderOperand& operand, const Parts& parts) {
  operand = {};
  operand.type = ZYDIS_OPERAND_TYPE_MEMORY;
  operand.mem.base = part_of(parts.address, 64);
  operand.mem.size = static_cast<ZyanU16>(parts.bits / 8);
}

using Encoded = std::array<std::uint8_t, ZYDIS_MAX_INSTRUCTION_LENGTH>;

std::size_t encode(const ZydisEncoderRequest& request, Encoded& code) {
  ZyanUSize size = code.size();
  const bool done = ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&request, code.data(), &size));
  return done ? size : 0;
}

std::size_t encode_move(const Parts& parts, bool to_memory, Encoded& code) {
  ZydisEncoderRequest request{};
  request.machine_mode = ZYDIS_MACHINE_MODE_LONG_64;
  request.mnemonic = ZYDIS_MNEMONIC_MOV;
  request.operand_count = 2;
  set_memory(request.operands[to_memory ? 0 : 1], parts);
  set_value(request.operands[to_memory ? 1 : 0], parts);
  return encode(request, code);
}

// The same instruction on the register.
std::size_t encode_on_value(const ZydisDecodedInstruction& in, const ZydisDecodedOperand* operands,
                            const Parts& parts, Encoded& code) {
  ZydisEncoderRequest request{};
  if (!ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(
          &in, operands, in.operand_count_visible, &request)))
    return 0;
  request.prefixes = 0;
  set_value(request.operands[0], parts);
  return encode(request, code);
}

}  // namespace

int Sequences::split(const Instruction& instruction, const std::uint8_t* bytes,
                     std::uint32_t site) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  ZydisDecodedInstruction in;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
  if (instruction.locked || instruction.operands != 1 ||
      !ZYAN_SUCCESS(
          ZydisDecoderDecodeFull(&decoder, bytes, instruction.length, &in, operands.data())) ||
      !can_be_split(in.mnemonic) || operands[0].type != ZYDIS_OPERAND_TYPE_MEMORY)
    return kNone;
  const auto used = static_cast<RegisterSet>(instruction.reads | instruction.sets | set_of(kRsp));
  Parts parts{kNone, kNone, operands[0].size};
  // Only caller-saved registers: the others may be needed to unwind from the point.
  for (const int number : {0, 1, 2, 6, 7, 8, 9, 10, 11}) {
    if ((used & set_of(number)) != 0) continue;
    (parts.address < 0 ? parts.address : parts.value) = number;
    if (parts.value >= 0) break;
  }
  Encoded load;
  Encoded modify;
  Encoded save;
  const std::size_t load_size = encode_move(parts, false, load);
  const std::size_t modify_size = encode_on_value(in, operands.data(), parts, modify);
  const std::size_t save_size = encode_move(parts, true, save);
  if (load_size == 0 || modify_size == 0 || save_size == 0) return kNone;
  out_.move_stack(-kLowered);
  out_.store(kRsp, 0, parts.address);
  out_.store(kRsp, 8, parts.value);
  out_.address_of(instruction.memory[0], parts.address);
  out_.copy(load.data(), load_size);
  stop(Reason::split_point, site);
  out_.copy(modify.data(), modify_size);
  out_.copy(save.data(), save_size);
  out_.load(parts.address, kRsp, 0);
  out_.load(parts.value, kRsp, 8);
  out_.move_stack(kLowered);
  return parts.address;
}

void Emitter::address_of(const MemoryOperand& operand, int to, std::int32_t stack_moved) {
  with_operand(0x8d, operand, to, stack_moved);
}

void Emitter::with_operand(std::uint8_t opcode, const MemoryOperand& operand, int reg,
                           std::int32_t stack_moved) {
  if (operand.relative_to_rip) {
    bytes({rex(reg, kNone, kNone), opcode, modrm(0, reg, 5)});
    distance_to(static_cast<std::uintptr_t>(operand.displacement));
    return;
  }
  const auto displacement =
      static_cast<std::int32_t>(operand.displacement) + (operand.base == kRsp ? stack_moved : 0);
  if (operand.address_32) bytes({0x67});
  bytes({rex(reg, operand.index, operand.base), opcode});
  const int scale = operand.scale == 8 ? 3 : operand.scale == 4 ? 2 : operand.scale == 2 ? 1 : 0;
  const int index = operand.index < 0 ? 4 : operand.index & 7;
  if (operand.base < 0) {  // 32 bits of displacement, without a base
    bytes({modrm(0, reg, 4), modrm(scale, index, 5)});
  } else if (operand.index >= 0 || (operand.base & 7) == kRsp) {
    bytes({modrm(2, reg, 4), modrm(scale, index, operand.base)});
  } else {
    bytes({modrm(2, reg, operand.base)});
  }
  word(displacement);
}

}  // namespace surisim::translate
