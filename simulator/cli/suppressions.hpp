// Violations that are accepted: --suppress, and the files of --suppressions.
#pragma once

#include <string>
#include <vector>

#include "surisim/report.hpp"

namespace surisim::cli {

// A UsageError that names the closest id when there is no rule `id`; `where` begins it.
void require_rule(const std::string& where, const std::string& id);
// "value-leaked=known, see issue 12", "value-leaked:legacy.so*=known": the reason is required.
Suppression parse_suppression(const std::string& option, const std::string& text);
// A line for each: "rule[:place]  reason". Empty lines, and those that begin with #, say nothing.
// Throws UsageError, with file and line.
std::vector<Suppression> read_suppressions(const std::string& file);

}  // namespace surisim::cli
