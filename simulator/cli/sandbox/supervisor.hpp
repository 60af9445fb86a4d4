// Runs the plugin in a child process and watches it.
//
// When:    for each run, inspection and measurement, unless --in-process is given.
// Owner:   the caller owns the result; the child and all that it has started are gone when it is
//          there.
// Threads: the parent's main thread, one child at a time. The parent must have no other thread, as
//          it forks.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/limits.hpp"
#include "surisim/violation.hpp"

namespace surisim::sandbox {

// The run could not be brought to an end, through no fault of the plugin.
struct SandboxError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ChildResult {
  std::string result;                   // the last one that it sent; empty: none
  std::vector<std::string> violations;  // as they were found
  std::optional<Violation> ending;      // how the plugin ended the run: crash, hang, exit
};

// Runs `body` in a child process, its stdout sent to stderr, and waits for it. The child is killed
// when a callback, or a phase without progress, takes longer than the limit, and when it uses more
// memory; what it has started is killed at the end. The first SIGINT or SIGTERM is passed on, the
// second one kills. Throws SandboxError when the child could not be started, and when the body
// threw.
ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Channel&)>& body);

}  // namespace surisim::sandbox
