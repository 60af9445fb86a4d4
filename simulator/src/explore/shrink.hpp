// Finds a schedule with the fewest orders of places, or turns of threads, that shows the same
// mistake: they are then what the mistake needs.
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
// of those that were tried does. `shows`: runs a schedule; it is asked at most 40 times.
std::optional<ScheduleOptions> shrink(const ScheduleOptions& schedule,
                                      const std::vector<SiteOrder>& conflicts,
                                      const std::function<bool(const ScheduleOptions&)>& shows);

// The strategy "turns" with the fewest of those that threads took in the schedule, so that it shows
// the mistake. Nothing: many are needed. `shows` is asked at most 60 times.
std::optional<ScheduleOptions> shrink_turns(
    const ScheduleOptions& schedule, const std::vector<ScheduleTurn>& turns,
    const std::function<bool(const ScheduleOptions&)>& shows);

}  // namespace surisim::explore
