// The child's side and the command's of many schedules in one process.
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

// Memory of one lifecycle is used by the next, instead of being returned to the system and asked
// for again: all threads' stacks fit into the C library's cache, and malloc keeps what is freed.
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

// What it does until the process ends, and destructors meanwhile, is part of the schedule.
constexpr const char* kThreadLeft = "a thread of it goes on when the run is over";

}  // namespace

// In the child.
class InChildren::InChild : public ManyRuns {
 public:
  InChild(NumberedSchedule first, const Next& following, const std::set<std::string>& known,
          sandbox::PlainRuns& runs)
      : now_(std::move(first)), following_(following), known_(known), runs_(runs) {}

  std::optional<ScheduleOptions> next() override {
    if (runs_.count > 0) {
      if (runs_.enough || runs_.count == sandbox::PlainRuns::kMost || has_grown()) return {};
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
    // A race has not done anything yet.
    const bool damaged = std::any_of(found.begin(), found.end(), [](const Violation& v) {
      return v.severity == Severity::error && v.rule != rule_of(RuleId::data_race).id;
    });
    if (summary.schedule.left_over != 0) not_as_before(kThreadLeft);
    return damaged || summary.schedule.left_over != 0 ? After::end : After::go_on;
  }

  void not_as_before(const std::string& why) override {
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
  sandbox::PlainRuns& runs_;
  std::uint64_t memory_ = 0;  // after the first run
};

ScheduleRun InChildren::run(const ScheduleOptions& schedule) {
  RunArguments once = for_a_child();
  once.options.schedule = schedule;
  return taken(run_once(once, EventsFile()));
}

void InChildren::run_some(const NumberedSchedule& first, const Next& next, const Take& take) {
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
    InChild runs(first, next, known_, channel.plain_runs);
    send_result(channel, simulate_many(arguments_, channel, runs));
  };
  const auto take_plain = [&](sandbox::Channel& channel) {
    sandbox::PlainRuns& plain = channel.plain_runs;
    for (; seen < plain.count; ++seen) {
      ScheduleRun run;
      run.summary.schedule.controlled = true;
      const auto& [points, choices, order] = plain.runs[seen];
      run.summary.schedule.points = points;
      run.summary.schedule.choices = choices;
      run.summary.schedule.order = order;
      const std::uint64_t number = now->number;
      if (!take(*now, std::move(run))) plain.enough = true;
      now = next({number, order, points, choices});
    }
    why_alone_ = plain.why_alone.data();
  };
  const RunArguments limited = for_a_child();
  sandbox::ChildResult child = sandbox::run_in_child(limited.limits, body, {}, take_plain);
  stop_ = child.stop;
  if (!child.result.empty() || child.ending) {
    if (now) (void)take(*now, taken(finish_run(limited, std::move(child))));
  } else if (seen == 0 && !stop_) {
    throw Failure("internal error: the process with the plugin ended without a result");
  }
  stop_at_time_limit();
}

// The time limit is for all schedules together.
RunArguments InChildren::for_a_child() const {
  RunArguments limited = arguments_;
  std::uint64_t& limit = limited.limits.run_seconds;
  const auto spent = std::chrono::steady_clock::now() - begin_;
  const auto seconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(spent).count());
  if (limit != 0) limit -= std::min(limit - 1, seconds);
  return limited;
}

ScheduleRun InChildren::taken(FinishedRun finished) {
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

void InChildren::stop_at_time_limit() {
  const auto limit = std::chrono::seconds(arguments_.limits.run_seconds);
  if (!stop_ && limit.count() != 0 && std::chrono::steady_clock::now() - begin_ >= limit)
    stop_.time_limit = true;
}

std::string InChildren::stopped() const { return stop_ ? cause_of(stop_, arguments_.limits) : ""; }

}  // namespace surisim::cli
