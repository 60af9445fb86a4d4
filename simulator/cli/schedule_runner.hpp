// Runs an exploration's schedules in child processes: many in each, as long as the plugins' state
// can be put back between them (FreshPlugins).
//
// When:    for one exploration.
// Owner:   the caller, its arguments too.
// Threads: main.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "arguments.hpp"
#include "commands.hpp"
#include "sandbox/sandbox.hpp"
#include "surisim/explore.hpp"

namespace surisim::cli {

class ChildRunner : public ScheduleRunner {
 public:
  explicit ChildRunner(const RunArguments& arguments) : arguments_(arguments) {}

  ScheduleRun run(const ScheduleOptions& schedule) override;
  void run_some(const NumberedSchedule& first, const Next& next, const Take& take) override;
  std::string stopped() const override;
  std::string why_alone() const override { return why_alone_; }

  // The ExitStatus, after stopped().
  int status_if_stopped() const { return status_of(stop_); }

 private:
  class ManySchedules;
  RunArguments for_a_child() const;
  ScheduleRun taken(FinishedRun finished);
  void stop_at_time_limit();

  const RunArguments& arguments_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  sandbox::Stop stop_;
  std::string why_alone_;
  std::set<std::string> known_;  // violations of all runs, by finding_key()
};

}  // namespace surisim::cli
