// Implements the part of Object that translates functions: decodes one, and emits its translation
// in the same order.
#include <algorithm>

#include "translate/object.hpp"
#include "translate/thread_state.hpp"

namespace surisim::translate {
namespace {

constexpr std::size_t kMaxPerByte = 100;  // bytes emitted for a byte of an instruction
constexpr std::size_t kMinRoom = 1024;

}  // namespace

// Also translates functions that it jumps into the middle of, as only a function's begin has a
// stub. Other threads reach the translations only when all of them are linked.
void Object::translate(FunctionState& first) {
  queue_.clear();
  openings_.clear();
  returns_.clear();
  queue_.add(static_cast<std::uint32_t>(&first - functions_.begin()));
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    FunctionState& function = functions_[queue_[i]];
    if (function.state != State::new_) continue;
    function.first_site = static_cast<std::uint32_t>(sites_.sites.size());
    function.state = State::translated;
    if (translate_range(function, function.begin)) {
      note_arrivals(function);
    } else {
      run_natively(function);
    }
  }
  link(0);
  for (const Opening& opening : openings_) open_entries(opening);
  set_pending_points();
}

void Object::set_pending_points() {
  for (std::uint32_t& at : pending_points_) {
    if (at == kNoPoint || function_at(text_ + at)->state == State::new_) continue;
    set_point(text_ + at, true);
    at = kNoPoint;
  }
}

// Notes where threads arrive from code that is not translated: at returns from calls. With a jump
// table it may be anywhere in the function.
void Object::note_arrivals(const FunctionState& function) {
  Opening opening{static_cast<std::uint32_t>(&function - functions_.begin()),
                  static_cast<std::uint32_t>(returns_.size()), 0, function.begin,
                  !function.landing_pads_known};
  for (const Instruction& one : instructions_) {
    if (one.kind != Kind::plain) break;
    if (one.makes_frame) opening.frame_end = static_cast<std::uint32_t>(one.address - text_ + 1);
  }
  for (const Instruction& one : instructions_) {
    const bool through_table = one.through < 0 && one.memory[0].relative_to_rip;
    if (one.kind == Kind::jump_indirect && !through_table) opening.jumps_anywhere = true;
    if (one.is_call()) returns_.add(static_cast<std::uint32_t>(one.next() - text_));
  }
  opening.last_return = static_cast<std::uint32_t>(returns_.size());
  openings_.add(opening);
}

// Translates from `begin` to the function's end. False: it has an unknown instruction, or there is
// no room; nothing has changed then.
bool Object::translate_range(FunctionState& function, std::size_t begin) {
  const bool whole = begin == function.begin;
  if (!decode_range(begin, function.end, whole)) return false;
  std::uint8_t* const start = out_.at();
  const std::size_t first_link = links_.size();
  const std::size_t first_place = places_.size();
  const std::size_t first_site = sites_.sites.size();
  emit_range();
  if (out_.failed()) {
    for (const Instruction& one : instructions_) translated_[one.address - text_] = 0;
    out_.start_again(start);
    links_.shrink(first_link);
    places_.shrink(first_place);
    sites_.sites.shrink(first_site);
    sites_.details.shrink(first_site);
    return false;
  }
  if (!whole) link(first_link);
  return true;
}

// Not `whole`: stops at an instruction that has been translated.
bool Object::decode_range(std::size_t begin, std::size_t end, bool whole) {
  instructions_.clear();
  for (std::size_t at = begin; at < end && (whole || translated_[at] == 0);) {
    const std::uintptr_t address = text_ + at;
    const Instruction one = decode(original_bytes(address), end - at, address);
    if (one.kind == Kind::unknown) return false;
    instructions_.add(one);
    at += one.length;
  }
  if (instructions_.size() == 0) return false;
  const std::size_t sites = sites_.sites.size() + 2 * instructions_.size();
  if (sites > SiteTable::kMax || out_.room() < (end - begin) * kMaxPerByte + kMinRoom) return false;
  find_live_registers(instructions_.begin(), instructions_.end());
  find_runs(instructions_.begin(), instructions_.end());
  return true;
}

void Object::emit_range() {
  jumps_back_.clear();
  run_ = 0;
  const Instruction* before = nullptr;
  for (const Instruction& one : instructions_) {
    add_place(one.address);
    // Where jumps to known targets arrive. Nothing falls through to it: a call jumps.
    if (before == nullptr || before->is_call()) sequences_.landing();
    translated_[one.address - text_] = out_.offset();
    if (count_ && (before == nullptr || starts_block(one.address - text_))) {
      blocks_[one.address - text_] = 1;
      sequences_.count(one.live, rest_of_block(one.address));
    }
    emit(one);
    before = &one;
  }
  const Instruction& last = instructions_[instructions_.size() - 1];
  if (last.falls_through()) jump_to(last.next());
  emit_jumps_back();
  sequences_.place_constants();
}

void Object::add_place(std::uintptr_t address) {
  out_.set_moved(0);
  places_.add({out_.offset(), static_cast<std::uint32_t>(address - text_)});
}

std::uint32_t Object::add_site(const Instruction& instruction, const MemoryOperand& operand) {
  const auto index = static_cast<std::uint32_t>(sites_.sites.size());
  sites_.details.add({operand, kNone});
  sites_.sites.add({instruction.address, operand.bytes, operand.reads, operand.writes,
                    instruction.locked, instruction.repeated});
  return index;
}

void Object::log(const Instruction& instruction) {
  for (std::size_t i = 0; i < instruction.operands; ++i) {
    const MemoryOperand& operand = instruction.memory[i];
    const bool last = i + 1 == instruction.operands;
    ++run_;
    const bool check = last && (instruction.ends_run || run_ + Instruction::kMaxOperands > kRun);
    if (check) run_ = 0;
    sequences_.log(instruction, operand, add_site(instruction, operand), check);
  }
}

void Object::emit(const Instruction& instruction) {
  if (!count_) log(instruction);
  emit_instruction(instruction);
}

bool Object::is_backwards(const Instruction& jump) const {
  const FunctionState* const function = function_at(jump.address);
  return jump.target <= jump.address && function != nullptr &&
         jump.target >= text_ + function->begin;
}

// Emits the instruction itself, with its transfer of control.
void Object::emit_instruction(const Instruction& instruction) {
  const std::uint8_t* const bytes = original_bytes(instruction.address);
  switch (instruction.kind) {
    case Kind::plain:
    case Kind::unknown:
      if (instruction.is_system_call)
        sequences_.system_call(instruction, bytes);
      else if (count_ && instruction.repeated)
        sequences_.count_iterations(instruction, bytes);
      else
        sequences_.copy(instruction, bytes);
      break;
    case Kind::branch: {
      out_.bytes({0x0f, static_cast<std::uint8_t>(0x80 | instruction.condition)});
      std::uint8_t* const distance = out_.distance();
      const std::int32_t plt = count_ ? plt_instructions_at(instruction.target) : 0;
      if (plt != 0 || is_backwards(instruction)) {
        jumps_back_.add({distance, instruction.address, instruction.target, plt});
      } else {
        queue_if_entered_inside(instruction.target);
        links_.add({distance, instruction.target});
      }
      break;
    }
    case Kind::count_branch:
      // If taken it skips the short jump and reaches the long one to the target.
      out_.copy(bytes, instruction.length - 1U);
      out_.bytes({2, 0xeb, kLongJump});
      jump_to(instruction.target);
      break;
    case Kind::jump:
      if (is_backwards(instruction)) {
        const auto jumps = sequences_.jump_back(live_at(instruction.target));
        links_.add({jumps.first, instruction.target});
        links_.add({jumps.second, instruction.target});
      } else {
        jump_to(instruction.target);
      }
      break;
    case Kind::call:
      sequences_.push_return_address(instruction);
      jump_to(instruction.target);
      break;
    case Kind::jump_indirect:
    case Kind::call_indirect:
      sequences_.indirect(instruction);
      break;
    case Kind::ret:
      sequences_.ret(instruction, bytes);
      break;
  }
}

void Object::emit_jumps_back() {
  for (const JumpBack& one : jumps_back_) {
    add_place(one.from);
    out_.set_distance(one.distance, reinterpret_cast<std::uintptr_t>(out_.at()));
    if (one.plt != 0) {
      sequences_.count(kAllRegisters, one.plt);
      jump_to(one.target);
      continue;
    }
    const auto jumps = sequences_.jump_back(live_at(one.target));
    links_.add({jumps.first, one.target});
    links_.add({jumps.second, one.target});
  }
}

// Only for addresses in the function that is being translated.
RegisterSet Object::live_at(std::uintptr_t address) const {
  const Instruction* const found =
      std::lower_bound(instructions_.begin(), instructions_.end(), address,
                       [](const Instruction& one, std::uintptr_t at) { return one.address < at; });
  const bool known = found != instructions_.end() && found->address == address;
  return known ? found->live : kAllRegisters;
}

void Object::jump_to(std::uintptr_t target) {
  queue_if_entered_inside(target);
  out_.bytes({0xe9});
  links_.add({out_.distance(), target});
}

void Object::queue_if_entered_inside(std::uintptr_t target) {
  const FunctionState* const function = function_at(target);
  if (function == nullptr || function->state != State::new_) return;
  if (target != text_ + function->begin && !queue_.is_full())
    queue_.add(static_cast<std::uint32_t>(function - functions_.begin()));
}

std::uintptr_t Object::translation_of(std::uintptr_t target) const {
  if (!is_text(target)) return target;
  const std::uint32_t done = translated_[target - text_];
  if (done != 0) return code(done);
  const FunctionState* const function = function_at(target);
  const bool waits =
      function != nullptr && function->state == State::new_ && target == text_ + function->begin;
  return waits ? code(function->stub) : target;
}

void Object::link(std::size_t first) {
  for (std::size_t i = first; i < links_.size(); ++i)
    out_.set_distance(links_[i].distance, translation_of(links_[i].target));
  links_.shrink(first);
}

// Emits the instruction with a point before it. False: there is no room.
bool Object::emit_point(Instruction& instruction, std::uint32_t site) {
  if (out_.room() < kMinRoom) return false;
  const auto log_all = [&] {
    for (std::uint32_t i = 0; i < instruction.operands; ++i)
      sequences_.log(instruction, instruction.memory[i], site + i, true);
  };
  const std::uint8_t* const bytes = original_bytes(instruction.address);
  instruction.live = kAllRegisters;
  std::uint8_t* const start = out_.at();
  log_all();
  const int address = sequences_.split(instruction, bytes, site);
  sites_.details[site].split_address = static_cast<std::int8_t>(address);
  if (address < 0) {
    out_.start_again(start);
    sequences_.stop(Reason::point, site);
    log_all();
    emit_instruction(instruction);
  }
  if (address >= 0 || instruction.falls_through()) jump_to(instruction.next());
  sequences_.place_constants();
  return true;
}

}  // namespace surisim::translate
