// surisim explore: runs many schedules of the plugins' threads, each in a process of its own, runs
// those that broke a rule once more, and reports what was found with the schedule that shows it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "rules/found.hpp"
#include "surisim/report.hpp"
#include "surisim/schedule.hpp"

namespace surisim::cli {
namespace {

using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// A violation, and the first schedule that showed it.
struct Finding {
  Violation violation;
  std::uint64_t number = 0;  // of the schedule, from 1
  std::string schedule;      // to be given to --replay
  bool repeated = false;     // a second run with the schedule showed it, too
};

struct Exploration {
  std::uint64_t run = 0;           // schedules
  std::set<std::uint32_t> orders;  // that threads can tell apart
  std::uint64_t points = 0;        // in all schedules
  std::uint64_t accepted = 0;      // violations that were suppressed
  double seconds = 0;
  std::vector<Finding> findings;
  std::vector<PluginInfo> plugins;
  std::string cut_short;  // why not all schedules were run; empty: they were
  sandbox::Stop stop;
  std::string diverged;              // of --replay
  std::optional<ReportOptions> how;  // of the first run that had findings
};

// A progress line on a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted) : wanted_(wanted && ::isatty(STDERR_FILENO) != 0) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
  }
  void draw(const Exploration& so_far) {
    if (!wanted_) return;
    const double rate = static_cast<double>(so_far.run) / std::max(so_far.seconds, 0.001);
    fmt::print(stderr, "\r{} schedules, {:.0f}/s, {} orders, {} findings\x1b[K", so_far.run, rate,
               so_far.orders.size(), so_far.findings.size());
    drawn_ = true;
  }

 private:
  const bool wanted_;
  bool drawn_ = false;
};

// Which schedules there are: the default one first, then the strategies in turn, with seeds that
// follow from the run's.
class Plan {
 public:
  explicit Plan(const ExploreArguments& arguments)
      : arguments_(arguments), strategies_(schedule_strategies()) {}

  // From 1. `weights`: of the first schedule's run.
  ScheduleOptions schedule(std::uint64_t number, const std::string& weights) const {
    if (arguments_.replay) return *arguments_.replay;
    ScheduleOptions schedule;
    if (!arguments_.strategy.empty())
      schedule.strategy = arguments_.strategy;
    else if (number > 1)  // the first of the strategies is the default schedule
      schedule.strategy = strategies_[1 + (number - 2) % (strategies_.size() - 1)].name;
    constexpr std::uint64_t kApart = 1'000'000;
    schedule.seed = arguments_.run.options.traffic.seed * kApart + number;
    if (schedule.strategy == "surw" || schedule.strategy == "pct") schedule.weights = weights;
    return schedule;
  }
  // All shares run the first one, which says how much each thread has to do.
  bool is_mine(std::uint64_t number) const {
    return number == 1 || number % arguments_.shards == arguments_.shard % arguments_.shards;
  }
  bool is_over(const Exploration& so_far, std::uint64_t number) const {
    if (arguments_.stop_on_first && !so_far.findings.empty()) return true;
    if (arguments_.replay) return number > 1;
    if (arguments_.seconds) return so_far.seconds >= static_cast<double>(*arguments_.seconds);
    return number > arguments_.schedules;
  }

 private:
  const ExploreArguments& arguments_;
  std::vector<ScheduleStrategy> strategies_;
};

// Equal for the same mistake in other schedules, whose threads and messages differ.
std::string key_of(const Violation& v) { return same::under_other_faults(v); }

class Explorer {
 public:
  explicit Explorer(const ExploreArguments& arguments) : arguments_(arguments), plan_(arguments) {}

  Exploration explore() {
    const auto begin = Clock::now();
    ProgressLine progress(!arguments_.run.report.quiet);
    for (std::uint64_t number = 1; !plan_.is_over(result_, number); ++number) {
      if (!plan_.is_mine(number)) continue;
      run(number);
      result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      stop_at_time_limit();
      if (result_.stop || !result_.cut_short.empty()) break;
      progress.draw(result_);
    }
    return std::move(result_);
  }

 private:
  // It is for all schedules together.
  void stop_at_time_limit() {
    const sandbox::ChildLimits& limits = arguments_.run.limits;
    if (limits.run_seconds == 0 || result_.seconds < static_cast<double>(limits.run_seconds))
      return;
    result_.stop.time_limit = true;
    result_.cut_short = cause_of(result_.stop, limits);
  }

  FinishedRun run_with(const ScheduleOptions& schedule) {
    RunArguments once = arguments_.run;
    once.options.schedule = schedule;
    return run_once(once, EventsFile(""));
  }

  void run(std::uint64_t number) {
    ScheduleOptions schedule = plan_.schedule(number, weights_);
    FinishedRun run = run_with(schedule);
    const Summary& summary = run.result.summary;
    if (run.stop) {
      result_.stop = run.stop;
      result_.cut_short = cause_of(run.stop, arguments_.run.limits);
    }
    ++result_.run;
    result_.points += summary.schedule.points;
    if (run.result.error) result_.cut_short = summary.stopped_by;  // no other schedule would run
    if (number == 1) {
      weights_ = summary.schedule.weights;
      result_.plugins = summary.plugins;
    }
    if (!summary.schedule.diverged.empty()) {
      result_.diverged = summary.schedule.diverged;
      return;
    }
    if (summary.stopped_by.empty()) {
      result_.orders.insert(summary.schedule.order);
      schedule.order = summary.schedule.order;
    }
    keep(run, number, schedule);
  }

  void keep(const FinishedRun& run, std::uint64_t number, const ScheduleOptions& schedule) {
    std::vector<Finding*> fresh;
    for (const Suppression& one : run.how.suppressed) result_.accepted += one.count;
    for (const Violation& v : run.result.summary.violations) {
      if (v.severity < arguments_.run.report.show || !known_.insert(key_of(v)).second) continue;
      result_.findings.push_back({v, number, to_string(schedule), false});
    }
    if (known_.size() == confirmed_ || run.stop) return;
    if (!result_.how) result_.how = run.how;
    confirm(schedule, known_.size() - confirmed_);
    confirmed_ = known_.size();
  }

  // Runs the schedule once more, for the latest `count` findings.
  void confirm(const ScheduleOptions& schedule, std::size_t count) {
    const FinishedRun again = run_with(schedule);
    std::set<std::string> seen;
    for (const Violation& v : again.result.summary.violations) seen.insert(key_of(v));
    for (auto at = result_.findings.end() - static_cast<std::ptrdiff_t>(count);
         at != result_.findings.end(); ++at)
      at->repeated = seen.contains(key_of(at->violation));
  }

  const ExploreArguments& arguments_;
  const Plan plan_;
  Exploration result_;
  std::string weights_;
  std::set<std::string> known_;  // findings, by key_of()
  std::size_t confirmed_ = 0;    // of them
};

bool fails(const Exploration& found, Severity fail_on) {
  return std::any_of(found.findings.begin(), found.findings.end(),
                     [fail_on](const Finding& one) { return one.violation.severity >= fail_on; });
}

Verdict verdict_of(const Exploration& found, Severity fail_on) {
  if (fails(found, fail_on)) return Verdict::fail;
  return found.stop ? Verdict::incomplete : Verdict::pass;
}

int exit_status(const Exploration& found, Severity fail_on) {
  if (found.stop) return status_of(found.stop);
  return fails(found, fail_on) ? kViolations : kClean;
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

std::string explore_text(const Exploration& found, const ExploreArguments& arguments, bool color) {
  std::string out;
  for (const Finding& finding : found.findings) {
    Summary one;
    one.plugins = found.plugins;
    one.violations.push_back(finding.violation);
    ReportOptions how = found.how.value_or(arguments.run.report);
    how.color = color;
    how.quiet = true;
    how.reproduce.clear();
    how.suppressed.clear();
    std::string text = text_report(one, arguments.run.options, how);
    if (text.size() > 1) text.erase(text.rfind('\n', text.size() - 2) + 1);  // its verdict
    while (text.ends_with("\n\n")) text.pop_back();
    out +=
        text + fmt::format("  found {}\n  replay: {} --replay {}\n\n", where_found(finding, found),
                           arguments.run.report.reproduce, finding.schedule);
  }
  if (!found.cut_short.empty()) out += found.cut_short + "\n";
  const Verdict verdict = verdict_of(found, arguments.run.report.fail_on);
  return out + fmt::format("verdict: {}  {} {}; {}\n", to_string(verdict), found.findings.size(),
                           found.findings.size() == 1 ? "finding" : "findings", counts(found));
}

std::string explore_json(const Exploration& found, const ExploreArguments& arguments) {
  ReportOptions how = found.how.value_or(arguments.run.report);
  how.suppressed.clear();
  Summary all;
  all.plugins = found.plugins;
  for (const Finding& finding : found.findings) all.violations.push_back(finding.violation);
  const auto report = ordered_json::parse(json_report(all, arguments.run.options, how));
  ordered_json findings = ordered_json::array();
  for (std::size_t i = 0; i < found.findings.size(); ++i) {
    const Finding& finding = found.findings[i];
    findings.push_back({{"violation", report["violations"][i]},
                        {"schedule_number", finding.number},
                        {"schedule", finding.schedule},
                        {"repeated", finding.repeated}});
  }
  ordered_json out;
  out["tool"] = {{"name", "surisim"}, {"version", version()}};
  out["schedules"] = found.run;
  out["orders"] = found.orders.size();
  out["points"] = found.points;
  out["seconds"] = found.seconds;
  out["cut_short"] = found.cut_short.empty() ? ordered_json() : ordered_json(found.cut_short);
  out["verdict"] = to_string(verdict_of(found, arguments.run.report.fail_on));
  out["findings"] = std::move(findings);
  return out.dump(2) + "\n";
}

std::string explore_report(Format format, bool color, const Exploration& found,
                           const ExploreArguments& arguments) {
  if (format == Format::text) return explore_text(found, arguments, color);
  if (format == Format::json) return explore_json(found, arguments);
  ReportOptions how = found.how.value_or(arguments.run.report);
  how.suppressed.clear();
  how.directory = current_directory();
  how.exit_status = exit_status(found, how.fail_on);
  if (found.stop) how.error = found.cut_short;
  return report_in(format, in_one(found), arguments.run.options, how);
}

}  // namespace

int execute(const ExploreArguments& arguments) {
  require_plugins(arguments.run.plugins);
  Outputs outputs(arguments.run.to);
  ExploreArguments each = arguments;
  each.run.silent = true;
  const Exploration found = Explorer(each).explore();
  if (!found.diverged.empty()) throw Failure(found.diverged);
  outputs.write(
      [&](Format format, bool color) { return explore_report(format, color, found, each); });
  return exit_status(found, arguments.run.report.fail_on);
}

}  // namespace surisim::cli
