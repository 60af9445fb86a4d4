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

// "complete: all schedules with at most 2 delays, at locks, waits and 4 of 4 …"
std::string complete(const AllDelays& all) {
  std::string text = all.delays == 0 ? "the schedule without a delay has"
                     : all.delays == 1
                         ? "all schedules with at most 1 delay have"
                         : fmt::format("all schedules with at most {} delays have", all.delays);
  text += " been run, with points at locks, waits and hand-overs";
  if (all.places > 0)
    text += fmt::format(", and at {} of the {} accesses that conflict", all.points, all.places);
  return "complete: " + text + "\n";
}

// Without the directory that they are in.
std::string shown_path(std::string text, const std::string& directory) {
  if (directory.empty()) return text;
  for (std::size_t at; (at = text.find(directory + "/")) != std::string::npos;)
    text.erase(at, directory.size() + 1);
  return text;
}

// A column a thread, a line a step.
std::string steps_picture(const std::vector<ScheduleStep>& steps, const std::string& directory) {
  if (steps.empty()) return "";
  std::vector<std::string> threads;
  struct Row {
    std::size_t thread;  // its index
    std::string text;
    int times = 1;
  };
  std::vector<Row> rows;
  std::size_t width = 0;
  for (const ScheduleStep& step : steps) {
    auto thread = std::find(threads.begin(), threads.end(), step.thread);
    if (thread == threads.end()) thread = threads.insert(threads.end(), step.thread);
    const std::size_t open = step.at.find(" (");
    const std::string source =
        open == std::string::npos ? step.at : step.at.substr(open + 2, step.at.size() - open - 3);
    std::string text = fmt::format("{} {}", step.what, source.substr(source.rfind('/') + 1));
    width = std::max({width, text.size(), step.thread.size()});
    const auto column = static_cast<std::size_t>(thread - threads.begin());
    if (rows.empty() || rows.back().thread != column || rows.back().text != text)
      rows.push_back({column, std::move(text)});
    else
      ++rows.back().times;
  }
  constexpr std::size_t kWidest = 120;
  const bool fits = (width + 2) * threads.size() <= kWidest;
  std::string out = "  who ran when, at last:\n";
  if (fits) {
    out += "   ";
    for (const std::string& thread : threads) out += fmt::format(" {:{}}", thread, width + 1);
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  for (const auto& [thread, text, times] : rows) {
    out += fits ? fmt::format("    {:{}}{}", "", thread * (width + 2), text)
                : fmt::format("    {:10} {}", threads[thread], text);
    out += times == 1 ? "\n" : fmt::format(" ({} times)\n", times);
  }
  return shown_path(out, directory);
}

std::string explore_text(const Explored& explored, bool color) {
  const Exploration& found = explored.found;
  const std::string& directory = explored.how.directory;
  std::string out;
  for (const Finding& finding : found.findings) {
    Summary one;
    one.plugins = found.plugins;
    one.violations.push_back(finding.violation);
    ReportOptions how = explored.how;
    how.color = color;
    how.reproduce.clear();
    std::string text = violations_text(one, explored.options, std::move(how));
    while (text.ends_with("\n\n")) text.pop_back();
    out += text + fmt::format("  found {}\n", where_found(finding, found));
    if (!finding.explanation.empty())
      out += fmt::format("  it happens when {}\n", shown_path(finding.explanation, directory));
    out += steps_picture(finding.steps, directory);
    out += fmt::format("  replay: {} --replay {}\n\n", explored.how.reproduce, finding.schedule);
  }
  if (!found.not_watched.empty())
    out += fmt::format("the plugin's code was not watched for data races: {}\n", found.not_watched);
  for (const std::string& one : found.not_controlled)
    out += fmt::format("not under control: {}; a schedule may go another way when it is repeated\n",
                       shown_path(one, directory));
  if (!found.alone.empty())
    out += fmt::format("each schedule had a process of its own: {}\n", found.alone);
  if (found.complete) out += complete(*found.complete);
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
  how.tried = counts(explored.found);
  for (const Finding& one : explored.found.findings)
    how.found_in.push_back({"found " + where_found(one, explored.found), one.explanation, one.steps,
                            fmt::format("{} --replay {}", how.reproduce, one.schedule)});
  return report_in(format, in_one(explored.found), explored.options, how);
}

int exit_status(const Explored& explored) {
  if (explored.found.stopped) return explored.status_if_stopped;
  return fails(explored) ? kViolations : kClean;
}

}  // namespace surisim::cli
