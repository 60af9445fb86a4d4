// What a plugin may leave in its process, besides its variables, for the Runtime after it to find.
//
// When:    what_may_be_left() when it has been loaded; Process when a Runtime has been destroyed.
// Owner:   values.
// Threads: [main]
#pragma once

#include <string>
#include <vector>

#include "plugin/imports.hpp"

namespace surisim::explore {

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
