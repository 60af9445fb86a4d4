// Signals while code is translated. SIGTRAP at an int3 in a translated library's text is handled
// here. All other signals are forwarded to the handler that was installed before, or that the
// plugin has installed since; it sees the instruction and stack pointers that it would see without
// translation, so that it can unwind. The plugin's calls of sigaction and the like are redirected
// for this.
//
// When:    while there is a Translation.
// Owner:   the process's handlers, which are restored at the end.
// Threads: any; installed and restored by one.
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

namespace surisim::translate {

// The place in the original text that a place in the translation corresponds to.
struct Origin {
  std::uintptr_t address;
  std::int32_t stack_moved;  // the stack pointer minus what it would be in the original
};

struct SignalCallbacks {
  // A thread has reached an int3 at this address. Returns where it continues; 0: the int3 is not
  // ours. Called with all signals blocked.
  std::uintptr_t (*arrive)(std::uintptr_t address);
  // For an address in a translation; any other is its own origin.
  Origin (*original)(std::uintptr_t address);
};

// Replaces the handlers of faults' signals, and all handlers that are installed. False: the system
// refuses.
bool install_signal_handlers(SignalCallbacks callbacks);
void restore_signal_handlers();

// sigaction for a translated library.
int set_handler(int number, const struct sigaction* action, struct sigaction* before);

// The address of the function that a translated library calls instead of sigaction,
// pthread_sigmask and the like; 0: there is none. They never block SIGTRAP: the next int3 would
// kill the process.
std::uintptr_t signal_function_for(std::string_view name);

}  // namespace surisim::translate
