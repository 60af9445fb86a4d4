// Implements emitter.hpp: the forms of a memory operand.
#include "translate/emitter.hpp"

namespace surisim::translate {

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
