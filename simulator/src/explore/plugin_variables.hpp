// The variables of a loaded plugin: its writable memory, and the main thread's thread_local ones.
//
// When:    made when its constructors have run.
// Owner:   the library stays loaded.
// Threads: [main]
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace surisim::explore {

class PluginVariables {
 public:
  // `library`: a handle of dlopen.
  explicit PluginVariables(void* library);

  void put_back() const;
  // thread_local variables of the main thread have been changed.
  bool thread_locals_changed() const;

  // Functions that the linker calls, the compiler's own included.
  std::size_t destructors() const { return destructors_; }

 private:
  struct Copy {
    std::uint8_t* at;
    std::vector<std::uint8_t> bytes;
  };
  void copy(std::uintptr_t begin, std::uintptr_t end);
  void copy_thread_locals(const ElfW(Phdr) & segment, std::uintptr_t base);
  std::uint8_t* thread_locals() const;

  void* library_;
  std::vector<Copy> copies_;
  std::vector<std::uint8_t> thread_locals_;
  std::size_t destructors_ = 0;
};

}  // namespace surisim::explore
