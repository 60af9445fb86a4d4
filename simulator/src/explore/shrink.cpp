// Implements shrink.hpp. Orders: tries those of the schedule itself, then the conflicts, singly and
// in pairs. Turns: removes halves, quarters and so on. Few turns suffice, as a turn lasts until its
// thread has come as far as it had: it also replaces the thread's earlier turns.
#include "explore/shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "schedule/strategy.hpp"

namespace surisim::explore {
namespace {

constexpr int kMaxTries = 40;
constexpr int kMaxTurnTries = 60;
constexpr std::size_t kMaxTurns = 6;  // a reader could not follow more

template <class T>
void add_new(std::vector<T>& all, const T& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

}  // namespace

std::optional<ScheduleOptions> shrink(const ScheduleOptions& schedule,
                                      const std::vector<SiteOrder>& conflicts,
                                      const std::function<bool(const ScheduleOptions&)>& shows) {
  std::vector<SiteOrder> orders = schedule.orders;
  for (const SiteOrder& order : conflicts) add_new(orders, order);

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
    if (tries == kMaxTries) return std::nullopt;
    if (holds({order})) return simple;
  }
  for (std::size_t sum = 1; sum < 2 * orders.size(); ++sum) {
    for (std::size_t a = 0; a < sum - a && a < orders.size(); ++a) {
      if (sum - a >= orders.size()) continue;
      if (tries == kMaxTries) return std::nullopt;
      if (holds({orders[a], orders[sum - a]})) return simple;
    }
  }
  return std::nullopt;
}

std::optional<ScheduleOptions> shrink_turns(
    const ScheduleOptions& schedule, const std::vector<ScheduleTurn>& turns,
    const std::function<bool(const ScheduleOptions&)>& shows) {
  ScheduleOptions simple;
  simple.strategy = schedule::kTurns;
  simple.watch = schedule.watch;
  simple.points = schedule.points;
  for (const SiteOrder& order : schedule.orders)
    for (const CodeSite& site : {order.first, order.second})
      if (!site.is_call) add_new(simple.points, site);
  simple.turns = turns;
  int tries = 0;
  const auto holds = [&](std::vector<ScheduleTurn> some) {
    ++tries;
    ScheduleOptions one = simple;
    one.turns = std::move(some);
    if (!shows(one)) return false;
    simple.turns = std::move(one.turns);
    return true;
  };
  if (turns.empty() || !holds(turns)) return std::nullopt;
  // The last ones first, as none is needed after the mistake.
  for (std::size_t size = (turns.size() + 1) / 2; size > 0; size /= 2) {
    for (std::size_t end = simple.turns.size(); end > 0; end -= std::min(end, size)) {
      if (tries == kMaxTurnTries) break;
      std::vector<ScheduleTurn> without = simple.turns;
      const auto last = without.begin() + static_cast<std::ptrdiff_t>(end);
      without.erase(last - static_cast<std::ptrdiff_t>(std::min(end, size)), last);
      if (!without.empty()) (void)holds(std::move(without));
    }
  }
  if (simple.turns.size() > kMaxTurns) return std::nullopt;
  return simple;
}

}  // namespace surisim::explore
