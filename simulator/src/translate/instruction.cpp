// Implements instruction.hpp with Zydis.
#include "translate/instruction.hpp"

#include <Zydis/Zydis.h>

#include <array>

namespace surisim::translate {
namespace {

using Operands = std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT>;

// kNone: not a general register.
std::int8_t number_of_register(ZydisRegister name) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name);
  if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15) return kNone;
  return static_cast<std::int8_t>(whole - ZYDIS_REGISTER_RAX);
}

bool may_be_logged(const ZydisDecodedOperand& operand, const ZydisDecodedInstruction& in) {
  if (operand.mem.type != ZYDIS_MEMOP_TYPE_MEM) return false;  // an address, or a gather
  if (operand.mem.segment == ZYDIS_REGISTER_FS || operand.mem.segment == ZYDIS_REGISTER_GS)
    return false;
  if (operand.mem.base == ZYDIS_REGISTER_RSP || operand.mem.base == ZYDIS_REGISTER_ESP)
    return false;
  switch (in.meta.category) {
    case ZYDIS_CATEGORY_PREFETCH:
    case ZYDIS_CATEGORY_NOP:
    case ZYDIS_CATEGORY_WIDENOP:
      return false;
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_UNCOND_BR:  // through the PLT's table
      return operand.mem.base != ZYDIS_REGISTER_RIP;
    default:
      return true;
  }
}

MemoryOperand memory_of(const ZydisDecodedOperand& operand, const ZydisDecodedInstruction& in,
                        std::uintptr_t address) {
  MemoryOperand out;
  out.base = number_of_register(operand.mem.base);
  out.index = number_of_register(operand.mem.index);
  out.scale = operand.mem.scale == 0 ? 1 : operand.mem.scale;
  out.displacement = operand.mem.disp.value;
  out.address_32 = in.address_width == 32;
  out.relative_to_rip = operand.mem.base == ZYDIS_REGISTER_RIP;
  if (out.relative_to_rip) out.displacement += static_cast<std::int64_t>(address) + in.length;
  if (operand.mem.base == ZYDIS_REGISTER_EIP)
    out.relative_to_rip = out.logged = false;
  else
    out.logged = may_be_logged(operand, in);
  // Only moves to and from rax have an address of 64 bits.
  const bool fits = out.displacement == static_cast<std::int32_t>(out.displacement);
  if (!fits && !out.relative_to_rip) out.logged = false;
  out.reads = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
  out.writes = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
  out.bytes = static_cast<std::uint16_t>(operand.size / 8);
  return out;
}

// A register that is set only in part, or conditionally, counts as read.
void note_register(const ZydisDecodedOperand& operand, Instruction& out) {
  if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return;
  const RegisterSet one = set_of(number_of_register(operand.reg.value));
  const bool whole = operand.size >= 32 && operand.actions == ZYDIS_OPERAND_ACTION_WRITE;
  (whole ? out.sets : out.reads) |= one;
}

void note_operand(const ZydisDecodedOperand& operand, const ZydisDecodedInstruction& in,
                  Instruction& out) {
  note_register(operand, out);
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) return;
  out.reads |= set_of(number_of_register(operand.mem.base));
  out.reads |= set_of(number_of_register(operand.mem.index));
  if (operand.mem.base == ZYDIS_REGISTER_EIP) out.kind = Kind::unknown;
  if (operand.mem.base == ZYDIS_REGISTER_RIP) {
    out.displacement_at = in.raw.disp.offset;
    out.target = out.next() + static_cast<std::uintptr_t>(in.raw.disp.value);
  }
  const MemoryOperand memory = memory_of(operand, in, out.address);
  if (memory.logged && out.operands == Instruction::kMaxOperands) out.kind = Kind::unknown;
  if (memory.logged && out.operands < Instruction::kMaxOperands)
    out.memory[out.operands++] = memory;
}

Kind kind_of_branch(const ZydisDecodedInstruction& in) {
  const bool is_short = in.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT;
  if (is_short && (in.opcode & 0xf0) == 0x70) return Kind::branch;
  if (in.opcode_map == ZYDIS_OPCODE_MAP_0F && (in.opcode & 0xf0) == 0x80) return Kind::branch;
  if (is_short && in.opcode >= 0xe0 && in.opcode <= 0xe3) return Kind::count_branch;
  return Kind::unknown;  // xbegin
}

// An indirect jump or call, through operand 0.
Kind kind_of_indirect(const ZydisDecodedInstruction& in, const ZydisDecodedOperand& operand,
                      Instruction& out, Kind kind) {
  if (in.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR || operand.size != 64) return Kind::unknown;
  if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
    out.through = number_of_register(operand.reg.value);
    return out.through == kRsp ? Kind::unknown : kind;
  }
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY || operand.mem.type != ZYDIS_MEMOP_TYPE_MEM ||
      operand.mem.segment == ZYDIS_REGISTER_FS || operand.mem.segment == ZYDIS_REGISTER_GS)
    return Kind::unknown;
  // It must be memory[0], logged or not.
  if (out.operands == 0) out.memory[0] = memory_of(operand, in, out.address);
  return kind;
}

void classify(const ZydisDecodedInstruction& in, const Operands& operands, Instruction& out) {
  const ZydisDecodedOperand& first = operands[0];
  const bool relative =
      first.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && first.imm.is_relative && in.operand_count > 0;
  if (relative) out.target = out.next() + static_cast<std::uintptr_t>(first.imm.value.s);
  switch (in.meta.category) {
    case ZYDIS_CATEGORY_COND_BR:
      out.condition = in.opcode & 0xf;
      out.kind = kind_of_branch(in);
      break;
    case ZYDIS_CATEGORY_UNCOND_BR:
      out.kind = relative ? Kind::jump : kind_of_indirect(in, first, out, Kind::jump_indirect);
      break;
    case ZYDIS_CATEGORY_CALL:
      out.kind = relative ? Kind::call : kind_of_indirect(in, first, out, Kind::call_indirect);
      break;
    case ZYDIS_CATEGORY_RET:
      out.kind = in.mnemonic == ZYDIS_MNEMONIC_RET && in.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR
                     ? Kind::ret
                     : Kind::unknown;
      out.pops_more = first.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
      break;
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSTEM:
    case ZYDIS_CATEGORY_INTERRUPT:
      out.reads = kAllRegisters;
      [[fallthrough]];
    default:
      if (relative) out.kind = Kind::unknown;
      break;
  }
  // Its target would be truncated to 16 bits.
  if (relative && in.operand_width == 16) out.kind = Kind::unknown;
}

bool is_callee_saved(ZydisRegister name) {
  return name == ZYDIS_REGISTER_RBX || name == ZYDIS_REGISTER_RBP ||
         (name >= ZYDIS_REGISTER_R12 && name <= ZYDIS_REGISTER_R15);
}

bool makes_frame(const ZydisDecodedInstruction& in, const Operands& operands) {
  if (operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
  const ZydisRegister first = operands[0].reg.value;
  if (in.mnemonic == ZYDIS_MNEMONIC_PUSH) return is_callee_saved(first);
  if (in.mnemonic == ZYDIS_MNEMONIC_SUB) return first == ZYDIS_REGISTER_RSP;
  return in.mnemonic == ZYDIS_MNEMONIC_MOV && first == ZYDIS_REGISTER_RBP &&
         operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
         operands[1].reg.value == ZYDIS_REGISTER_RSP;
}

}  // namespace

Instruction decode(const std::uint8_t* bytes, std::size_t size, std::uintptr_t address) {
  Instruction out;
  out.address = address;
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  ZydisDecodedInstruction in;
  Operands operands;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, size, &in, operands.data()))) {
    out.kind = Kind::unknown;
    return out;
  }
  out.length = in.length;
  out.locked = (in.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0 || in.mnemonic == ZYDIS_MNEMONIC_XCHG;
  out.repeated = (in.attributes &
                  (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
  out.compares = (in.attributes & ZYDIS_ATTRIB_HAS_REP) == 0 && out.repeated;
  out.while_equal = (in.attributes & ZYDIS_ATTRIB_HAS_REPE) != 0;
  out.is_nop = in.meta.category == ZYDIS_CATEGORY_NOP ||
               in.meta.category == ZYDIS_CATEGORY_WIDENOP || in.mnemonic == ZYDIS_MNEMONIC_INT3;
  out.is_system_call = in.mnemonic == ZYDIS_MNEMONIC_SYSCALL;
  out.makes_frame = makes_frame(in, operands);
  for (std::size_t i = 0; i < in.operand_count; ++i) note_operand(operands[i], in, out);
  // For zero these leave their result unchanged.
  if (in.mnemonic == ZYDIS_MNEMONIC_BSF || in.mnemonic == ZYDIS_MNEMONIC_BSR) out.reads |= out.sets;
  if (out.kind != Kind::unknown) classify(in, operands, out);
  return out;
}

bool is_plt_entry(const std::uint8_t* bytes, std::size_t size) {
  if (size >= 10 && bytes[0] == 0xf3 && bytes[1] == 0x0f && bytes[2] == 0x1e && bytes[3] == 0xfa)
    bytes += 4, size -= 4;
  if (size >= 7 && bytes[0] == 0xf2) ++bytes, --size;
  return size >= 6 && bytes[0] == 0xff && (bytes[1] == 0x25 || bytes[1] == 0x35);
}

void find_live_registers(Instruction* first, Instruction* last) {
  RegisterSet live = kAllRegisters;
  while (last != first) {
    Instruction& one = *--last;
    if (one.kind != Kind::plain) live = kAllRegisters;
    live = static_cast<RegisterSet>((live & ~one.sets) | one.reads);
    one.live = live;
  }
}

void find_runs(Instruction* first, Instruction* last) {
  bool follows = false;
  while (last != first) {
    Instruction& one = *--last;
    if (one.kind != Kind::plain) follows = false;
    one.ends_run = !follows;
    follows = follows || one.operands != 0;
  }
}

}  // namespace surisim::translate
