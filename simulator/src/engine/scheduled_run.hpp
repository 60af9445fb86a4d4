// A run whose schedule is controlled: the strategy and the Controller for Options::schedule, and
// what is said of threads that cannot go on.
//
// When:    from the engine's construction to its destruction, with Options::schedule.
// Owner:   the Engine.
// Threads: [creator]; the violation is added on the thread that finds that none can go on.
#pragma once

#include <memory>

#include "ledger/violations.hpp"
#include "schedule/controller.hpp"
#include "schedule/one_processor.hpp"
#include "surisim/schedule.hpp"

namespace surisim::engine {

class ScheduledRun {
 public:
  // `options` outlive it; their strategy exists.
  ScheduledRun(const ScheduleOptions& options, ledger::Violations& violations);

  // The calling thread, which is [creator], and all threads of the engine are under control while
  // it exists. NULL: they are not.
  class Scope : public schedule::Controller::Scope {
   public:
    explicit Scope(ScheduledRun* run) noexcept
        : schedule::Controller::Scope(run == nullptr ? nullptr : &run->controller_) {}
  };

  // The run is over. If the process ends with it, its end is under control, too. Once.
  void is_over() {
    if (options_.until_exit) controller_.control_exit();
  }
  // `ended`: the run has come to its end, so that it can be compared with the one asked for.
  ScheduleSummary summary(bool ended) const;
  // Why no thread can go on; empty: they can.
  std::string dead() const { return dead_; }

 private:
  [[noreturn]] void die(schedule::Dead how, const std::vector<schedule::Stuck>& threads);

  const schedule::OneProcessor one_processor_;
  const ScheduleOptions& options_;
  ledger::Violations& violations_;
  std::unique_ptr<schedule::Strategy> strategy_;
  std::string dead_;
  schedule::Controller controller_;
};

}  // namespace surisim::engine
