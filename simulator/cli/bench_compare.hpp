// Two builds of a plugin, measured in turn, and whether they differ.
//
// When:    with surisim bench --against.
// Owner:   values.
// Threads: main.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "arguments.hpp"

namespace surisim::cli {

// Runs both builds arguments.pairs times, now the one first and now the other. Nothing: a plugin
// has ended its run. Throws as measure() does.
std::optional<nlohmann::json> compare_builds(const BenchArguments& arguments);

// "0.96 × OLD …: no difference was found", of one of the result's "comparisons".
std::string verdict_of(const nlohmann::json& comparison);

}  // namespace surisim::cli
