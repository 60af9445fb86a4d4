// Finds a schedule with the fewest orders of places that shows the same mistake: the orders are then
// what the mistake needs.
//
// When:    after a schedule has shown a mistake.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "surisim/schedule.hpp"

namespace surisim::explore {

// The default schedule with none, one or two of the orders, which shows the mistake. Nothing: none
// of those that were tried does. `shows`: runs a schedule; it is asked at most 100 times.
std::optional<ScheduleOptions> shrink(const ScheduleOptions& schedule,
                                      const std::vector<SiteOrder>& conflicts,
                                      const std::function<bool(const ScheduleOptions&)>& shows);

}  // namespace surisim::explore
