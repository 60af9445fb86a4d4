// What a plugin keeps in its process for the Runtime after it to find: its variables, which can be
// put back, and what else it may leave.
//
// When:    PluginVariables when its constructors have run; what_may_be_left() when it has been
//          loaded; Process when a Runtime has been destroyed.
// Owner:   values; the library stays loaded.
// Threads: [main]
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plugin/elf_file.hpp"

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

// What a plugin may leave in its process, besides its variables, for the Runtime after it to find.
// From the functions that it uses and the libraries that it needs: "it calls setenv, which …".
// Empty: nothing.
std::string what_may_be_left(const engine::ElfImports& plugin);

// It may have thread_local variables with destructors.
bool has_thread_local_destructors(const engine::ElfImports& plugin);

// What a process has, by what it would get next.
class Process {
 public:
  Process();
  // How it differs now: "a descriptor is open". Empty: it does not.
  std::string change() const;

 private:
  int descriptor_;
  unsigned key_;
};

}  // namespace surisim::explore
