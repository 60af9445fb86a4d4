// Which schedules an exploration runs: the default one first; then those that bring each race that
// was found about, in both orders; then the strategies in turn, with seeds that follow from the
// exploration's, and in between one for each two places that the first run has shown to conflict.
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
  // The next schedule of this share after the one with this number, 0: the first. Nothing: there
  // is none. The answer depends only on what has been learnt.
  std::optional<NumberedSchedule> after(std::uint64_t number) const;

 private:
  ScheduleOptions schedule(std::uint64_t number) const;
  bool is_mine(std::uint64_t number) const;
  // The default schedule with one order gets a number: the next, or the next but one.
  void direct(std::uint64_t step, const SiteOrder& order);
  void add_points(ScheduleOptions& schedule) const;

  const ExploreOptions& options_;
  std::string weights_;                          // how much each thread has to do
  std::map<std::uint64_t, SiteOrder> directed_;  // by number
  std::vector<SiteOrder> conflicts_;             // each with its reverse
  std::vector<CodeSite> sites_;                  // of conflicts that are accesses
};

}  // namespace surisim::explore
