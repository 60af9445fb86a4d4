// Failures on request, each in turn: --fail alloc:*.
#pragma once

#include "arguments.hpp"

namespace surisim::cli {

// Runs with the first failure of the kind, the second, …, each in a process of its own, until none
// is left. Reports on those that the plugin does not take well. Returns an ExitStatus.
int sweep_command(RunArguments arguments);

}  // namespace surisim::cli
