// Simplifies a schedule that has shown a mistake: looks for one with few orders of places, or few
// turns of threads, that shows it too. These explain the mistake to the user.
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

// A default schedule with at most two forced orders, from `schedule` and `conflicts`, that shows
// the mistake. nullopt: none of those tried does. `shows` runs a schedule, and is called at most 40
// times.
std::optional<ScheduleOptions> shrink(const ScheduleOptions& schedule,
                                      const std::vector<SiteOrder>& conflicts,
                                      const std::function<bool(const ScheduleOptions&)>& shows);

// A schedule with the strategy "turns" and few of `turns`, which threads took in `schedule`, that
// shows the mistake. nullopt: it needs too many. `shows` is called at most 60 times.
std::optional<ScheduleOptions> shrink_turns(
    const ScheduleOptions& schedule, const std::vector<ScheduleTurn>& turns,
    const std::function<bool(const ScheduleOptions&)>& shows);

}  // namespace surisim::explore
