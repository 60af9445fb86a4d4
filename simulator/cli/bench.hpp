// The parts of surisim bench (bench_command.cpp): measuring runs, comparing builds, checking
// limits, and reports. They pass results on as JSON, which is also the JSON report.
//
// When:    parse_limit() while the command line is parsed; the others when it runs.
// Owner:   values.
// Threads: main.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"

namespace surisim::cli {

enum class Measured {
  times,          // by kind and thread
  times_by_kind,  // of all threads together
  counters,       // the processor's, by kind and thread
  instructions,   // of the plugins' text, by kind: exact, with threads under control
};

// bench_measure.cpp: one run, in its own process. The result has "packets", "flows", "loaded" (the
// number of plugins), "not_loaded" (why others were not), and "costs" or "callbacks". nullopt: the
// plugin has ended the run; stderr has the reason. Throws UsageError, Failure and Stopped.
std::optional<nlohmann::json> measure(const BenchArguments& arguments,
                                      const std::vector<std::string>& plugins, Measured what);

// bench_compare.cpp: runs the two builds of --against alternately, arguments.pairs times each, and
// tests whether they differ. nullopt: a plugin has ended its run. Throws as measure() does.
std::optional<nlohmann::json> compare_builds(const BenchArguments& arguments);
// "0.96 × OLD …: no difference was found", for one of the result's "comparisons".
std::string verdict_of(const nlohmann::json& comparison);

// bench_gate.cpp: limits on the instructions of callbacks. Parses "flow update=120". Throws
// UsageError, with the possible names.
CallbackLimit parse_limit(const std::string& option, const std::string& text);
// Reads a JSON report of surisim bench --instructions. Throws UsageError for anything else.
nlohmann::json read_baseline(const std::string& file);
// Adds "before" and "difference" to each of the result's "callbacks", and to its "failures" a
// sentence for each whose calls take more instructions, on average, than before plus `tolerance`
// percent. Throws UsageError if the traffic of the two differs. `name`: of the earlier result.
void compare_with(nlohmann::json& result, const nlohmann::json& before, const std::string& name,
                  double tolerance);
// Adds a sentence to "failures" for each callback of which a call exceeded its limit. Throws
// UsageError if a callback did not run.
void apply_limits(nlohmann::json& result, const std::vector<CallbackLimit>& limits);

// bench_report.cpp and bench_page.cpp: the reports, as text and as a page with distributions.
std::string bench_text(const nlohmann::json& result);
std::string bench_page(const nlohmann::json& result);

}  // namespace surisim::cli
