// Answers in the place of the host's: which functions have one, and how plugins' calls get there.
//
// A call of a plugin's goes through its own table of imported addresses (GOT), or through a
// constant with one. That is where an answer is put, so that a function without one costs nothing
// more.
//
// When:    as surisim/host_answers.hpp says.
// Owner:   the process.
// Threads: reach_new_libraries() and show_version() [main]
// Source:  System V ABI, x86-64: R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT, R_X86_64_64.
#pragma once

#include <cstdint>

namespace surisim::abi {

// Libraries have been loaded: their calls too go to the answers that there are.
void reach_new_libraries();

// Some function has an answer. [any thread]
bool has_answers() noexcept;

// Points every import of `name` by a loaded object other than this library to `target`.
void point_imports(const char* name, void (*target)());

// A plugin for several versions of Suricata refers weakly to functions that only one of them has.
// Here all exist; from now on it finds those of the running version, and NULL for the others, as
// there. `library`: from dlopen. Its constructors have run by then.
void show_version(void* library);

}  // namespace surisim::abi
