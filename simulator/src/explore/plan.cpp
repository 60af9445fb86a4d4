// Numbers of schedules, and the strategy and seed of each.
#include "explore/plan.hpp"

namespace surisim::explore {

Plan::Plan(const ExploreOptions& options) : options_(options), strategies_(schedule_strategies()) {}

void Plan::begin(const Summary& first) { weights_ = first.schedule.weights; }

std::optional<NumberedSchedule> Plan::after(std::uint64_t number) const {
  if (options_.replay)
    return number > 0 ? std::nullopt : std::optional(NumberedSchedule{1, *options_.replay});
  do {
    ++number;
  } while (!is_mine(number));
  if (!options_.seconds && number > options_.schedules) return std::nullopt;
  return NumberedSchedule{number, schedule(number)};
}

ScheduleOptions Plan::schedule(std::uint64_t number) const {
  ScheduleOptions schedule;
  if (!options_.strategy.empty())
    schedule.strategy = options_.strategy;
  else if (number > 1)  // the first of the strategies is the default schedule
    schedule.strategy = strategies_[1 + (number - 2) % (strategies_.size() - 1)].name;
  constexpr std::uint64_t kApart = 1'000'000;
  schedule.seed = options_.seed * kApart + number;
  if (schedule.strategy == "surw" || schedule.strategy == "pct") schedule.weights = weights_;
  return schedule;
}

// All shares run the first one, from which the others are planned.
bool Plan::is_mine(std::uint64_t number) const {
  return number == 1 || number % options_.shards == options_.shard % options_.shards;
}

}  // namespace surisim::explore
