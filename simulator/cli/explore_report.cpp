// Text of an exploration; other formats show its findings as those of one run.
#include "explore_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace surisim::cli {
namespace {

bool fails(const Explored& explored) {
  const auto& findings = explored.found.findings;
  return std::any_of(findings.begin(), findings.end(), [&explored](const Finding& one) {
    return one.violation.severity >= explored.how.fail_on;
  });
}

std::string where_found(const Finding& finding, const Exploration& found) {
  return fmt::format("in schedule {} of {}{}", finding.number, found.run,
                     finding.repeated ? ", and again when it was repeated"
                                      : ", but not when it was repeated: it depends on something "
                                        "besides the order of threads");
}

// All findings as those of one run.
Summary in_one(const Exploration& found) {
  Summary all;
  all.plugins = found.plugins;
  all.stopped_by = found.cut_short;
  for (const Finding& finding : found.findings) {
    all.violations.push_back(finding.violation);
    all.violations.back().message += fmt::format(" ({}: surisim explore --replay {})",
                                                 where_found(finding, found), finding.schedule);
  }
  return all;
}

std::string counts(const Exploration& found) {
  return fmt::format("{} {}, {} of them different to the threads, {} points, {:.1f} s", found.run,
                     found.run == 1 ? "schedule" : "schedules", found.orders.size(), found.points,
                     found.seconds);
}

std::string explore_text(const Explored& explored, bool color) {
  const Exploration& found = explored.found;
  std::string out;
  for (const Finding& finding : found.findings) {
    Summary one;
    one.plugins = found.plugins;
    one.violations.push_back(finding.violation);
    ReportOptions how = explored.how;
    how.color = color;
    how.quiet = true;
    how.reproduce.clear();
    std::string text = text_report(one, explored.options, how);
    if (text.size() > 1) text.erase(text.rfind('\n', text.size() - 2) + 1);  // its verdict
    while (text.ends_with("\n\n")) text.pop_back();
    out +=
        text + fmt::format("  found {}\n  replay: {} --replay {}\n\n", where_found(finding, found),
                           explored.how.reproduce, finding.schedule);
  }
  if (!found.alone.empty())
    out += fmt::format("each schedule had a process of its own: {}\n", found.alone);
  if (!found.cut_short.empty()) out += found.cut_short + "\n";
  return out + fmt::format("verdict: {}  {} {}; {}\n", to_string(verdict_of(explored)),
                           found.findings.size(),
                           found.findings.size() == 1 ? "finding" : "findings", counts(found));
}

}  // namespace

Verdict verdict_of(const Explored& explored) {
  if (fails(explored)) return Verdict::fail;
  return explored.found.stopped ? Verdict::incomplete : Verdict::pass;
}

std::string explore_report(Format format, bool color, const Explored& explored) {
  if (format == Format::text) return explore_text(explored, color);
  if (format == Format::json) return explore_json(explored);
  ReportOptions how = explored.how;
  how.exit_status = exit_status(explored);
  if (explored.found.stopped) how.error = explored.found.cut_short;
  return report_in(format, in_one(explored.found), explored.options, how);
}

int exit_status(const Explored& explored) {
  if (explored.found.stopped) return explored.status_if_stopped;
  return fails(explored) ? kViolations : kClean;
}

}  // namespace surisim::cli
