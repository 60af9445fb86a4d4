// Which schedules an exploration runs: the default one first, then the strategies in turn, with
// seeds that follow from the exploration's.
//
// When:    made before the first schedule; begin() after it.
// Owner:   explore_schedules().
// Threads: any; nothing is shared.
#pragma once

#include <cstdint>
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

  // Schedule 1 has been run: what is planned from it.
  void begin(const Summary& first);
  // The next schedule of this share after the one with this number, 0: the first. Nothing: there
  // is none. The answer does not depend on what was asked before.
  std::optional<NumberedSchedule> after(std::uint64_t number) const;

 private:
  ScheduleOptions schedule(std::uint64_t number) const;
  bool is_mine(std::uint64_t number) const;

  const ExploreOptions& options_;
  const std::vector<ScheduleStrategy> strategies_;
  std::string weights_;  // how much each thread has to do
};

}  // namespace surisim::explore
