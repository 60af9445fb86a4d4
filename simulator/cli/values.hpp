// Option values, read with care: a wrong one is a UsageError that names the option, what was
// given and what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "surisim/options.hpp"
#include "surisim/violation.hpp"

namespace surisim::cli {

// What was given, as an error repeats it: its beginning if it is long.
std::string shown(const std::string& given);

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
// "alloc:*": each of this kind in turn; nothing for what means one failure.
std::optional<Fault::Kind> parse_sweep(const std::string& text);
// One failure, "init:W#02", "alloc:7", "paused".
Fault parse_fault(const std::string& option, const std::string& text);

}  // namespace surisim::cli
