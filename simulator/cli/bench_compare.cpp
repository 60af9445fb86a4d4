// Compares two builds of a plugin: surisim bench --against.
#include "bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "paired_test.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

// The significance level for the whole comparison: 99 of 100 comparisons of a file with itself find
// no difference.
constexpr double kChance = 0.01;

// By kind of callback: the cost of a call in each run.
using Costs = std::map<std::string, std::vector<double>>;

double median_of(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[(numbers.size() - 1) / 2];
}

json comparison_of(const std::string& kind, const std::vector<double>& before,
                   const std::vector<double>& after, double clock_step) {
  json out{{"callback", kind}, {"old_ns", median_of(before)}, {"new_ns", median_of(after)}};
  // Times much shorter than the clock's step are noise.
  const bool too_short = std::min(median_of(before), median_of(after)) < clock_step / 10 ||
                         *std::min_element(before.begin(), before.end()) <= 0 ||
                         *std::min_element(after.begin(), after.end()) <= 0;
  out["verdict"] = too_short ? "too short" : "no difference";
  for (const char* key : {"ratio", "low", "high", "p"}) out[key] = nullptr;
  out["ratios"] = json::array();
  if (too_short) return out;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < before.size(); ++i) ratios.push_back(after[i] / before[i]);
  const PairedResult result = test_pairs(ratios);
  out["ratio"] = result.ratio;
  out["low"] = result.low;
  out["high"] = result.high;
  out["p"] = result.p;
  out["ratios"] = ratios;
  return out;
}

void decide(json& comparisons) {
  std::vector<double> p;
  for (const json& one : comparisons)
    if (!one["p"].is_null()) p.push_back(one["p"]);
  const std::vector<double> all = corrected(p);
  std::size_t next = 0;
  for (json& one : comparisons) {
    if (one["p"].is_null()) continue;
    const double chance = all[next++];
    one["p"] = chance;
    if (chance >= kChance) continue;
    one["verdict"] = one["ratio"].get<double>() > 1 ? "slower" : "faster";
  }
}

}  // namespace

std::optional<json> compare_builds(const BenchArguments& arguments) {
  std::vector<std::string> older = arguments.plugins;
  older.front() = arguments.against;
  std::array<Costs, 2> costs;  // of the old, of the new
  json result;
  double clock_step = 0;
  // The first pair only warms up.
  for (std::uint32_t pair = 0; pair <= arguments.pairs; ++pair) {
    for (const bool second : {false, true}) {
      const bool newer = second == (pair % 2 == 0);
      auto run = measure(arguments, newer ? arguments.plugins : older, Measured::times_by_kind);
      if (!run) return std::nullopt;
      if (newer || !(*run)["not_loaded"].empty()) result = *run;
      if (!(*run)["not_loaded"].empty()) break;
      clock_step = (*run)["clock_step_ns"];
      for (const json& cost : (*run)["costs"])
        if (pair > 0) costs[newer ? 1 : 0][cost["kind"]].push_back(cost["usual_ns"]);
    }
    if (!result["not_loaded"].empty()) break;
  }
  json comparisons = json::array();
  for (const auto& [kind, after] : costs[1]) {
    const auto before = costs[0].find(kind);
    if (before == costs[0].end() || before->second.size() != after.size()) continue;
    comparisons.push_back(comparison_of(kind, before->second, after, clock_step));
  }
  decide(comparisons);
  result.erase("costs");
  result["old"] = arguments.against;
  result["new"] = arguments.plugins.front();
  result["pairs"] = arguments.pairs;
  result["comparisons"] = std::move(comparisons);
  result["failures"] = json::array();
  for (const json& one : result["comparisons"])
    if (one["verdict"] == "slower")
      result["failures"].push_back(
          fmt::format("{}: NEW takes {}", one["callback"].get<std::string>(), verdict_of(one)));
  return result;
}

std::string verdict_of(const json& one) {
  const auto verdict = one["verdict"].get<std::string>();
  if (one["ratio"].is_null())
    return fmt::format("{:.1f} ns, OLD {:.1f} ns: too short to compare; --instructions counts",
                       one["new_ns"].get<double>(), one["old_ns"].get<double>());
  const auto p = one["p"].get<double>();
  return fmt::format("{:.2f} × OLD (95 % between {:.2f} and {:.2f}, p {}): {}",
                     one["ratio"].get<double>(), one["low"].get<double>(),
                     one["high"].get<double>(), p < 0.001 ? "< 0.001" : fmt::format("= {:.3f}", p),
                     verdict == "no difference" ? "no difference was found" : verdict);
}

}  // namespace surisim::cli
