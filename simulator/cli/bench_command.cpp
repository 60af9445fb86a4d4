// surisim bench: measures what callbacks cost, in time or in instructions, and compares that with
// limits, an earlier report, or another build.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "bench.hpp"
#include "callback_meter.hpp"
#include "commands.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

// The cost of all callbacks on traffic, divided by the number of packets; null without packets.
json ns_per_packet(const json& costs, std::uint64_t packets) {
  if (packets == 0) return nullptr;
  double sum = 0;
  for (const json& cost : costs) {
    if (cost["kind"] != "thread init")
      sum += cost["calls"].get<double>() * cost["ns"]["mean"].get<double>();
  }
  return sum / static_cast<double>(packets);
}

// Adds the processor's counts of the second run to the costs of the first; null if not counted.
void add_counts(json& timed, const json& counted) {
  for (json& cost : timed["costs"]) {
    json instructions;
    json misses;
    for (const json& other : counted["costs"]) {
      if (other["kind"] != cost["kind"] || other["thread"] != cost["thread"]) continue;
      if (other["instructions"].get<double>() < 0) continue;
      instructions = other["instructions"];
      misses = other["cache_misses"];
    }
    cost["instructions"] = instructions;
    cost["cache_misses"] = misses;
    cost.erase("usual_ns");
  }
}

std::optional<json> measure_times(const BenchArguments& arguments) {
  auto result = measure(arguments, arguments.plugins, Measured::times);
  if (!result || (*result)["loaded"] == 0) return result;
  // With --in-process the counters would take a second Init in this process.
  const bool countable = !arguments.in_process && PerfCounters().read().has_value();
  std::optional<json> counted = json{{"costs", json::array()}};
  if (countable) counted = measure(arguments, arguments.plugins, Measured::counters);
  if (!counted) return std::nullopt;
  add_counts(*result, *counted);
  (*result)["ns_per_packet"] =
      ns_per_packet((*result)["costs"], (*result)["packets"].get<std::uint64_t>());
  return result;
}

std::optional<json> count_instructions(const BenchArguments& arguments) {
  std::optional<json> before;
  if (!arguments.baseline.empty()) before = read_baseline(arguments.baseline);
  auto result = measure(arguments, arguments.plugins, Measured::instructions);
  if (!result || (*result)["loaded"] == 0) return result;
  if (!arguments.against.empty()) {
    before = measure(arguments, {arguments.against}, Measured::instructions);
    if (!before) return std::nullopt;
  }
  (*result)["failures"] = json::array();
  const std::string& name = arguments.against.empty() ? arguments.baseline : arguments.against;
  if (before) compare_with(*result, *before, name, arguments.tolerance);
  apply_limits(*result, arguments.limits_of_callbacks);
  return result;
}

}  // namespace

int execute(const BenchArguments& arguments) {
  require_plugins(arguments.plugins);
  if (!arguments.against.empty()) require_plugins({arguments.against});
  Outputs outputs(arguments.to);
  if (arguments.in_process) outputs.take_stdout();

  auto result = arguments.instructions      ? count_instructions(arguments)
                : arguments.against.empty() ? measure_times(arguments)
                                            : compare_builds(arguments);
  if (!result) return kViolations;
  const json not_loaded = std::exchange((*result)["not_loaded"], nullptr);
  result->erase("not_loaded");
  for (const json& why : not_loaded)
    std::fprintf(stderr, "surisim: not measured: %s\n", why.get<std::string>().c_str());
  if ((*result)["loaded"] == 0) return kViolations;
  outputs.write([&](Format format, bool) {
    if (format == Format::html) return bench_page(*result);
    return format == Format::json ? result->dump(2) + "\n" : bench_text(*result);
  });
  const bool fails = result->contains("failures") && !(*result)["failures"].empty();
  return not_loaded.empty() && !fails ? kClean : kViolations;
}

}  // namespace surisim::cli
