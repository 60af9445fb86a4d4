// Runs what the Plan has, and keeps what is new in it.
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
    while (next && !is_over() && is_wanted(next->number)) {
      const auto following = [this](std::uint64_t number) {
        auto after = plan_.after(number);
        return after && is_wanted(after->number) ? after : std::nullopt;
      };
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
    if (options_.stop_on_first && !result_.findings.empty()) return true;
    return options_.seconds && result_.seconds >= static_cast<double>(*options_.seconds);
  }

  bool is_wanted(std::uint64_t number) const {
    return !options_.last_wanted || number <= options_.last_wanted();
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
    RanSchedule ran{one.number, std::nullopt, summary.schedule.points};
    if (summary.stopped_by.empty()) ran.order = summary.schedule.order;
    if (options_.keep_each) result_.each.push_back(ran);
    if (one.number == 1) {
      result_.first = ran;
      plan_.learn(summary.schedule);
      result_.plugins = summary.plugins;
    }
    if (!summary.schedule.diverged.empty()) {
      result_.diverged = summary.schedule.diverged;
      return;
    }
    ScheduleOptions schedule = one.schedule;
    schedule.order = ran.order;
    if (ran.order) result_.orders.insert(*ran.order);
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
