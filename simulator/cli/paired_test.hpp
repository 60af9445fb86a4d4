// Whether two builds differ, from pairs of measurements: Wilcoxon's signed-rank test, which assumes
// nothing about how measurements are distributed but that they scatter to both sides alike.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <vector>

namespace surisim::cli {

// Pairs that the exact distribution is computed for; fewer can hardly show anything.
inline constexpr std::size_t kLeastPairs = 10;
inline constexpr std::size_t kMostPairs = 200;

struct PairedResult {
  double ratio = 1;  // new / old, the Hodges–Lehmann estimate
  double low = 1;    // of the 95 % confidence interval
  double high = 1;
  double p = 1;  // two-sided, exact, also with ties
};

// `ratios`: new / old of each pair, above 0; at least one, at most kMostPairs.
PairedResult test_pairs(const std::vector<double>& ratios);

// p-values corrected for their number, by Holm: the chance that any of them is below a limit by
// chance is at most that limit.
std::vector<double> corrected(const std::vector<double>& p);

}  // namespace surisim::cli
