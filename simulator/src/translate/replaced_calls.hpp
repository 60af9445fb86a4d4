// Calls of a library's own that lead to functions of ours: its linkage table is changed, and calls
// of other libraries are not.
//
// When:    from after dlopen to before dlclose.
// Owner:   the table is the library's.
// Threads: one at a time; any thread may call through the table meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "translate/loaded_object.hpp"
#include "translate/mapped.hpp"

namespace surisim::translate {

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
