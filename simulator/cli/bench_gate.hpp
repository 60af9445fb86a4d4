// What must not cost more: the limits of surisim bench --max, and an earlier report. Each adds what
// it finds to the result of a run that has counted instructions.
//
// When:    read before the run, checked after it.
// Owner:   values.
// Threads: main.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "arguments.hpp"

namespace surisim::cli {

// "flow update=120". Throws UsageError, with the names that there are.
CallbackLimit parse_limit(const std::string& option, const std::string& text);

// A JSON report of surisim bench --instructions. Throws UsageError for anything else.
nlohmann::json read_baseline(const std::string& file);

// Adds "before" and "difference" to each of the result's "callbacks", and to its "failures" a
// sentence for each that takes more instructions a call, on average, than before and `tolerance`
// percent. Throws UsageError if the two are of different traffic. `name`: of what was before.
void compare_with(nlohmann::json& result, const nlohmann::json& before, const std::string& name,
                  double tolerance);
// Adds a sentence for each callback of which a call took more than its limit. Throws UsageError if
// the plugins have no such callback.
void apply_limits(nlohmann::json& result, const std::vector<CallbackLimit>& limits);

}  // namespace surisim::cli
