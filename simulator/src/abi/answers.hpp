// Answers: functions of a test that plugins call in place of Suricata's (surisim/host_answers.hpp).
//
// A plugin calls Suricata through its table of imported addresses (GOT), or through a constant that
// holds such an address. There the answer's address is written, so that functions without an answer
// cost nothing.
//
// When:    as surisim/host_answers.hpp says.
// Owner:   the process.
// Threads: redirect_new_libraries() and hide_other_versions() [main]
// Source:  System V ABI, x86-64: R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT, R_X86_64_64.
#pragma once

#include <cstdint>

namespace surisim::abi {

// Call it after libraries have been loaded, so that their calls go to the answers too.
void redirect_new_libraries();

// True if any function has an answer. [any thread]
bool has_answers() noexcept;

// Points every import of `name` by a loaded object other than this library to `target`.
void point_imports(const char* name, void (*target)());

// A plugin for several versions of Suricata refers weakly to functions that only one version has,
// and tests them for NULL. Here the functions of all versions exist: this sets a library's
// references to those of other versions to NULL. `library`: from dlopen, whose constructors have
// run already.
void hide_other_versions(void* library);

}  // namespace surisim::abi
