// Handlers in the process with the plugin: how it dies is written down for the one that watches.
#pragma once

#include "shared.hpp"

namespace surisim::cli {

// Signals that kill, exit() and quick_exit() leave their mark in `shared` from now on. To be called
// before a plugin is loaded: what is loaded later counts as the plugin's code. [main]
void install_last_words(Shared& shared);

}  // namespace surisim::cli
