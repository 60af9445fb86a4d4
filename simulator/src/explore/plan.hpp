// Decides which schedules an exploration runs (Plan). With the strategy "delays" these are all
// schedules with one delay, then all with two, and so on (DelaySearch).
//
// When:    during explore_schedules(), which makes the Plan.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "surisim/explore.hpp"
#include "surisim/schedule.hpp"
#include "surisim/summary.hpp"

namespace surisim::explore {

class DelaySearch {
 public:
  using Delays = std::vector<std::uint32_t>;  // ScheduleOptions::delays

  // Searches one share of the schedules, number `shard` (from 1) of `shards`, by their first delay.
  DelaySearch(std::uint64_t shard, std::uint64_t shards)
      : shard_(shard % shards), shards_(shards) {}

  // The delays of the next schedule, the same until ran() is called. nullopt: all have been run.
  std::optional<Delays> next() const;
  // That schedule was run and had this many choices.
  void ran(std::uint64_t choices, bool to_its_end);
  // All schedules with at most this many delays have been run to their ends. nullopt: not even the
  // one without a delay.
  std::optional<std::uint64_t> complete() const { return complete_; }

 private:
  struct Ran {
    Delays delays;
    std::uint32_t choices;
  };
  bool is_mine(std::uint32_t choice) const;
  void find_next();

  const std::uint64_t shard_, shards_;
  std::vector<Ran> parents_;   // schedules with delays_ - 1 delays
  std::vector<Ran> finished_;  // those with delays_ delays
  std::size_t parent_ = 0;
  std::uint32_t choice_ = 0;  // the delay to add to the parent's
  std::uint64_t delays_ = 0;  // of the next schedule
  bool is_over_ = false;
  bool gap_ = false;  // one was not run to its end, so its children are unknown
  std::optional<std::uint64_t> complete_;
};

// First comes the default schedule. Then, if the user chose no strategy: two schedules for each
// race that it showed, which force one order each; then the strategies in turn, with seeds derived
// from the exploration's, and among them one for each pair of places that conflicted in schedule 1.
class Plan {
 public:
  // `options` must outlive the Plan.
  explicit Plan(const ExploreOptions& options);

  // Called when schedule 1 has been run. Only that one is run by all shares.
  void learn(const ScheduleSummary& first);
  // Places that threads may reach in another order, each pair with its reverse; races first.
  const std::vector<SiteOrder>& conflicts() const { return conflicts_; }
  // The last schedule that after() returned was run. A second call for it has no effect.
  void ran(const RanSchedule& schedule);
  // This share's next schedule after the one with this number; 0: its first. nullopt: there is
  // none. The answer depends only on earlier calls of learn() and ran().
  std::optional<NumberedSchedule> after(std::uint64_t number) const;
  // With the strategy "delays": for how many delays all schedules have been run.
  std::optional<AllDelays> complete() const;
  // Schedules that force, in both orders, the races that schedule `number`, with the summary
  // `later`, was the first to show. None if the user chose a strategy.
  std::vector<ScheduleOptions> directed_by(std::uint64_t number, const ScheduleSummary& later);

 private:
  std::optional<ScheduleOptions> schedule(std::uint64_t number) const;
  // The default schedule, with the seed for this number.
  ScheduleOptions plain(std::uint64_t number) const;
  ScheduleOptions with_order(std::uint64_t number, const SiteOrder& order) const;
  bool is_mine(std::uint64_t number) const;
  // Gives the default schedule with this order the next free number, in steps of `step`.
  void direct(std::uint64_t step, const SiteOrder& order);
  void add_points(ScheduleOptions& schedule, std::uint64_t seed) const;

  const ExploreOptions& options_;
  std::string weights_;                          // ScheduleOptions::weights: points of each thread
  std::map<std::uint64_t, SiteOrder> directed_;  // by number of the schedule
  std::vector<SiteOrder> conflicts_;
  std::vector<SiteOrder> later_;  // races that directed_by() has returned
  std::vector<CodeSite> sites_;   // the accesses among the places of conflicts
  DelaySearch delays_;            // used from schedule 2 on, with the strategy "delays"
  std::uint64_t latest_ = 0;      // number of the last one that was run
};

}  // namespace surisim::explore
