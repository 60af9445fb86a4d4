// Implements paired_test.hpp. The exact distribution of the sum of ranks is built rank by rank.
#include "paired_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace surisim::cli {
namespace {

// The probability of each sum of ranks, if each rank is included with a probability of 1/2.
std::vector<double> distribution_of(const std::vector<std::size_t>& ranks) {
  const std::size_t most = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});
  std::vector<double> chance(most + 1, 0);
  chance[0] = 1;
  std::size_t reached = 0;
  for (const std::size_t rank : ranks) {
    reached += rank;
    for (std::size_t sum = reached + 1; sum-- > 0;)
      chance[sum] = 0.5 * (chance[sum] + (sum >= rank ? chance[sum - rank] : 0));
  }
  return chance;
}

// Twice the rank of each number by absolute value, as equal ones share the mean of their ranks.
std::vector<std::size_t> doubled_ranks(const std::vector<double>& numbers) {
  std::vector<std::size_t> ranks;
  for (const double one : numbers) {
    std::size_t less = 0;
    std::size_t equal = 0;
    for (const double other : numbers) {
      less += std::abs(other) < std::abs(one) ? 1 : 0;
      equal += std::abs(other) == std::abs(one) ? 1 : 0;
    }
    ranks.push_back(2 * less + equal + 1);
  }
  return ranks;
}

double p_value(std::vector<double> differences) {
  std::erase(differences, 0.0);
  if (differences.empty()) return 1;
  const std::vector<std::size_t> ranks = doubled_ranks(differences);
  std::size_t up = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    all += ranks[i];
    if (differences[i] > 0) up += ranks[i];
  }
  const std::vector<double> chance = distribution_of(ranks);
  double tail = 0;
  for (std::size_t sum = 0; sum <= std::min(up, all - up); ++sum) tail += chance[sum];
  return std::min(1.0, 2 * tail);
}

// How many averages at each end are outside of the 95 % interval.
std::size_t cut_off(std::size_t pairs) {
  std::vector<std::size_t> ranks(pairs);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  const std::vector<double> chance = distribution_of(ranks);
  double tail = 0;
  std::size_t cut = 0;
  while (cut < chance.size() && (tail += chance[cut]) <= 0.025) ++cut;
  return cut;
}

}  // namespace

PairedResult test_pairs(const std::vector<double>& ratios) {
  std::vector<double> logs;
  logs.reserve(ratios.size());
  for (const double ratio : ratios) logs.push_back(std::log(ratio));
  std::vector<double> averages;
  for (std::size_t i = 0; i < logs.size(); ++i)
    for (std::size_t j = i; j < logs.size(); ++j) averages.push_back((logs[i] + logs[j]) / 2);
  std::sort(averages.begin(), averages.end());
  const std::size_t count = averages.size();
  const std::size_t cut = std::min(cut_off(logs.size()), (count - 1) / 2);
  PairedResult result;
  result.ratio = std::exp((averages[(count - 1) / 2] + averages[count / 2]) / 2);
  result.low = std::exp(averages[cut > 0 ? cut - 1 : 0]);
  result.high = std::exp(averages[count - (cut > 0 ? cut : 1)]);
  result.p = p_value(logs);
  return result;
}

std::vector<double> corrected(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&p](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> out(p.size());
  double before = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    before = std::max(before, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    out[order[i]] = before;
  }
  return out;
}

}  // namespace surisim::cli
