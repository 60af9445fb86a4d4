// Runs an exploration's schedules in child processes: as many in each as find their plugins as they
// were when they had been loaded.
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

class InChildren : public ScheduleRunner {
 public:
  explicit InChildren(const RunArguments& arguments) : arguments_(arguments) {}

  ScheduleRun run(const ScheduleOptions& schedule) override;
  void run_some(const NumberedSchedule& first, const Next& next, const Take& take) override;
  std::string stopped() const override;
  std::string why_alone() const override { return why_alone_; }

  // An ExitStatus, once it has been stopped.
  int status_if_stopped() const { return status_of(stop_); }

 private:
  class InChild;
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
