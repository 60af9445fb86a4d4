// Implements schedule_runner.hpp: ManySchedules runs in the child, the rest in the command.
#include "schedule_runner.hpp"

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "simulate.hpp"

namespace surisim::cli {

namespace {

constexpr std::uint64_t kMayGrow = std::uint64_t{32} << 20;  // bytes
constexpr std::uint32_t kLookAtMemoryEvery = 64;             // runs

// Makes the C library reuse memory for the next lifecycle, instead of returning it to the system:
// malloc keeps what is freed, and all threads' stacks fit into the cache.
void keep_memory() {
  ::mallopt(M_ARENA_MAX, 1);  // one thread runs at a time
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 8 << 20);
  constexpr std::size_t kStack = std::size_t{4} << 20;
  pthread_attr_t attributes;
  std::size_t stack = 0;
  if (::pthread_getattr_default_np(&attributes) != 0) return;
  if (::pthread_attr_getstacksize(&attributes, &stack) == 0 && stack > kStack &&
      ::pthread_attr_setstacksize(&attributes, kStack) == 0)
    ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

// Then the schedule goes on until the process ends.
constexpr const char* kThreadLeft = "one of its threads continues after the end of the run";

}  // namespace

class ChildRunner::ManySchedules : public ManyRuns {
 public:
  ManySchedules(NumberedSchedule first, const Next& following, const std::set<std::string>& known,
                sandbox::CleanRuns& runs)
      : now_(std::move(first)), following_(following), known_(known), runs_(runs) {}

  std::optional<ScheduleOptions> next() override {
    if (runs_.count > 0) {
      if (runs_.stop_requested || runs_.count == sandbox::CleanRuns::kMax || has_grown()) return {};
      const auto& last = runs_.runs[runs_.count - 1];
      auto following = following_({now_.number, last.order, last.points, last.choices});
      if (!following) return {};
      now_ = *std::move(following);
    }
    return now_.schedule;
  }

  bool is_new(const Violation& violation) const override {
    return !known_.contains(finding_key(violation));
  }

  After ran(const sandbox::RunResult& result) override {
    const Summary& summary = result.summary;
    if (result.interrupted != 0) return After::end;
    const auto& found = summary.violations;
    if (result.error || !summary.stopped_by.empty() || !summary.schedule.diverged.empty() ||
        std::any_of(found.begin(), found.end(), [this](const Violation& v) { return is_new(v); }))
      return After::report;
    runs_.runs[runs_.count] = {summary.schedule.points, summary.schedule.choices,
                               summary.schedule.order};
    ++runs_.count;
    // A data race has no effect under control.
    const bool damaged = std::any_of(found.begin(), found.end(), [](const Violation& v) {
      return v.severity == Severity::error && v.rule != rule_of(RuleId::data_race).id;
    });
    if (summary.schedule.left_over != 0) cannot_repeat(kThreadLeft);
    return damaged || summary.schedule.left_over != 0 ? After::end : After::next;
  }

  void cannot_repeat(const std::string& why) override {
    why.copy(runs_.why_alone.data(), runs_.why_alone.size() - 1);
  }

 private:
  bool has_grown() {
    if (runs_.count % kLookAtMemoryEvery != 1) return false;
    const std::uint64_t memory = sandbox::memory_of(::getpid());
    if (memory_ == 0) memory_ = memory;
    return memory > memory_ + kMayGrow;
  }

  NumberedSchedule now_;
  const Next& following_;
  const std::set<std::string>& known_;
  sandbox::CleanRuns& runs_;
  std::uint64_t memory_ = 0;  // after the first run
};

ScheduleRun ChildRunner::run(const ScheduleOptions& schedule) {
  RunArguments once = for_a_child();
  once.options.schedule = schedule;
  return taken(run_once(once, EventsFile()));
}

void ChildRunner::run_some(const NumberedSchedule& first, const Next& next, const Take& take) {
  // The others are planned from the first one.
  if (first.number == 1 || !why_alone_.empty()) {
    ScheduleRun alone = run(first.schedule);
    if (why_alone_.empty() && alone.summary.schedule.left_over != 0) why_alone_ = kThreadLeft;
    (void)take(first, std::move(alone));
    return;
  }
  std::optional<NumberedSchedule> now = first;
  std::uint32_t seen = 0;
  const auto body = [&](sandbox::Channel& channel) {
    if (arguments_.silent) silence_output();
    keep_memory();
    ManySchedules runs(first, next, known_, channel.clean_runs);
    send_result(channel, simulate_many(arguments_, channel, runs));
  };
  const auto take_clean = [&](sandbox::Channel& channel) {
    sandbox::CleanRuns& clean = channel.clean_runs;
    for (; seen < clean.count; ++seen) {
      ScheduleRun run;
      run.summary.schedule.controlled = true;
      const auto& [points, choices, order] = clean.runs[seen];
      run.summary.schedule.points = points;
      run.summary.schedule.choices = choices;
      run.summary.schedule.order = order;
      const std::uint64_t number = now->number;
      if (!take(*now, std::move(run))) clean.stop_requested = true;
      now = next({number, order, points, choices});
    }
    why_alone_ = clean.why_alone.data();
  };
  const RunArguments limited = for_a_child();
  sandbox::ChildResult child = sandbox::run_in_child(limited.limits, body, {}, take_clean);
  stop_ = child.stop;
  if (!child.result.empty() || child.ending) {
    if (now) (void)take(*now, taken(finish_run(limited, std::move(child))));
  } else if (seen == 0 && !stop_) {
    throw Failure("internal error: the process with the plugin ended without a result");
  }
  stop_at_time_limit();
}

// The time limit applies to all schedules together.
RunArguments ChildRunner::for_a_child() const {
  RunArguments limited = arguments_;
  std::uint64_t& limit = limited.limits.run_seconds;
  const auto spent = std::chrono::steady_clock::now() - begin_;
  const auto seconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(spent).count());
  if (limit != 0) limit -= std::min(limit - 1, seconds);
  return limited;
}

ScheduleRun ChildRunner::taken(FinishedRun finished) {
  stop_ = finished.stop;
  stop_at_time_limit();
  ScheduleRun run;
  if (finished.result.error) run.cut_short = finished.result.summary.stopped_by;
  run.summary = std::move(finished.result.summary);
  for (const Violation& v : run.summary.violations) known_.insert(finding_key(v));
  for (const Suppression& one : finished.how.suppressed)
    for (const Violation& v : one.violations) known_.insert(finding_key(v));
  return run;
}

void ChildRunner::stop_at_time_limit() {
  const auto limit = std::chrono::seconds(arguments_.limits.run_seconds);
  if (!stop_ && limit.count() != 0 && std::chrono::steady_clock::now() - begin_ >= limit)
    stop_.time_limit = true;
}

std::string ChildRunner::stopped() const { return stop_ ? cause_of(stop_, arguments_.limits) : ""; }

}  // namespace surisim::cli
