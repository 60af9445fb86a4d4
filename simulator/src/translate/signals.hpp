// The signals that translated code brings about, or that find it running. SIGTRAP at an int3 of a
// translated library's text is served here. All others go to the handler that was there before, or
// that the plugin has installed since; it sees the address and the stack pointer that the plugin
// would have natively, so it can unwind from there. And the functions about signals that a
// translated library calls.
//
// When:    while there is a Translation.
// Owner:   the process's handlers, which are put back.
// Threads: any; taken and given back by one.
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

namespace surisim::translate {

// What the plugin would be at natively.
struct Origin {
  std::uintptr_t address;
  std::int32_t stack_moved;  // how far the stack pointer is from there
};

struct SignalQuestions {
  // Where a thread goes on that has come to an int3 at this address; 0: it is not ours. Called with
  // all signals blocked.
  std::uintptr_t (*arrive)(std::uintptr_t address);
  // For an address in a translation; any other is its own origin.
  Origin (*original)(std::uintptr_t address);
};

// Those of faults, and those that have a handler. False: the system refuses.
bool take_signals(SignalQuestions questions);
void give_back_signals();

// As sigaction, for a library that is translated.
int change_handler_of(int number, const struct sigaction* action, struct sigaction* before);

// What a translated library calls in place of the C library's functions about signals. A thread
// that blocks SIGTRAP would die of the first int3; so these leave SIGTRAP as it is. And the
// handlers that it installs for the signals of faults are called by ours.
//
// When:    while the library is translated.
// Owner:   nothing is kept here.
// Threads: any.

// 0: the function itself is called.
std::uintptr_t signal_function_for(std::string_view name);

}  // namespace surisim::translate
