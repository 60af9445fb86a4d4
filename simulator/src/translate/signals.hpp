// The signals that translated code brings about: SIGTRAP at an int3 of a translated library's text,
// and those of faults. All others, and faults, go to the handler that was there before, or that the
// plugin has installed since; it sees the address in the original text, and can unwind from there.
//
// When:    while there is a Translation.
// Owner:   the process's handlers of these signals, which are put back.
// Threads: any; taken and given back by one.
#pragma once

#include <csignal>
#include <cstdint>

namespace surisim::translate {

struct SignalQuestions {
  // Where a thread goes on that has come to an int3 at this address; 0: it is not ours. Called with
  // all signals blocked.
  std::uintptr_t (*arrive)(std::uintptr_t address);
  // The address in the text for one in a translation; others as they are.
  std::uintptr_t (*original)(std::uintptr_t address);
};

// False: the system refuses a handler.
bool take_signals(SignalQuestions questions);
void give_back_signals();

bool is_taken(int number);
// As sigaction does, for a signal that is taken: our handler calls this one.
int set_other_handler(int number, const struct sigaction* action, struct sigaction* before);

}  // namespace surisim::translate
