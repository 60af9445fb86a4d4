// A run whose schedule is controlled: the strategy and the Controller for Options::schedule, the
// plugins' code that is watched meanwhile, and what is said of threads that cannot go on, of data
// races and of locks that are taken in opposite orders.
//
// When:    from the engine's construction to its destruction, with Options::schedule.
// Owner:   the Engine.
// Threads: [creator]; the violation is added on the thread that finds that none can go on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/watched_code.hpp"
#include "ledger/violations.hpp"
#include "races/detector.hpp"
#include "races/lock_order.hpp"
#include "schedule/controller.hpp"
#include "schedule/one_processor.hpp"
#include "surisim/instructions.hpp"
#include "surisim/schedule.hpp"

namespace surisim::engine {

class ScheduledRun final : private CodeListener {
 public:
  // `options` outlive it; their strategy exists.
  ScheduledRun(const ScheduleOptions& options, ledger::Violations& violations);
  ~ScheduledRun();
  ScheduledRun(const ScheduledRun&) = delete;
  ScheduledRun& operator=(const ScheduledRun&) = delete;

  // The calling thread, which is [creator], and all threads of the engine are under control while
  // it exists. NULL: they are not.
  class Scope : public schedule::Controller::Scope {
   public:
    explicit Scope(ScheduledRun* run) noexcept
        : schedule::Controller::Scope(run == nullptr ? nullptr : &run->controller_) {}
  };

  // The run is over. If the process ends with it, its end is under control, too. Once.
  void is_over();
  // `ended`: the run has come to its end, so that it can be compared with the one asked for.
  ScheduleSummary summary(bool ended) const;
  // What could not be counted.
  void write(InstructionCounts& counts) const;
  // Why no thread can go on; empty: they can.
  std::string dead() const { return dead_; }

 private:
  class Watch;
  using Stack = std::vector<const void*>;

  [[noreturn]] void die(schedule::Dead how, const std::vector<schedule::Stuck>& threads);
  void loaded() override;
  void comes_to(const translate::Site& site) override;
  std::optional<long> calls_system(const translate::SystemCall& call) override;
  void has_accessed(std::span<const translate::Access> accesses) override;
  races::Moment now();
  void report(const races::Race& race);
  void report(const races::Ring& ring);
  std::string describe(const races::Side& side) const;
  std::vector<StackFrame> stack_of(const races::Side& side) const;
  std::vector<SiteOrder> conflicts() const;
  void note_name(schedule::ThreadId thread);  // of the calling thread, also when it ends
  const std::string& name_of(schedule::ThreadId thread) const;
  std::string describe(const schedule::Operation& operation, bool as_noun) const;
  std::string describe(const schedule::Step& step) const;
  std::string explain(const std::vector<schedule::Step>& steps, const SiteOrder& order) const;
  void explain(ScheduleSummary& summary) const;

  const schedule::OneProcessor one_processor_;
  const ScheduleOptions& options_;
  ledger::Violations& violations_;
  std::unique_ptr<schedule::Ordered> strategy_;
  std::string dead_;
  schedule::Controller controller_;
  WatchedCode& code_;
  std::unique_ptr<races::Detector> detector_;
  std::unique_ptr<races::LockOrder> lock_order_;
  std::unique_ptr<Watch> watch_;
  std::map<schedule::ThreadId, std::string> names_;  // of threads that have accessed memory
  // Of each thread at each point, the last time.
  std::map<std::pair<schedule::ThreadId, const void*>, Stack> stacks_;
  std::map<const void*, translate::Site> sites_;  // points that threads have come to
  std::vector<SiteOrder> raced_;
  std::map<const void*, long> not_controlled_;  // numbers of system calls, by instruction
};

}  // namespace surisim::engine
