// How the command ends, and the exceptions that end it early.
//
// When:    any time before the report; main() turns them into a line on stderr and a status.
// Threads: main.
#pragma once

#include <stdexcept>
#include <string>

namespace surisim::cli {

enum ExitStatus {
  kClean = 0,
  kViolations = 1,  // at or above --fail-on
  kUsage = 2,       // wrong usage, or nothing could be run
  kFailed = 3,      // surisim itself failed
  kTimeLimit = 124  // the run took longer than --time-limit, as timeout(1) has it
  // 128 + N: signal N ended the run, as a shell has it: 129 SIGHUP, 130 SIGINT, 143 SIGTERM
};

// The user's mistake; the message says what was expected.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The run was stopped before there was anything to report.
struct Stopped : std::runtime_error {
  Stopped(const std::string& message, int exit_status)
      : std::runtime_error(message), status(exit_status) {}
  int status;
};

// The run or its report could not be finished, through no fault of the plugin.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace surisim::cli
