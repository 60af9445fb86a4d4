// Runs the schedules of a Plan and collects their findings; merges and cuts explorations.
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "explore/plan.hpp"
#include "explore/shrink.hpp"
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
      const auto following = [this](const RanSchedule& ran) {
        plan_.ran(ran);
        auto after = plan_.after(ran.number);
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
    result_.complete = plan_.complete();
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
    RanSchedule ran{one.number, std::nullopt, summary.schedule.points, summary.schedule.choices};
    if (summary.stopped_by.empty()) ran.order = summary.schedule.order;
    if (options_.keep_each) result_.each.push_back(ran);
    plan_.ran(ran);
    if (one.number == 1) {
      result_.first = ran;
      plan_.learn(summary.schedule);
      result_.plugins = summary.plugins;
      result_.not_watched = summary.schedule.not_watched;
      result_.not_controlled = summary.schedule.not_controlled;
    }
    if (!summary.schedule.diverged.empty()) {
      result_.diverged = summary.schedule.diverged;
      return;
    }
    if (ran.order) result_.orders.insert(*ran.order);
    keep_findings(one, summary);
    for (const ScheduleOptions& directed : plan_.directed_by(one.number, summary.schedule))
      if (!is_over()) keep_findings({one.number, directed}, runner_.run(directed).summary);
  }

  void keep_findings(NumberedSchedule one, const Summary& summary) {
    if (summary.stopped_by.empty()) one.schedule.order = summary.schedule.order;
    const std::size_t before = result_.findings.size();
    for (const Violation& v : summary.violations) {
      if (v.severity < options_.show || !known_.insert(finding_key(v)).second) continue;
      result_.findings.push_back({v, one.number, to_string(one.schedule), false});
    }
    if (result_.findings.size() > before && runner_.stopped().empty())
      confirm(one.schedule, summary.schedule, before);
  }

  // Runs the schedule once more for the findings from `from` on; if there are races, also with
  // points at their accesses, which show the stacks.
  void confirm(ScheduleOptions schedule, const ScheduleSummary& first, std::size_t from) {
    schedule.explain = true;
    const std::size_t to = result_.findings.size();
    const ScheduleSummary again = rerun(schedule, from, to, false);
    const auto is_race = [](const Finding& one) { return is(one.violation, RuleId::data_race); };
    if (std::any_of(result_.findings.begin() + static_cast<std::ptrdiff_t>(from),
                    result_.findings.end(), is_race)) {
      ScheduleOptions with_points = schedule;
      add_points(with_points, first.races);
      if (with_points.points != schedule.points) (void)rerun(with_points, from, to, true);
    }
    for (std::size_t i = from; i < to; ++i) {
      const Finding& finding = result_.findings[i];
      if (finding.repeated && !is_race(finding) && again.controlled && shrunk_ < kMaxShrunk)
        simplify(schedule, again.turns, i);
    }
  }

  static void add_points(ScheduleOptions& schedule, const std::vector<SiteOrder>& races) {
    constexpr std::size_t kMaxPoints = 8;
    for (const SiteOrder& race : races) {
      for (const CodeSite& site : {race.first, race.second}) {
        const auto& points = schedule.points;
        if (site.is_call || points.size() == kMaxPoints ||
            std::find(points.begin(), points.end(), site) != points.end())
          continue;
        schedule.points.push_back(site);
        schedule.order.reset();
      }
    }
  }

  // Runs the schedule, and updates those of the findings (all, or only races) that it shows again.
  ScheduleSummary rerun(ScheduleOptions schedule, std::size_t from, std::size_t to,
                        bool only_races) {
    const Summary run = runner_.run(schedule).summary;
    if (run.stopped_by.empty()) schedule.order = run.schedule.order;
    for (std::size_t i = from; i < to; ++i) {
      Finding& finding = result_.findings[i];
      if (only_races && !is(finding.violation, RuleId::data_race)) continue;
      const std::string key = finding_key(finding.violation);
      const auto shown = std::find_if(run.violations.begin(), run.violations.end(),
                                      [&key](const Violation& v) { return finding_key(v) == key; });
      if (shown == run.violations.end()) continue;
      finding.violation = *shown;
      finding.repeated = true;
      finding.schedule = to_string(schedule);
      finding.explanation = run.schedule.explanation;
      // A race is explained by its two stacks.
      if (!is(*shown, RuleId::data_race)) finding.steps = run.schedule.steps;
    }
    return run.schedule;
  }

  // `turns`: those that threads took in `schedule`.
  void simplify(const ScheduleOptions& schedule, const std::vector<ScheduleTurn>& turns,
                std::size_t finding) {
    ++shrunk_;
    const std::string key = finding_key(result_.findings[finding].violation);
    const auto shows = [&](const ScheduleOptions& one) {
      if (!runner_.stopped().empty()) return false;
      const std::vector<Violation> shown = runner_.run(one).summary.violations;
      return std::any_of(shown.begin(), shown.end(),
                         [&key](const Violation& v) { return finding_key(v) == key; });
    };
    auto simple = explore::shrink(schedule, plan_.conflicts(), shows);
    if (!simple) simple = explore::shrink_turns(schedule, turns, shows);
    if (!simple) return;
    simple->explain = true;
    (void)rerun(*simple, finding, finding + 1, false);
  }

  static constexpr int kMaxShrunk = 8;
  const ExploreOptions& options_;
  ScheduleRunner& runner_;
  const Progress& progress_;
  explore::Plan plan_;
  const Clock::time_point begin_ = Clock::now();
  Exploration result_;
  std::uint64_t latest_ = 0;     // number of the last schedule
  std::set<std::string> known_;  // finding_key() of all findings
  int shrunk_ = 0;               // number of findings
};

}  // namespace

Exploration explore_schedules(const ExploreOptions& options, ScheduleRunner& runner,
                              const Progress& progress) {
  return Explorer(options, runner, progress).explore();
}

std::string finding_key(const Violation& violation) { return same::under_other_faults(violation); }

Exploration merged(std::vector<Exploration> shares) {
  Exploration all;
  for (Exploration& one : shares) {
    // All shares run the first schedule; it is counted once.
    const bool again = &one != &shares.front() && one.run > 0;
    all.run += one.run - (again ? 1 : 0);
    all.points += one.points - (again ? one.first.points : 0);
    all.seconds += one.seconds;
    all.orders.merge(one.orders);
    all.stopped |= one.stopped;
    for (auto [to, from] : {std::pair{&all.cut_short, &one.cut_short},
                            {&all.alone, &one.alone},
                            {&all.not_watched, &one.not_watched},
                            {&all.diverged, &one.diverged}})
      if (to->empty()) *to = std::move(*from);
    if (!again || !one.complete || !all.complete)
      all.complete = again ? std::nullopt : one.complete;
    else
      all.complete->delays = std::min(all.complete->delays, one.complete->delays);
    if (all.not_controlled.empty()) all.not_controlled = std::move(one.not_controlled);
    if (all.plugins.empty()) all.plugins = std::move(one.plugins);
    if (all.first.number == 0) all.first = one.first;
    for (const RanSchedule& ran : one.each)
      if (!again || ran.number != 1) all.each.push_back(ran);
    std::move(one.findings.begin(), one.findings.end(), std::back_inserter(all.findings));
  }
  std::stable_sort(all.findings.begin(), all.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.number < b.number; });
  std::set<std::string> known;
  std::erase_if(all.findings, [&known](const Finding& finding) {
    return !known.insert(finding_key(finding.violation)).second;
  });
  return all;
}

const Finding* first_finding(const Exploration& found, Severity at_least) {
  const auto first = std::find_if(
      found.findings.begin(), found.findings.end(),
      [at_least](const Finding& finding) { return finding.violation.severity >= at_least; });
  return first == found.findings.end() ? nullptr : &*first;
}

Exploration up_to_first_finding(Exploration all, Severity at_least) {
  const Finding* const first = first_finding(all, at_least);
  if (first == nullptr) return all;
  const std::uint64_t last = first->number;
  std::erase_if(all.findings, [last](const Finding& finding) { return finding.number > last; });
  std::erase_if(all.each, [last](const RanSchedule& ran) { return ran.number > last; });
  all.run = all.each.size();
  all.points = 0;
  all.orders.clear();
  for (const RanSchedule& ran : all.each) {
    all.points += ran.points;
    if (ran.order) all.orders.insert(*ran.order);
  }
  return all;
}

}  // namespace surisim
