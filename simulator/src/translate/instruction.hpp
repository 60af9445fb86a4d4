// Decodes one machine instruction of a plugin, as far as translation needs.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

#include "translate/translation.hpp"

namespace surisim::translate {

// General registers by their number in machine code.
enum Register : std::int8_t { kNone = -1, kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8 };
inline constexpr int kRegisters = 16;
using RegisterSet = std::uint16_t;
inline constexpr RegisterSet kAllRegisters = 0xffff;
constexpr RegisterSet set_of(int number) {
  return number < 0 ? RegisterSet{0}
                    : static_cast<RegisterSet>(1U << static_cast<unsigned>(number));
}

struct MemoryOperand {
  std::int8_t base = kNone;
  std::int8_t index = kNone;
  std::uint8_t scale = 1;
  bool relative_to_rip = false;  // `displacement` is then the address
  bool address_32 = false;       // computed in 32 bits
  bool logged = false;
  bool reads = false;
  bool writes = false;
  std::uint16_t bytes = 0;
  std::int64_t displacement = 0;
};

enum class Kind : std::uint8_t {
  plain,         // can be copied to any address, if a rip-relative operand is adjusted
  branch,        // with a condition
  count_branch,  // loop, jrcxz and the like, which reach only 127 bytes
  jump,          // to a fixed place
  call,
  jump_indirect,  // through a register or memory
  call_indirect,
  ret,
  unknown,  // cannot be translated
};

struct Instruction {
  static constexpr std::size_t kMaxOperands = 2;

  std::uintptr_t address = 0;
  std::uint8_t length = 0;
  Kind kind = Kind::plain;
  std::uint8_t condition = 0;        // of a branch: the low bits of its opcode
  std::uint8_t displacement_at = 0;  // offset of the rip-relative displacement in it; 0: none
  bool locked = false;
  bool repeated = false;     // rep prefix
  bool compares = false;     // repe or repne: also ends at an element that differs, or is equal
  bool while_equal = false;  // repe
  bool pops_more = false;    // ret with an operand
  bool is_nop = false;
  bool is_system_call = false;
  bool makes_frame = false;     // pushes a callee-saved register, or sets rsp or rbp for a frame
  bool ends_run = false;        // no access follows before a jump or call
  std::int8_t through = kNone;  // of an indirect jump or call: the register; kNone: memory[0]
  RegisterSet reads = 0;        // registers whose values it may need
  RegisterSet sets = 0;         // registers that it overwrites completely
  RegisterSet live = kAllRegisters;  // registers that are live before it
  std::uintptr_t target = 0;         // of a branch, jump or call; or the rip-relative address
  std::size_t operands = 0;          // number of elements of `memory`
  MemoryOperand memory[kMaxOperands];

  std::uintptr_t next() const { return address + length; }
  bool is_call() const { return kind == Kind::call || kind == Kind::call_indirect; }
  bool falls_through() const {
    return kind == Kind::plain || kind == Kind::branch || kind == Kind::count_branch;
  }
};

// Decodes an instruction at this address, whose bytes are at `bytes`. Kind::unknown with length 0:
// it is not an instruction; with another length: it cannot be translated.
Instruction decode(const std::uint8_t* bytes, std::size_t size, std::uintptr_t address);

// Whether this is code of a PLT, which begins with a jump through memory.
bool is_plt_entry(const std::uint8_t* bytes, std::size_t size);

// Sets `live` of each: a register is live if it is needed before it is set. At jumps and calls all
// registers are, as functions of one library may not follow the calling convention.
void find_live_registers(Instruction* first, Instruction* last);

// Sets `ends_run` of each.
void find_runs(Instruction* first, Instruction* last);

}  // namespace surisim::translate
