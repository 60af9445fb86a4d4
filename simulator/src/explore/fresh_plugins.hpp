// What a plugin leaves behind in its process for the next Runtime to find: its variables, which can
// be put back, and other state, which cannot. FreshPlugins (surisim/explore.hpp) uses this to run
// many Runtimes in one process.
//
// When:    PluginVariables are made after dlopen, a ProcessSnapshot after a Runtime.
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

// A copy of a plugin's variables, made when its constructors have run.
class PluginVariables {
 public:
  // `library`: a handle of dlopen.
  explicit PluginVariables(void* library);

  void put_back() const;
  // Whether the main thread's thread_local variables have changed.
  bool thread_locals_changed() const;

  // The number of functions in .fini_array, the compiler's own included.
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

// What the plugin may change besides its variables, judged by the functions that it imports and
// the libraries that it needs: "it uses setenv: the environment stays changed". Empty: nothing.
std::string state_left_by(const engine::ElfImports& plugin);

// Whether the plugin may have thread_local variables with destructors.
bool may_destroy_thread_locals(const engine::ElfImports& plugin);

// The next free file descriptor and thread-specific key, which change if one was left.
class ProcessSnapshot {
 public:
  ProcessSnapshot();
  // How the process differs now: "it left a descriptor open, …". Empty: it does not.
  std::string change() const;

 private:
  int descriptor_;
  unsigned key_;
};

}  // namespace surisim::explore
