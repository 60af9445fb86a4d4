// The plugin in a process of its own: a parent that watches it, and can say what it did last.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "child_limits.hpp"
#include "shared.hpp"
#include "surisim/violation.hpp"

namespace surisim::cli {

struct ChildResult {
  std::string frame;                    // the last result that it sent; empty: none
  std::vector<std::string> violations;  // as they were found
  std::optional<Violation> ending;      // how the plugin ended the run: crash, hang, exit
};

// Runs `body` in a child process, its stdout sent to stderr, and waits for it. A callback, or a
// phase without progress, that takes longer than the time limit ends it, and so does memory. What
// it has started itself is killed at the end. SIGINT and SIGTERM are passed on once; the second one
// kills. Throws Failure when the child could not be made or was killed from outside, and when the
// body threw.
ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Shared&)>& body);

}  // namespace surisim::cli
