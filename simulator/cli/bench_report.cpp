// The text report of surisim bench.
#include "bench.hpp"

#include <fmt/format.h>

namespace surisim::cli {
namespace {

using nlohmann::json;

std::string number_or_dash(const json& number) {
  return number.is_null() ? "-" : fmt::format("{:.1f}", number.get<double>());
}

std::string head_of(const json& result, const char* how) {
  return fmt::format("surisim bench: {} packets, {} flows, {}\n\n",
                     result["packets"].get<std::uint64_t>(), result["flows"].get<std::uint64_t>(),
                     how);
}

constexpr const char* kNothing = "  the plugins have no callback that ran\n";

std::string text_of_times(const json& result) {
  std::string out = head_of(result, "no checks");
  if (result["costs"].empty()) return out + kNothing;
  out += fmt::format("  {:<12} {:<16} {:>10} {:>9} {:>9} {:>9} {:>9} {:>13} {:>13}\n", "callback",
                     "thread", "calls", "min ns", "median ns", "mean ns", "p99 ns", "instructions",
                     "cache misses");
  bool counted = false;
  for (const json& cost : result["costs"]) {
    const json& ns = cost["ns"];
    const auto calls = cost["calls"].get<std::uint64_t>();
    counted = counted || !cost["instructions"].is_null();
    out += fmt::format("  {:<12} {:<16} {:>10} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>13} {:>13}\n",
                       cost["kind"].get<std::string>(), cost["thread"].get<std::string>(), calls,
                       ns["min"].get<double>(), ns["median"].get<double>(),
                       ns["mean"].get<double>(), ns["p99"].get<double>(),
                       number_or_dash(cost["instructions"]), number_or_dash(cost["cache_misses"]));
  }
  if (!result["ns_per_packet"].is_null())
    out += fmt::format("\n  {:.1f} ns a packet: all callbacks on traffic, divided by packets\n",
                       result["ns_per_packet"].get<double>());
  out += fmt::format(
      "  times are of all the plugins' callbacks of a kind together, without the cost of "
      "measuring;\n"
      "  two readings of the clock are {:.1f} ns apart: for shorter callbacks look at the mean\n",
      result["clock_step_ns"].get<double>());
  if (!counted)
    out +=
        "  instructions and cache misses: this machine, or its kernel, does not count them; "
        "--instructions does\n";
  return out;
}

std::string text_of_instructions(const json& result) {
  std::string out = head_of(result, "instructions");
  if (result["callbacks"].empty()) return out + kNothing;
  const bool compares = result.contains("baseline");
  out += fmt::format("  {:<18} {:>10} {:>10} {:>10} {:>10} {:>13}", "callback", "calls", "min",
                     "median", "max", "total");
  if (compares) out += fmt::format(" {:>10} {:>10} {:>10}", "a call", "before", "difference");
  out += "\n";
  for (const json& one : result["callbacks"]) {
    const auto number = [&one](const char* key) { return one[key].get<std::uint64_t>(); };
    out += fmt::format("  {:<18} {:>10} {:>10} {:>10} {:>10} {:>13}",
                       one["callback"].get<std::string>(), number("calls"), number("min"),
                       number("median"), number("max"), number("total"));
    if (compares)
      out += fmt::format(
          " {:>10.2f} {:>10} {:>+10.2f}",
          static_cast<double>(number("total")) / static_cast<double>(number("calls")),
          one["before"].is_null() ? "-" : fmt::format("{:.2f}", one["before"].get<double>()),
          one["difference"].get<double>());
    out += "\n";
  }
  out +=
      "\n  instructions of the plugins' own text: what they call in other libraries, and in "
      "Suricata, is not counted\n";
  if (compares) {
    out += fmt::format("  before: {}\n", result["baseline"].get<std::string>());
    for (const json& gone : result["gone"])
      out += fmt::format("  {} did not run; before, it did\n", gone.get<std::string>());
  }
  if (result["functions_not_counted"] != 0)
    out += fmt::format("  not counted: {} functions with an instruction that is not known\n",
                       result["functions_not_counted"].get<std::uint64_t>());
  return out;
}

std::string text_of_comparisons(const json& result) {
  std::string out = head_of(
      result, fmt::format("no checks, {} pairs of runs", result["pairs"].get<int>()).c_str());
  out += fmt::format("  OLD {}\n  NEW {}\n\n", result["old"].get<std::string>(),
                     result["new"].get<std::string>());
  if (result["comparisons"].empty()) return out + "  the two have no callback in common that ran\n";
  for (const json& one : result["comparisons"])
    out +=
        fmt::format("  {:<12} NEW takes {}\n", one["callback"].get<std::string>(), verdict_of(one));
  out +=
      "\n  by Wilcoxon's signed-rank test, corrected for the number of callbacks; a difference "
      "has p below 0.01\n";
  return out;
}

}  // namespace

std::string bench_text(const json& result) {
  std::string out = result.contains("comparisons") ? text_of_comparisons(result)
                    : result.contains("callbacks") ? text_of_instructions(result)
                                                   : text_of_times(result);
  if (!result.contains("failures")) return out;
  for (const json& failure : result["failures"])
    out += fmt::format("failed: {}\n", failure.get<std::string>());
  return out;
}

}  // namespace surisim::cli
