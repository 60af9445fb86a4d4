// One translated library: its functions, their translations, and the way between them.
//
// When:    from after dlopen to before dlclose.
// Owner:   the Translation; the sites are shared by its objects.
// Threads: one at a time, with all signals blocked; original() and is_code() any.
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

// A function of an object is named by the object's number, and its own in so many bits.
inline constexpr unsigned kFunctionBits = 20;

// The sites of all objects, and what it takes to find out what one accesses.
struct SiteTable {
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  struct Detail {
    MemoryOperand operand;
    std::int8_t split_address = kNone;  // the register that has it at the point of a split
  };
  Mapped<Site> sites{kMost};
  Mapped<Detail> details{kMost};
};

class Object {
 public:
  static expected<std::unique_ptr<Object>> create(void* library, std::uint32_t number,
                                                  SiteTable& sites, Stats& stats, bool count);
  // Puts the text back.
  ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const LoadedObject& loaded() const { return loaded_; }
  bool is_text(std::uintptr_t address) const { return address - text_ < size_; }
  bool is_code(std::uintptr_t address) const { return cache_->contains(address); }

  // A thread has come to an int3 at this address of the text. Where it goes on; 0: the int3 is not
  // ours.
  std::uintptr_t arrive(std::uintptr_t address);
  // A thread has come to the begin of this function for the first time.
  void first_entry(std::uint32_t function);
  bool set_point(std::uintptr_t instruction, bool on);
  // Copies text as it was, up to its end.
  std::size_t read_original(std::uintptr_t from, void* to, std::size_t size) const;
  // For an address in the translation.
  Origin original(std::uintptr_t address) const;

 private:
  enum class State : std::uint8_t { new_, translated, native };
  struct FunctionState {
    std::uint32_t begin;  // offsets into the text
    std::uint32_t end;
    std::uint32_t stub;  // in the cache: where it is entered as long as it is new
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
  // A conditional jump backwards: it is counted outside of the way of those that do not jump.
  struct JumpBack {
    std::uint8_t* distance;
    std::uintptr_t from;
    std::uintptr_t target;
    std::int32_t linkage;  // instructions of the linkage table's that it leads to; 0: backwards
  };
  static constexpr std::uint32_t kNotWanted = UINT32_MAX;
  // A function whose entries are still to be opened.
  struct Opening {
    std::uint32_t function;
    std::uint32_t first_return;  // in `returns_`
    std::uint32_t last_return;
    std::uint32_t frame_end;  // behind the begin, a jump table leads to no place before this
    bool jumps_anywhere;
  };
  // An instruction with a point, which its first translation jumps to while the point is on.
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
  void set_wanted_points();
  void note_arrivals(const FunctionState& function);
  bool translate_range(FunctionState& function, std::size_t begin);
  bool decode_range(std::size_t begin, std::size_t end, bool whole);
  void emit_range();
  void emit(const Instruction& instruction);
  void emit_transfer(const Instruction& instruction);
  void emit_jumps_back();
  bool emit_point(Instruction& instruction, std::uint32_t site);
  void log(const Instruction& instruction);
  std::uint32_t add_site(const Instruction& instruction, const MemoryOperand& operand);
  void jump_to(std::uintptr_t target);
  void add_place(std::uintptr_t address);
  void link(std::size_t first);
  std::uintptr_t translation_of(std::uintptr_t target) const;
  void want_whole(std::uintptr_t target);
  RegisterSet live_at(std::uintptr_t address) const;
  bool is_backwards(const Instruction& jump) const;

  // In count.cpp.
  void find_blocks();
  bool starts_block(std::size_t at) const { return blocks_[at] != 0; }
  std::int32_t rest_of_block(std::uintptr_t address) const;
  std::int32_t linkage_at(std::uintptr_t target) const;
  std::uint32_t entry_at(std::size_t at);

  // In object.cpp.
  void begin_native(FunctionState& function);
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
  Mapped<std::uint32_t> wanted_;  // points in functions that are new
  // With `count_`, by the text's bytes: a block is counted there; where it is entered in its
  // middle.
  Mapped<std::uint8_t> blocks_;
  Mapped<std::uint32_t> middles_;  // offset in the cache; 0: nowhere
  Entries entries_;
  Mapped<MovedStack> moved_;  // by place
  Emitter out_;
  Sequences sequences_;
  // Of the function that is being translated.
  Mapped<Instruction> instructions_;
  Mapped<Link> links_;
  Mapped<JumpBack> jumps_back_;
  Mapped<std::uint32_t> queue_;  // functions whose insides are jumped to
  Mapped<Opening> openings_;
  Mapped<std::uint32_t> returns_;  // offsets into the text
  unsigned run_ = 0;               // accesses since the ring was looked at
};

}  // namespace surisim::translate
