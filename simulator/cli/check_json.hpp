// The JSON report of a check.
//
// When:    after the check, and now and then while it runs.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>

#include "check_report.hpp"

namespace surisim::cli {

std::string check_json(const Checked& checked);
// Throws UsageError with what is wrong with the text; `name`: of its file.
Checked parse_check_json(const std::string& name, const std::string& text);
// Whether the text is a report of surisim check, and not one of surisim explore.
bool is_check_json(const std::string& text);

}  // namespace surisim::cli
