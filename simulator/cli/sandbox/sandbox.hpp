// Runs the plugin in its own process, the child, watched by a supervisor process.
//
// The command forks the supervisor, and the supervisor forks the child. A plugin that signals,
// kills, stops or traces its parent hits the supervisor; the command notices and still reports.
//
// When:    for each run, inspection and measurement, unless --in-process is given.
// Owner:   the caller owns the result; supervisor, child and all that the child has started are
//          gone when it is returned.
// Threads: the command's main thread, one child at a time. The command must have no other thread,
//          as it forks.
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

// The run could not be completed, through no fault of the plugin.
struct SandboxError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Why a run was ended before its end, through no fault of the plugin.
struct Stop {
  int signal = 0;           // that the command received: SIGINT, SIGTERM, SIGHUP; 0: none
  bool time_limit = false;  // of the whole run
  bool killed = false;      // the child did not end in order when it was asked to

  explicit operator bool() const { return signal != 0 || time_limit; }
};

struct ChildResult {
  std::string result;                   // the last one that it sent; empty: none
  std::vector<std::string> violations;  // as they were found
  std::string schedule;                 // ScheduleOptions::on_more; empty: nothing
  std::optional<Violation> ending;      // how the plugin ended the run: crash, hang, exit
  Stop stop;
};

// Runs `body` in a child process, its stdout sent to stderr, and waits for it. The child is killed
// when a callback, or a phase without progress, takes longer than the limit, and when it uses more
// memory; what it has started is killed at the end. At the first SIGINT, SIGTERM or SIGHUP and at
// the limit of the whole run the child is asked to end in order, and killed if it does not; the
// second signal kills all processes, the command's too. Of the command's descriptors the child has
// stdin, stderr and those in `kept`. Throws SandboxError when the child could not be started, and
// when the body threw. `meanwhile` is called in the command
// again and again while the child runs, and when it has ended; may be empty.
ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Channel&)>& body,
                         const std::vector<int>& kept = {},
                         const std::function<void(Channel&)>& meanwhile = {});

}  // namespace surisim::sandbox
