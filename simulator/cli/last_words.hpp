// Handlers in the process with the plugin: how it dies is written down for the one that watches.
#pragma once

#include <signal.h>

#include "shared.hpp"

namespace surisim::cli {

// Signals that kill, exit(), _exit() and quick_exit() leave their mark in `shared` from now on. To
// be called before a plugin is loaded: what is loaded later counts as the plugin's code. [main]
void install_last_words(Shared& shared);

// To be called by the handler of a signal that ends Suricata in order: does not come back when the
// process has sent it to itself. [signal handlers]
void note_own_interrupt(int number, const siginfo_t& info);

// Ends the process at once, whatever the plugin has put in place of _exit(). [any thread]
[[noreturn]] void end_process(int status);

}  // namespace surisim::cli
