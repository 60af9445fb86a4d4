// Option values, read with care: a wrong one is a UsageError that names the option, what was
// given and what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "surisim/options.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

// A whole number, digits only.
std::uint64_t parse_count(const std::string& option, const std::string& text, std::uint64_t least,
                          std::uint64_t most);
// A number from 0 to 1.
double parse_share(const std::string& option, const std::string& text);

Mode parse_mode(const std::string& option, const std::string& text);
Capture parse_capture(const std::string& option, const std::string& text);
EngineMode parse_engine(const std::string& option, const std::string& text);
Severity parse_severity(const std::string& option, const std::string& text);
// "bucket=0.5,recycler=0.5": kinds that are not named get 0.
EndShares parse_ends(const std::string& option, const std::string& text);
// "init:W#02", "run:W#01", "create:FM#01", "paused".
Fault parse_fault(const std::string& option, const std::string& text);
// A UsageError that names the closest id when there is no rule `id`.
void require_rule(const std::string& option, const std::string& id);
// "value-leaked=known, see issue 12": the reason is required.
Suppression parse_suppression(const std::string& option, const std::string& text);

}  // namespace surisim::cli
