// The signal of an int3 in a translated library's text. Other traps go to the handler that was
// there before, or that the plugin has installed since.
//
// When:    while there is a Translation.
// Owner:   the process's handler of SIGTRAP, which is put back.
// Threads: any.
#pragma once

#include <csignal>
#include <cstdint>

namespace surisim::translate {

// Where a thread goes on that has come to an int3 at this address; 0: it is not ours. Called in the
// handler, with all signals blocked.
using ArriveAt = std::uintptr_t (*)(std::uintptr_t address);

// False: the system refuses the handler.
bool install_trap_handler(ArriveAt arrive_at);
void remove_trap_handler();

// As sigaction does for SIGTRAP, but what is installed is only called for traps that are not ours.
void set_other_trap_handler(const struct sigaction* action, struct sigaction* before);

}  // namespace surisim::translate
