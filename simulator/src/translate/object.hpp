// One translated library: its functions, their translations, and the jumps from one to the other.
//
// When:    from after dlopen to before dlclose.
// Owner:   the Translation, whose objects share one SiteTable.
// Threads: one at a time, with all signals blocked; original() and is_code(): any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "translate/code_memory.hpp"
#include "translate/instruction.hpp"
#include "translate/loaded_object.hpp"
#include "translate/mapped.hpp"
#include "translate/sequences.hpp"
#include "translate/signals.hpp"
#include "translate/translation.hpp"

namespace surisim::translate {

inline constexpr std::size_t kLongJump = 5;  // bytes of a jump that reaches 2 GiB

// A function's number: that of its object, then its own in so many bits.
inline constexpr unsigned kFunctionBits = 20;

// The sites of all objects, and the operands from which a site's address is computed.
struct SiteTable {
  static constexpr std::size_t kMax = std::size_t{1} << 18;
  struct Detail {
    MemoryOperand operand;
    std::int8_t split_address = kNone;  // the register that holds the address at a split point
  };
  Mapped<Site> sites{kMax};
  Mapped<Detail> details{kMax};
};

class Object {
 public:
  static expected<std::unique_ptr<Object>> create(void* library, std::uint32_t number,
                                                  SiteTable& sites, Stats& stats, bool count);
  // Restores the text.
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const LoadedObject& loaded() const { return loaded_; }
  bool is_text(std::uintptr_t address) const { return address - text_ < size_; }
  bool is_code(std::uintptr_t address) const { return cache_->contains(address); }

  // A thread has reached an int3 at this address of the text. Returns where it continues; 0: the
  // int3 is not ours.
  std::uintptr_t arrive(std::uintptr_t address);
  // A thread has reached the begin of this function, which is not translated yet.
  void first_entry(std::uint32_t function);
  bool set_point(std::uintptr_t instruction, bool on);
  // Copies original text, up to its end. Returns the number of bytes.
  std::size_t read_original(std::uintptr_t from, void* to, std::size_t size) const;
  // For an address in the translation.
  Origin original(std::uintptr_t address) const;

 private:
  enum class State : std::uint8_t { new_, translated, native };
  struct FunctionState {
    std::uint32_t begin;  // offsets into the text
    std::uint32_t end;
    std::uint32_t stub;  // offset in the cache; its entry until it is translated
    std::uint32_t first_site;
    State state;
    bool landing_pads_known;
  };
  // Where the translation of an instruction begins.
  struct Place {
    std::uint32_t code;
    std::uint32_t text;
  };
  struct Link {
    std::uint8_t* distance;
    std::uintptr_t target;
  };
  // A conditional backward jump. It is counted in separate code, so that not jumping costs nothing.
  struct JumpBack {
    std::uint8_t* distance;
    std::uintptr_t from;
    std::uintptr_t target;
    std::int32_t plt;  // instructions of the PLT entry that it leads to; 0: a backward jump
  };
  static constexpr std::uint32_t kNoPoint = UINT32_MAX;
  // A translated function whose entries are not open yet.
  struct Opening {
    std::uint32_t function;
    std::uint32_t first_return;  // in `returns_`
    std::uint32_t last_return;
    std::uint32_t frame_end;  // jump tables lead to no place between the begin and this
    bool jumps_anywhere;
  };
  // The translation of an instruction with a point. The normal one jumps to it while the point is
  // set.
  struct Detour {
    std::uint32_t text;
    std::uint32_t code;
    std::uint8_t before[5];
    bool on;
  };

  Object(LoadedObject loaded, std::unique_ptr<CodeCache> cache, const UnwindInfo& unwind,
         SiteTable& sites, Stats& stats, bool count);
  bool make_writable();
  void make_stubs(std::uint32_t number);

  // In translate.cpp.
  void translate(FunctionState& first);
  void set_pending_points();
  void note_arrivals(const FunctionState& function);
  bool translate_range(FunctionState& function, std::size_t begin);
  bool decode_range(std::size_t begin, std::size_t end, bool whole);
  void emit_range();
  void emit(const Instruction& instruction);
  void emit_instruction(const Instruction& instruction);
  void emit_jumps_back();
  bool emit_point(Instruction& instruction, std::uint32_t site);
  void log(const Instruction& instruction);
  std::uint32_t add_site(const Instruction& instruction, const MemoryOperand& operand);
  void jump_to(std::uintptr_t target);
  void add_place(std::uintptr_t address);
  void link(std::size_t first);
  std::uintptr_t translation_of(std::uintptr_t target) const;
  void queue_if_entered_inside(std::uintptr_t target);
  RegisterSet live_at(std::uintptr_t address) const;
  bool is_backwards(const Instruction& jump) const;

  // In count.cpp.
  void find_blocks();
  bool starts_block(std::size_t at) const { return blocks_[at] != 0; }
  std::int32_t rest_of_block(std::uintptr_t address) const;
  std::int32_t plt_instructions_at(std::uintptr_t target) const;
  std::uint32_t entry_at(std::size_t at);

  // In object.cpp.
  void run_natively(FunctionState& function);
  void open_entries(const Opening& opening);
  void add_entry(std::size_t at);
  bool is_known(std::uintptr_t target) const;
  void add_known(std::uintptr_t target, std::uintptr_t landing);
  void set_stub(const FunctionState& function, std::uintptr_t target);
  std::size_t padding_after(std::size_t end) const;
  FunctionState* function_at(std::uintptr_t address);
  const FunctionState* function_at(std::uintptr_t address) const {
    return const_cast<Object*>(this)->function_at(address);
  }
  Detour* add_detour(FunctionState& function, std::size_t at);
  void switch_detour(Detour& detour, bool on);
  const std::uint8_t* original_bytes(std::uintptr_t address) const {
    return copy_.data() + (address - text_);
  }
  std::uintptr_t code(std::uint32_t offset) const { return cache_->begin() + offset; }

  LoadedObject loaded_;
  std::uintptr_t text_;
  std::size_t size_;
  bool writable_ = false;
  const bool count_;  // instructions
  std::unique_ptr<CodeCache> cache_;
  SiteTable& sites_;
  Stats& stats_;
  Mapped<std::uint8_t> copy_;         // of the text
  Mapped<std::uint32_t> translated_;  // by the text's bytes: offset in the cache; 0: none
  Mapped<Place> places_;              // by `code`
  Mapped<FunctionState> functions_;   // by address
  Mapped<std::uint32_t> landing_pads_;
  Mapped<Detour> detours_;
  Mapped<std::uint32_t> pending_points_;  // in functions that are not translated yet
  // With `count_`, by offset in the text:
  Mapped<std::uint8_t> blocks_;    // whether a block begins there
  Mapped<std::uint32_t> middles_;  // the entry in the middle of a block, in the cache; 0: none
  Entries entries_;
  Mapped<MovedStack> moved_;  // by `at`
  Emitter out_;
  Sequences sequences_;
  // The function that is being translated:
  Mapped<Instruction> instructions_;
  Mapped<Link> links_;
  Mapped<JumpBack> jumps_back_;
  Mapped<std::uint32_t> queue_;  // functions to translate with it
  Mapped<Opening> openings_;
  Mapped<std::uint32_t> returns_;  // offsets into the text
  unsigned run_ = 0;               // accesses since the last check of the ring
};

}  // namespace surisim::translate
