// Two sequences side by side, so that what one has more of moves nothing else.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace surisim::golden {

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);
struct Aligned {
  std::size_t first = kNone;  // index into the first, or kNone: only the second has it
  std::size_t second = kNone;
};
// Pairs the elements of a longest common subsequence; `same` compares by index.
std::vector<Aligned> align(std::size_t firsts, std::size_t seconds,
                           const std::function<bool(std::size_t, std::size_t)>& same);

}  // namespace surisim::golden
