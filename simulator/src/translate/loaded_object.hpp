// A library as the dynamic linker has loaded it: where its code is, its functions by its unwind
// information (.eh_frame), where exceptions can land in them, and its calls of other libraries,
// which can be replaced (ReplacedCalls).
//
// When:    while it is loaded.
// Owner:   values.
// Threads: any.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/error.hpp"
#include "translate/mapped.hpp"

namespace surisim::translate {

struct LoadedObject {
  std::string path;
  std::uintptr_t text = 0;  // the segment with its code
  std::size_t text_size = 0;
  const std::uint8_t* unwind_header = nullptr;  // PT_GNU_EH_FRAME; may be null
  std::size_t unwind_header_size = 0;
  const ElfW(Dyn) * dynamic = nullptr;
  std::uintptr_t base = 0;
  std::uintptr_t read_only = 0;  // PT_GNU_RELRO
  std::size_t read_only_size = 0;
};

// `library`: a handle of dlopen. Error (engine_refused): it has no code.
expected<LoadedObject> find_loaded_object(void* library);

struct Function {
  std::uintptr_t begin;
  std::uintptr_t end;
  bool landing_pads_known;  // false: its table of landing pads cannot be read
};

struct UnwindInfo {
  std::vector<Function> functions;  // by address, without overlaps
  std::vector<std::uintptr_t> landing_pads;
};

// `header`: where PT_GNU_EH_FRAME is loaded, or null; `size`: its bytes. Empty: it is of a form
// that no linker makes.
UnwindInfo read_unwind_info(const std::uint8_t* header, std::size_t size);

// Calls of a library's own that lead to functions of ours: its linkage table is changed, and calls
// of other libraries are not.
//
// When:    from after dlopen to before dlclose.
// Owner:   the table is the library's.
// Threads: one at a time; any thread may call through the table meanwhile.

// A function of another library's, by name, and what is called in its place.
struct Replacement {
  std::string_view name;
  std::uintptr_t function;
};
template <class Function>
std::uintptr_t address_of_function(Function* function) {
  return reinterpret_cast<std::uintptr_t>(function);
}

class ReplacedCalls {
 public:
  // What is called in place of the function with this name; 0: the function itself.
  using Find = std::function<std::uintptr_t(std::string_view name)>;

  ReplacedCalls(const LoadedObject& object, const Find& find);
  // Puts the table back.
  ~ReplacedCalls();
  ReplacedCalls(const ReplacedCalls&) = delete;
  ReplacedCalls& operator=(const ReplacedCalls&) = delete;

  // Changes it again, where somebody has put it back.
  void renew();

 private:
  static constexpr std::size_t kMost = 512;
  struct Slot {
    std::uintptr_t* place;
    std::uintptr_t before;
    std::uintptr_t function;
  };

  void look_through(const ElfW(Rela) * first, std::size_t bytes, const Find& find);
  void write(std::uintptr_t* place, std::uintptr_t value) const;

  const LoadedObject object_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* names_ = nullptr;
  Mapped<Slot> slots_{kMost};
};

}  // namespace surisim::translate
