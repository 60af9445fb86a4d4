// Tries the orders that the schedule itself has first, then all that are known: singly, then pairs.
#include "explore/shrink.hpp"

#include <algorithm>
#include <cstddef>

namespace surisim::explore {
namespace {

constexpr int kMostTries = 100;
constexpr int kMostSingles = 60;

}  // namespace

std::optional<ScheduleOptions> shrink(const ScheduleOptions& schedule,
                                      const std::vector<SiteOrder>& conflicts,
                                      const std::function<bool(const ScheduleOptions&)>& shows) {
  std::vector<SiteOrder> orders = schedule.orders;
  for (const SiteOrder& order : conflicts)
    if (std::find(orders.begin(), orders.end(), order) == orders.end()) orders.push_back(order);

  ScheduleOptions simple;
  simple.watch = schedule.watch;
  int tries = 0;
  const auto holds = [&](std::vector<SiteOrder> some) {
    ++tries;
    simple.orders = std::move(some);
    return shows(simple);
  };
  if (holds({})) return simple;
  for (const SiteOrder& order : orders) {
    if (tries > kMostSingles) break;
    if (holds({order})) return simple;
  }
  for (std::size_t sum = 1; sum < 2 * orders.size(); ++sum) {
    for (std::size_t a = 0; a < sum - a && a < orders.size(); ++a) {
      if (sum - a >= orders.size()) continue;
      if (tries == kMostTries) return std::nullopt;
      if (holds({orders[a], orders[sum - a]})) return simple;
    }
  }
  return std::nullopt;
}

}  // namespace surisim::explore
