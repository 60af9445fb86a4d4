// Implements Sequences::split with Zydis's encoder.
#include <Zydis/Zydis.h>

#include <array>

#include "translate/sequences.hpp"

namespace surisim::translate {
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
  // Others may be needed to unwind from the point.
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

}  // namespace surisim::translate
