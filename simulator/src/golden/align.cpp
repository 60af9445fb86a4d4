// Finds a longest common subsequence by dynamic programming.
#include "golden/align.hpp"

#include <algorithm>
#include <cstdint>

namespace surisim::golden {

namespace {

// With more cells than this (64 MB) the rest is not aligned: all of the first counts as removed,
// all of the second as added.
constexpr std::size_t kMaxCells = std::size_t{1} << 24;

using Same = std::function<bool(std::size_t, std::size_t)>;

// Aligns `firsts` and `seconds` elements from `begin` on.
void align_rest(std::size_t begin, std::size_t firsts, std::size_t seconds, const Same& same,
                std::vector<Aligned>& out) {
  const std::size_t width = seconds + 1;
  const bool fits = firsts + 1 <= kMaxCells / width;
  std::vector<std::uint32_t> length(fits ? (firsts + 1) * width : 0);
  const auto at = [&](std::size_t i, std::size_t k) -> std::uint32_t& {
    return length[i * width + k];
  };
  const auto alike = [&](std::size_t i, std::size_t k) { return same(begin + i, begin + k); };
  if (fits) {
    for (std::size_t i = firsts; i-- > 0;)
      for (std::size_t k = seconds; k-- > 0;)
        at(i, k) = alike(i, k) ? at(i + 1, k + 1) + 1 : std::max(at(i + 1, k), at(i, k + 1));
  }
  std::size_t i = 0, k = 0;
  while (i < firsts || k < seconds) {
    if (fits && i < firsts && k < seconds && alike(i, k)) {
      out.push_back({begin + i++, begin + k++});
    } else if (k == seconds || (i < firsts && (!fits || at(i + 1, k) >= at(i, k + 1)))) {
      out.push_back({begin + i++, kNone});
    } else {
      out.push_back({kNone, begin + k++});
    }
  }
}

}  // namespace

std::vector<Aligned> align(std::size_t firsts, std::size_t seconds, const Same& same) {
  const std::size_t shorter = std::min(firsts, seconds);
  std::size_t before = 0;
  while (before < shorter && same(before, before)) ++before;

  std::vector<Aligned> out;
  out.reserve(std::max(firsts, seconds));
  for (std::size_t i = 0; i < before; ++i) out.push_back({i, i});
  align_rest(before, firsts - before, seconds - before, same, out);
  return out;
}

}  // namespace surisim::golden
