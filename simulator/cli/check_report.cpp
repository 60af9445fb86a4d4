// Implements check_report.hpp, except its JSON (check_json.cpp).
#include "check_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "check_levels.hpp"
#include "report_json.hpp"
#include "surisim/explore.hpp"

namespace surisim::cli {
namespace {

bool fails(const Checked& checked) {
  return std::any_of(checked.findings.begin(), checked.findings.end(), [&](const auto& one) {
    return one.suppressed.empty() && one.violation.severity >= checked.how.fail_on;
  });
}

std::string counted(std::uint64_t n, const char* one) {
  return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s");
}

std::string where_found(const CheckFinding& finding) {
  const std::string others =
      finding.steps > 1 ? fmt::format(", and in {} more", finding.steps - 1) : "";
  return fmt::format("in step {} ({}){}", finding.step.number, finding.step.id, others);
}

// All findings as violations of one run. The step that found one goes to `found_in`; without it, to
// the message.
Summary in_one(const Checked& checked, std::vector<FoundIn>* found_in) {
  Summary all;
  all.plugins = checked.plugins;
  all.stopped_by = checked.cut_short;
  for (const CheckFinding& finding : checked.findings) {
    if (!finding.suppressed.empty()) continue;
    all.violations.push_back(finding.violation);
    if (found_in != nullptr)
      found_in->push_back({"found " + where_found(finding), "", {}, finding.step.command});
    else
      all.violations.back().message +=
          fmt::format(" ({}: {})", where_found(finding), finding.step.command);
  }
  return all;
}

std::string finding_text(const Checked& checked, const CheckFinding& finding, bool color) {
  ReportOptions how = checked.how;
  how.color = color;
  return violation_text(finding.violation, checked.plugins, {}, std::move(how)) +
         fmt::format("  found {}\n  reproduce: {}\n\n", where_found(finding), finding.step.command);
}

std::string level_name(int level) {
  return level == kOnAndOn ? "rounds" : fmt::format("level {}", level);
}

// The rows of each level added up; the id lists them.
std::map<int, TriedRow> levels_of(const Checked& checked) {
  std::map<int, TriedRow> levels;
  for (const TriedRow& row : checked.tried) {
    TriedRow& level = levels[row.level];
    level.level = row.level;
    level.steps += row.steps;
    level.planned += row.planned;
    level.id += fmt::format("{}{}", level.id.empty() ? "" : ", ", row.id);
    if (row.steps != 1) level.id += fmt::format(" {}", row.steps);
  }
  return levels;
}

std::string steps_of(const TriedRow& level) {
  return level.steps == level.planned || level.level == kOnAndOn
             ? counted(level.steps, "step")
             : fmt::format("{} of {} steps", level.steps, level.planned);
}

std::string tried_text(const Checked& checked) {
  std::string out = "tried\n";
  for (const auto& [number, level] : levels_of(checked))
    out += fmt::format("  {:9} {}: {}\n", level_name(number), steps_of(level), level.id);
  return out + "\n";
}

// "level 1: 1 step, level 2: 12 steps; 8.6 s".
std::string tried_line(const Checked& checked) {
  std::string out;
  for (const auto& [number, level] : levels_of(checked))
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", level_name(number), steps_of(level));
  return out + fmt::format("; {:.1f} s", checked.seconds);
}

std::string check_text(const Checked& checked, bool color) {
  std::string out;
  std::size_t found = 0;
  for (const CheckFinding& finding : checked.findings) {
    if (!finding.suppressed.empty()) continue;
    ++found;
    if (finding.violation.severity >= checked.how.show)
      out += finding_text(checked, finding, color);
  }
  for (const CheckFinding& finding : checked.findings)
    if (!finding.suppressed.empty())
      out += fmt::format("accepted  {}, {}: {}\n", finding.violation.rule, where_found(finding),
                         finding.suppressed);
  for (const NotJudged& one : checked.not_judged)
    out += fmt::format("not judged  step {} ({}): {}\n  {}\n", one.step.number, one.step.id,
                       one.why, one.step.command);
  if (!checked.how.quiet) out += tried_text(checked);
  for (const std::string& why : {checked.not_controlled, checked.time_over, checked.cut_short})
    if (!why.empty()) out += why + "\n";
  return out + fmt::format(
                   "verdict: {}  {}{}; {}, {:.1f} s\n", to_string(verdict_of(checked)),
                   counted(found, "finding"),
                   checked.not_judged.empty()
                       ? ""
                       : fmt::format(", {} not judged", counted(checked.not_judged.size(), "step")),
                   counted(checked.steps, "step"), checked.seconds);
}

bool comes_before(const CheckFinding& a, const CheckFinding& b) {
  return a.step.number < b.step.number;
}

void merge_tried(std::vector<TriedRow>& all, const std::vector<TriedRow>& more) {
  for (const TriedRow& row : more) {
    const auto same =
        std::find_if(all.begin(), all.end(), [&](const TriedRow& one) { return one.id == row.id; });
    if (same == all.end()) {
      all.push_back(row);
    } else if (row.level > 1) {  // all shares run step 1
      same->steps += row.steps;
      same->planned += row.planned;
      same->hung += row.hung;
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const TriedRow& a, const TriedRow& b) {
    const auto place = [](const TriedRow& row) {
      const auto rows = check_rows();
      return std::find_if(rows.begin(), rows.end(),
                          [&](const CheckRow& one) { return row.id == one.id; }) -
             rows.begin();
    };
    return place(a) < place(b);
  });
}

void merge_findings(Checked& all, const std::vector<CheckFinding>& more) {
  for (const CheckFinding& finding : more) {
    const std::string key = finding_key(finding.violation);
    const auto same =
        std::find_if(all.findings.begin(), all.findings.end(),
                     [&](const CheckFinding& one) { return finding_key(one.violation) == key; });
    if (same == all.findings.end()) {
      all.findings.push_back(finding);
      continue;
    }
    const std::uint64_t steps =
        same->steps + finding.steps - (same->in_plain && finding.in_plain ? 1 : 0);
    if (comes_before(finding, *same)) *same = finding;
    same->steps = steps;
  }
  std::stable_sort(all.findings.begin(), all.findings.end(), comes_before);
}

void require_shares_of_one(const std::vector<Checked>& shares,
                           const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (shares[i].shards != shares[0].shards || shares[i].config != shares[0].config)
      throw UsageError(
          "{} and {} are of other plugins, or have other options; expected shares of one check",
          names[0], names[i]);
  require_different_shares(shares, names);
}

}  // namespace

void add_finding(Checked& checked, const Violation& violation, const CheckedStep& step) {
  const std::string key = finding_key(violation);
  const auto same =
      std::find_if(checked.findings.begin(), checked.findings.end(),
                   [&](const CheckFinding& one) { return finding_key(one.violation) == key; });
  const bool plain = step.number == 1;
  if (same == checked.findings.end()) {
    checked.findings.push_back({violation, step, 1, plain, ""});
    return;
  }
  same->in_plain |= plain;
  ++same->steps;
  if (step.number >= same->step.number) return;
  same->violation = violation;
  same->step = step;
}

void accept_suppressed(Checked& checked) {
  std::stable_sort(checked.findings.begin(), checked.findings.end(), comes_before);
  for (CheckFinding& finding : checked.findings) {
    finding.suppressed.clear();
    Summary one;
    one.plugins = checked.plugins;
    one.violations.push_back(finding.violation);
    auto& all = checked.how.suppressed;
    std::vector<std::uint64_t> before;
    before.reserve(all.size());
    for (const Suppression& suppression : all) before.push_back(suppression.count);
    suppress(one, all);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].count > before[i]) finding.suppressed = all[i].reason;
  }
}

Verdict verdict_of(const Checked& checked) {
  if (fails(checked)) return Verdict::fail;
  const bool whole =
      checked.stopped == 0 && checked.cut_short.empty() && checked.not_judged.empty();
  return whole ? Verdict::pass : Verdict::incomplete;
}

int exit_status(const Checked& checked) {
  if (checked.stopped != 0) return checked.stopped;
  if (fails(checked)) return kViolations;
  if (!checked.not_judged.empty()) return checked.not_judged.front().status;
  return checked.cut_short.empty() ? kClean : kFailed;
}

std::string check_report(Format format, bool color, const Checked& checked) {
  if (format == Format::text) return check_text(checked, color);
  if (format == Format::json) return check_json(checked);
  ReportOptions how = checked.how;
  how.exit_status = exit_status(checked);
  if (verdict_of(checked) == Verdict::incomplete || checked.stopped != 0) {
    how.error = checked.cut_short;
    for (const NotJudged& one : checked.not_judged)
      how.error += fmt::format("{}step {} ({}) was not judged: {}", how.error.empty() ? "" : "; ",
                               one.step.number, one.step.id, one.why);
  }
  how.tried = tried_line(checked);
  const Summary all = in_one(checked, format == Format::html ? &how.found_in : nullptr);
  return report_in(format, all, {}, how);
}

Checked merged_checks(std::vector<Checked> shares, const std::vector<std::string>& names) {
  require_shares_of_one(shares, names);
  Checked all = shares[0];
  all.cut_short = missing_shares(shares);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Checked& one = shares[i];
    if (all.cut_short.empty()) all.cut_short = one.cut_short;
    if (one.stopped != 0) all.stopped = one.stopped;
    if (all.time_over.empty()) all.time_over = one.time_over;
    if (i == 0) continue;
    merge_findings(all, one.findings);
    merge_tried(all.tried, one.tried);
    const auto plain = [](const NotJudged& step) { return step.step.number == 1; };
    for (const NotJudged& step : one.not_judged)
      if (!plain(step)) all.not_judged.push_back(step);
    all.seconds += one.seconds;
  }
  std::stable_sort(
      all.not_judged.begin(), all.not_judged.end(),
      [](const NotJudged& a, const NotJudged& b) { return a.step.number < b.step.number; });
  all.steps = 0;
  for (const TriedRow& row : all.tried) all.steps += row.steps;
  all.next = 1;
  all.ahead.clear();
  all.shard = all.shards = 1;
  return all;
}

}  // namespace surisim::cli
