// Sizes of the measurements, shared by those who take them and those who judge them.
#pragma once

namespace cost {

inline constexpr int kCalls = 1000;
inline constexpr int kFewSlots = 1'000;
inline constexpr int kManySlots = 10'000;

}  // namespace cost
