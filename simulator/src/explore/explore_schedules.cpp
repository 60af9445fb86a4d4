// Runs what the Plan has, and keeps what is new in it.
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "explore/plan.hpp"
#include "rules/found.hpp"
#include "surisim/explore.hpp"

namespace surisim {
namespace {

using Clock = std::chrono::steady_clock;
using Progress = std::function<void(const Exploration&)>;

class Explorer {
 public:
  Explorer(const ExploreOptions& options, ScheduleRunner& runner, const Progress& progress)
      : options_(options), runner_(runner), progress_(progress), plan_(options) {}

  Exploration explore() {
    auto next = plan_.after(0);
    while (next && !is_over()) {
      const auto following = [this](std::uint64_t number) { return plan_.after(number); };
      runner_.run_some(*next, following, [this](const NumberedSchedule& one, ScheduleRun run) {
        return take(one, std::move(run));
      });
      next = plan_.after(latest_);
    }
    if (const std::string why = runner_.stopped(); !why.empty()) {
      result_.stopped = true;
      result_.cut_short = why;
    }
    result_.alone = runner_.why_alone();
    return std::move(result_);
  }

 private:
  bool is_over() const {
    if (!result_.cut_short.empty() || !runner_.stopped().empty()) return true;
    const auto fails = [this](const Finding& finding) {
      return finding.violation.severity >= options_.fail_on;
    };
    if (options_.stop_on_first &&
        std::any_of(result_.findings.begin(), result_.findings.end(), fails))
      return true;
    return options_.seconds && result_.seconds >= static_cast<double>(*options_.seconds);
  }

  bool take(const NumberedSchedule& one, ScheduleRun run) {
    latest_ = one.number;
    keep(one, std::move(run));
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    if (progress_) progress_(result_);
    return !is_over();
  }

  void keep(const NumberedSchedule& one, ScheduleRun run) {
    const Summary& summary = run.summary;
    ++result_.run;
    result_.points += summary.schedule.points;
    result_.cut_short = std::move(run.cut_short);
    if (one.number == 1) result_.plugins = summary.plugins;
    plan_.learn(one.number, summary.schedule);
    if (!summary.schedule.diverged.empty()) {
      result_.diverged = summary.schedule.diverged;
      return;
    }
    ScheduleOptions schedule = one.schedule;
    if (summary.stopped_by.empty()) {
      result_.orders.insert(summary.schedule.order);
      schedule.order = summary.schedule.order;
    }
    const std::size_t before = result_.findings.size();
    for (const Violation& v : summary.violations) {
      if (v.severity < options_.show || !known_.insert(finding_key(v)).second) continue;
      result_.findings.push_back({v, one.number, to_string(schedule), false});
    }
    if (result_.findings.size() > before && runner_.stopped().empty()) confirm(schedule, before);
  }

  // Runs the schedule once more, for the findings from `from` on.
  void confirm(const ScheduleOptions& schedule, std::size_t from) {
    std::set<std::string> seen;
    for (const Violation& v : runner_.run(schedule).summary.violations) seen.insert(finding_key(v));
    for (std::size_t i = from; i < result_.findings.size(); ++i) {
      Finding& finding = result_.findings[i];
      finding.repeated = seen.contains(finding_key(finding.violation));
    }
  }

  const ExploreOptions& options_;
  ScheduleRunner& runner_;
  const Progress& progress_;
  explore::Plan plan_;
  const Clock::time_point begin_ = Clock::now();
  Exploration result_;
  std::uint64_t latest_ = 0;     // number of a schedule
  std::set<std::string> known_;  // findings, by finding_key()
};

}  // namespace

Exploration explore_schedules(const ExploreOptions& options, ScheduleRunner& runner,
                              const Progress& progress) {
  return Explorer(options, runner, progress).explore();
}

std::string finding_key(const Violation& violation) { return same::under_other_faults(violation); }

}  // namespace surisim
