// One instruction of a plugin's, as far as translating it needs.
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
  bool relative_to_rip = false;  // then `displacement` is the address
  bool address_32 = false;       // computed in 32 bits
  bool logged = false;
  bool reads = false;
  bool writes = false;
  std::uint16_t bytes = 0;
  std::int64_t displacement = 0;
};

enum class Kind : std::uint8_t {
  plain,         // runs the same anywhere, but for an operand relative to rip
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
  static constexpr std::size_t kMostOperands = 2;

  std::uintptr_t address = 0;
  std::uint8_t length = 0;
  Kind kind = Kind::plain;
  std::uint8_t condition = 0;        // of a branch: the low bits of its opcode
  std::uint8_t displacement_at = 0;  // where in it the displacement relative to rip is; 0: none
  bool locked = false;
  bool repeated = false;
  bool compares = false;     // a repeated one ends at an element that differs, or is the same
  bool while_equal = false;  // of one that compares: goes on as long as elements are equal
  bool pops_more = false;    // ret with an operand
  bool is_nop = false;
  bool is_system_call = false;
  bool makes_frame = false;  // pushes a register to be given back, or sets rsp or rbp for a frame
  bool ends_run = false;     // no access follows before a jump or call
  std::int8_t through = kNone;       // of an indirect jump or call: the register, or operand 0
  RegisterSet reads = 0;             // registers whose values it may need
  RegisterSet sets = 0;              // registers that it sets wholly, whatever they were
  RegisterSet live = kAllRegisters;  // registers whose values are needed before it
  std::uintptr_t target = 0;         // of a branch, jump or call; or what it addresses by rip
  std::size_t operands = 0;          // used of `memory`
  MemoryOperand memory[kMostOperands];

  std::uintptr_t next() const { return address + length; }
  bool is_call() const { return kind == Kind::call || kind == Kind::call_indirect; }
  bool falls_through() const {
    return kind == Kind::plain || kind == Kind::branch || kind == Kind::count_branch;
  }
};

// Decodes the instruction for this address, whose bytes are at `bytes`. Kind::unknown, of length 0,
// if they are none; of another length if it is one that cannot be translated.
Instruction decode(const std::uint8_t* bytes, std::size_t size, std::uintptr_t address);

// Code of a linkage table, which begins with a jump through memory: it has no accesses of its own.
bool is_linkage(const std::uint8_t* bytes, std::size_t size);

// Sets `live` of each: a register is live if it is needed before it is set. At jumps and calls all
// are, so that what other functions agree among themselves does not matter.
void find_live_registers(Instruction* first, Instruction* last);

// Sets `ends_run` of each.
void find_runs(Instruction* first, Instruction* last);

}  // namespace surisim::translate
