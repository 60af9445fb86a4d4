// Tests whether two builds differ, from pairs of measurements: Wilcoxon's signed-rank test, which
// only assumes that the distribution of the differences is symmetric.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <vector>

namespace surisim::cli {

// Fewer pairs can hardly show a difference; for more the exact distribution takes too long.
inline constexpr std::size_t kMinPairs = 10;
inline constexpr std::size_t kMaxPairs = 200;

struct PairedResult {
  double ratio = 1;  // new / old, the Hodges–Lehmann estimate
  double low = 1;    // of the 95 % confidence interval
  double high = 1;
  double p = 1;  // two-sided, exact, also with ties
};

// `ratios`: new / old of each pair, above 0; at least one, at most kMaxPairs.
PairedResult test_pairs(const std::vector<double>& ratios);

// p-values corrected for multiple comparisons by Holm's method.
std::vector<double> corrected(const std::vector<double>& p);

}  // namespace surisim::cli
