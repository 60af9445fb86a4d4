// Parts of the text report that the other reports share.
//
// When:    after a run, or an inspection.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <string>
#include <vector>

#include "report/format.hpp"
#include "surisim/report.hpp"

namespace surisim::report {

// Name, version, license, author, path, slots and callbacks.
std::string plugin_text(const PluginInfo& plugin, const Style& style);
// Grouped by rule, the worst first; within a rule in the order found. And what was suppressed.
std::string violations_text(const std::vector<Violation>& violations, const ReportOptions& how,
                            const Style& style);
// "the lifecycle differs from plugin.golden", or why the two were not compared. Only for a result
// that is not same().
std::string golden_sentence(const GoldenResult& golden);
// "verdict: fail  2 errors, 1 warning"
std::string verdict_line(const std::vector<Violation>& violations, const ReportOptions& how,
                         const Style& style);

}  // namespace surisim::report
