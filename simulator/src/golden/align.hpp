// Aligns two sequences for comparing them: an element that only one of them has does not shift the
// others.
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
  std::size_t first = kNone;  // index into the first; kNone: only the second has the element
  std::size_t second = kNone;
};
// Pairs the elements of a longest common subsequence; `same` compares by index.
std::vector<Aligned> align(std::size_t firsts, std::size_t seconds,
                           const std::function<bool(std::size_t, std::size_t)>& same);

}  // namespace surisim::golden
