// Which schedules an exploration runs: the default one first; then those that bring each race that
// was found about, in both orders; then the strategies in turn, with seeds that follow from the
// exploration's, and in between one for each two places that the first run has shown to conflict.
// With the strategy "delays" all schedules with few delays, one after the other.
//
// When:    made before the first schedule; begin() after it.
// Owner:   explore_schedules().
// Threads: any; nothing is shared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/delay_search.hpp"
#include "surisim/explore.hpp"
#include "surisim/schedule.hpp"
#include "surisim/summary.hpp"

namespace surisim::explore {

class Plan {
 public:
  // `options` outlive it.
  explicit Plan(const ExploreOptions& options);

  // Schedule 1 has been run: what is planned from it. It is the only one that all shares run.
  void learn(const ScheduleSummary& first);
  // Places that may be come to in another order, each pair with its reverse; those of races first.
  const std::vector<SiteOrder>& conflicts() const { return conflicts_; }
  // The last schedule that after() gave was run. A second time for the same one is nothing.
  void ran(const RanSchedule& schedule);
  // The next schedule of this share after the one with this number, 0: the first. Nothing: there
  // is none. The answer depends only on what has been learnt and run.
  std::optional<NumberedSchedule> after(std::uint64_t number) const;
  // With the strategy "delays": of which all schedules have been run.
  std::optional<AllDelays> complete() const;
  // Schedules that bring a race about that a later schedule has shown first, in both orders.
  // `number`: of that schedule. None with a strategy that was asked for.
  std::vector<ScheduleOptions> directed_by(std::uint64_t number, const ScheduleSummary& later);

 private:
  std::optional<ScheduleOptions> schedule(std::uint64_t number) const;
  // The default schedule, with this number's seed.
  ScheduleOptions plain(std::uint64_t number) const;
  ScheduleOptions with_order(std::uint64_t number, const SiteOrder& order) const;
  bool is_mine(std::uint64_t number) const;
  // The default schedule with one order gets a number: the next that is free, in steps.
  void direct(std::uint64_t step, const SiteOrder& order);
  void add_points(ScheduleOptions& schedule, std::uint64_t seed) const;

  const ExploreOptions& options_;
  std::string weights_;                          // how much each thread has to do
  std::map<std::uint64_t, SiteOrder> directed_;  // by number
  std::vector<SiteOrder> conflicts_;             // each with its reverse
  std::vector<SiteOrder> later_;                 // those of races that directed_by() has given
  std::vector<CodeSite> sites_;                  // of conflicts that are accesses
  DelaySearch delays_;                           // from schedule 2 on, if it is the strategy
  std::uint64_t latest_ = 0;                     // number of the last one that was run
};

}  // namespace surisim::explore
