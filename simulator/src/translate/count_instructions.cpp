// Implements the part of Object that counts instructions: finds basic blocks, whose instructions
// all run if the first one does, and how many instructions there are from one to the end of its
// block.
#include "translate/object.hpp"

namespace surisim::translate {

// In all functions before any is translated, as one may jump into another.
void Object::find_blocks() {
  for (const FunctionState& function : functions_) {
    blocks_[function.begin] = 1;
    for (std::size_t at = function.begin; at < function.end;) {
      const Instruction one = decode(copy_.data() + at, function.end - at, text_ + at);
      if (one.length == 0) break;
      at += one.length;
      if (one.kind == Kind::plain) continue;
      if (at < size_) blocks_[at] = 1;
      const bool leads = one.kind != Kind::ret && one.kind != Kind::jump_indirect &&
                         one.kind != Kind::call_indirect && one.kind != Kind::unknown;
      if (leads && is_text(one.target)) blocks_[one.target - text_] = 1;
    }
  }
  for (const std::uint32_t pad : landing_pads_) blocks_[pad] = 1;
}

std::int32_t Object::rest_of_block(std::uintptr_t address) const {
  std::int32_t count = 0;
  for (std::size_t at = address - text_; at < size_;) {
    const Instruction one = decode(copy_.data() + at, size_ - at, text_ + at);
    if (one.length == 0) break;
    ++count;
    if (one.kind == Kind::call || one.kind == Kind::jump) count += plt_instructions_at(one.target);
    at += one.length;
    if (one.kind != Kind::plain || starts_block(at)) break;
  }
  return count;
}

// How many instructions of a PLT entry run from there on; 0: it is not a PLT entry.
std::int32_t Object::plt_instructions_at(std::uintptr_t target) const {
  if (!is_text(target) || function_at(target) != nullptr) return 0;
  const std::size_t begin = target - text_;
  if (!is_plt_entry(copy_.data() + begin, size_ - begin)) return 0;
  std::int32_t count = 0;
  for (std::size_t at = begin; at < size_;) {
    const Instruction one = decode(copy_.data() + at, size_ - at, text_ + at);
    if (one.length == 0) break;
    ++count;
    at += one.length;
    if (one.kind != Kind::plain) break;
  }
  return count;
}

// The translation for a thread that arrives at this instruction from code that is not translated.
// In the middle of a block it first counts the rest of the block.
std::uint32_t Object::entry_at(std::size_t at) {
  if (!count_ || starts_block(at)) return translated_[at];
  if (middles_[at] == 0) {
    add_place(text_ + at);
    middles_[at] = out_.offset();
    sequences_.count(kAllRegisters, rest_of_block(text_ + at));
    out_.jump_to(code(translated_[at]));
  }
  return middles_[at];
}

}  // namespace surisim::translate
