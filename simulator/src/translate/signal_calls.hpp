// A translated library's own calls about signals. A thread that blocks SIGTRAP would die of the
// first int3; so the library's linkage table leads to functions that leave SIGTRAP as it is. And
// the handlers that it installs for the signals of faults are called by ours (signals.hpp).
//
// When:    from after dlopen to before dlclose.
// Owner:   the table is the library's.
// Threads: one at a time.
#pragma once

#include <cstdint>

#include "translate/loaded_object.hpp"
#include "translate/mapped.hpp"

namespace surisim::translate {

class SignalCalls {
 public:
  explicit SignalCalls(const LoadedObject& object);
  // Puts the table back.
  ~SignalCalls();
  SignalCalls(const SignalCalls&) = delete;
  SignalCalls& operator=(const SignalCalls&) = delete;

 private:
  struct Slot {
    std::uintptr_t* place;
    std::uintptr_t before;
  };

  void look_through(const ElfW(Rela) * first, std::size_t bytes);
  void write(std::uintptr_t* place, std::uintptr_t value) const;

  const LoadedObject& object_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* names_ = nullptr;
  Mapped<Slot> slots_{64};
};

}  // namespace surisim::translate
