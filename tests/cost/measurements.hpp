// Numbers shared by the programs that measure and the test that checks the results.
#pragma once

namespace cost {

inline constexpr int kCalls = 1000;
inline constexpr int kFewSlots = 1'000;
inline constexpr int kManySlots = 10'000;

// Most instructions per iteration of a loop in the plugin: get the value, check that it exists,
// increment it, and the loop. These are promises to plugin authors; for the measured numbers see
// docs/hot-path.md.
inline constexpr double kLoopSeen = 8;
inline constexpr double kLoopProved = 12;
// Most instructions that the wrappers add to the raw call when they use it.
inline constexpr double kMoreThanRaw = 2;
// Most instructions that a hit of get_or_insert_with takes in addition to get_mut.
inline constexpr double kMoreForInsert = 2;
// Most instructions that recording adds to a store: about 80 for the event, and those of the search
// for the simulated thread, which only a recorded store needs.
inline constexpr double kRecorded = 125;
// Most instructions that checks add to an allocation and its free: no lock, and no search.
inline constexpr double kWatched = 300;

}  // namespace cost
