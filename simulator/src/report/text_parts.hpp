// What several text reports have in common.
#pragma once

#include <string>
#include <vector>

#include "report/style.hpp"
#include "surisim/plugin.hpp"
#include "surisim/report.hpp"
#include "surisim/summary.hpp"
#include "surisim/violation.hpp"

namespace surisim::report {

// Name, version, license, author, path, slots and callbacks.
std::string plugin_text(const PluginInfo& plugin, const Style& style);
// Grouped by rule, the worst first; within a rule in the order found. And what was suppressed.
std::string violations_text(const std::vector<Violation>& violations, const ReportOptions& how,
                            const Style& style);
// Where the failures hit that were asked for.
std::string faults_text(const std::vector<FaultSummary>& faults, const ReportOptions& how,
                        const Style& style);
// "the lifecycle differs from plugin.golden", or why the two were not compared; for one that is not
// the same.
std::string golden_sentence(const GoldenResult& golden);
// What differs from the golden file, if one was given.
std::string golden_text(const ReportOptions& how, const Style& style);
// "verdict: fail  2 errors, 1 warning"
std::string verdict_line(const std::vector<Violation>& violations, const ReportOptions& how,
                         const Style& style);

}  // namespace surisim::report
