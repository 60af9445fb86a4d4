// The runs of surisim bench, each in a process of its own, and what they have measured, as JSON.
//
// When:    as often as there is something to measure.
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

// The result of a run that went well has "packets", "flows", "loaded" (how many plugins) and
// "not_loaded" (why the others were not), and "costs" or "callbacks". Nothing: the plugin has ended
// the run, which was said on stderr. Throws UsageError, Failure and Stopped.
std::optional<nlohmann::json> measure(const BenchArguments& arguments,
                                      const std::vector<std::string>& plugins, Measured what);

}  // namespace surisim::cli
