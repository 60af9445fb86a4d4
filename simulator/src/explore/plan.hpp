// Which schedules an exploration runs (Plan); with the strategy "delays" all schedules with one
// delay, then all with two, and so on (DelaySearch).
//
// When:    for the length of an exploration.
// Owner:   values; the Plan has its DelaySearch.
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

  // The `shard`-th, from 1, of `shards` equal shares of the first delays.
  DelaySearch(std::uint64_t shard, std::uint64_t shards)
      : shard_(shard % shards), shards_(shards) {}

  // The delays of the next schedule, the same until ran() is called. Nothing: all have been run.
  std::optional<Delays> next() const;
  // That schedule was run and had this many choices.
  void ran(std::uint64_t choices, bool to_its_end);
  // All schedules with at most this many delays have been run to their ends. Nothing: not even the
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
  std::vector<Ran> parents_;   // with a delay less than those that are run now
  std::vector<Ran> finished_;  // with as many
  std::size_t parent_ = 0;
  std::uint32_t choice_ = 0;  // which is added to the parent's delays
  std::uint64_t delays_ = 0;  // of those that are run now
  bool is_over_ = false;
  bool gap_ = false;  // one was not run to its end, so what would follow it is unknown
  std::optional<std::uint64_t> complete_;
};

// Which schedules an exploration runs. First the default one; then those that force each race which
// it has shown, in both orders; then the strategies in turn, with seeds derived from the
// exploration's, and among them one for each pair of places that conflict in the first run. With
// the strategy "delays": all schedules with one delay, then all with two, and so on.
//
// When:    made before the first schedule; begin() after it.
// Owner:   explore_schedules().
class Plan {
 public:
  // `options` outlive it.
  explicit Plan(const ExploreOptions& options);

  // Plans from schedule 1, which has been run. It is the only one that all shares run.
  void learn(const ScheduleSummary& first);
  // Places that threads may reach in another order, each pair with its reverse; races first.
  const std::vector<SiteOrder>& conflicts() const { return conflicts_; }
  // The last schedule that after() gave was run. Calling this again for it has no effect.
  void ran(const RanSchedule& schedule);
  // This share's next schedule after the one with this number; 0: its first. Nothing: there is
  // none. The answer depends only on what has been learnt and run.
  std::optional<NumberedSchedule> after(std::uint64_t number) const;
  // With the strategy "delays": for how many delays all schedules have been run.
  std::optional<AllDelays> complete() const;
  // Schedules that force, in both orders, the races that `later`, schedule `number`, was the first
  // to show. None if the user has chosen a strategy.
  std::vector<ScheduleOptions> directed_by(std::uint64_t number, const ScheduleSummary& later);

 private:
  std::optional<ScheduleOptions> schedule(std::uint64_t number) const;
  // The default schedule, with this number's seed.
  ScheduleOptions plain(std::uint64_t number) const;
  ScheduleOptions with_order(std::uint64_t number, const SiteOrder& order) const;
  bool is_mine(std::uint64_t number) const;
  // Gives the default schedule with this order the next free number, in steps of `step`.
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
