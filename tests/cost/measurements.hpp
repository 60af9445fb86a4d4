// Sizes of the measurements, shared by those who take them and those who judge them.
#pragma once

namespace cost {

inline constexpr int kCalls = 1000;
inline constexpr int kFewSlots = 1'000;
inline constexpr int kManySlots = 10'000;

// Instructions that one turn of a loop of the plugin's own may take: reach the value, look whether
// there is one, count in it, and the loop around. What stands here is a promise to plugin authors;
// docs/hot-path.md has what was measured.
inline constexpr double kLoopSeen = 8;
inline constexpr double kLoopProved = 12;
// How many more than the raw call the wrappers may take when they go through it.
inline constexpr double kMoreThanRaw = 2;
// How many more than get_mut a hit of get_or_insert_with may take.
inline constexpr double kMoreForInsert = 2;
// How many more a store of a value takes when it is recorded: about 80 for the event, and the
// search for the simulated thread that it is about, which only a recorded store makes.
inline constexpr double kRecorded = 125;

}  // namespace cost
