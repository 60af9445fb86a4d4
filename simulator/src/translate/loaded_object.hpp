// A library as the dynamic linker has loaded it: where its code is, its functions and landing pads
// according to its unwind information (.eh_frame), and its calls of other libraries, which
// ReplacedCalls redirects.
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
  bool landing_pads_known;  // false: the table of its landing pads cannot be read
};

struct UnwindInfo {
  std::vector<Function> functions;  // by address, without overlaps
  std::vector<std::uintptr_t> landing_pads;
};

// `header`: where PT_GNU_EH_FRAME is loaded, or null; `size`: its bytes. Empty if its format is not
// the one that linkers produce.
UnwindInfo read_unwind_info(const std::uint8_t* header, std::size_t size);

// A function of another library, by name, and the function to call instead.
struct Replacement {
  std::string_view name;
  std::uintptr_t function;
};
template <class Function>
std::uintptr_t address_of_function(Function* function) {
  return reinterpret_cast<std::uintptr_t>(function);
}

// Redirects a library's calls of other libraries to functions of ours, in its global offset table.
// Other libraries' calls are unchanged.
//
// When:    from after dlopen to before dlclose.
// Owner:   the table is the library's.
// Threads: one at a time; any thread may call through the table meanwhile.
class ReplacedCalls {
 public:
  // The address to call instead of the function with this name; 0: the function itself.
  using Find = std::function<std::uintptr_t(std::string_view name)>;

  ReplacedCalls(const LoadedObject& object, const Find& find);
  // Restores the table.
  ~ReplacedCalls();
  ReplacedCalls(const ReplacedCalls&) = delete;
  ReplacedCalls& operator=(const ReplacedCalls&) = delete;

  // Redirects again where somebody has restored the table.
  void reapply();

 private:
  static constexpr std::size_t kMax = 512;
  struct Slot {
    std::uintptr_t* place;
    std::uintptr_t before;
    std::uintptr_t function;
  };

  void replace_in(const ElfW(Rela) * first, std::size_t bytes, const Find& find);
  void write(std::uintptr_t* place, std::uintptr_t value) const;

  const LoadedObject object_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* names_ = nullptr;
  Mapped<Slot> slots_{kMax};
};

}  // namespace surisim::translate
