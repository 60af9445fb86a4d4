// surisim explore: runs many schedules of the plugins' threads, each in a process of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "commands.hpp"
#include "explore_report.hpp"
#include "surisim/explore.hpp"

namespace surisim::cli {
namespace {

using Clock = std::chrono::steady_clock;

// A progress line on a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted) : wanted_(wanted && ::isatty(STDERR_FILENO) != 0) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }
  void clear() {
    if (std::exchange(drawn_, false)) std::fputs("\r\x1b[K", stderr);
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

// Each schedule in a process of its own.
class InOwnProcess : public ScheduleRunner {
 public:
  explicit InOwnProcess(const RunArguments& arguments) : arguments_(arguments) {}

  ScheduleRun run(const ScheduleOptions& schedule) override {
    RunArguments once = arguments_;
    once.options.schedule = schedule;
    FinishedRun finished = run_once(once, EventsFile(""));
    ScheduleRun run;
    stop_ = finished.stop;
    stop_at_time_limit();
    run.stopped = static_cast<bool>(stop_);
    if (finished.result.error) run.cut_short = finished.result.summary.stopped_by;
    if (stop_) run.cut_short = cause_of(stop_, arguments_.limits);
    run.summary = std::move(finished.result.summary);
    return run;
  }
  // Why the latest run was stopped.
  const sandbox::Stop& stop() const { return stop_; }

 private:
  // It is for all schedules together.
  void stop_at_time_limit() {
    const auto limit = std::chrono::seconds(arguments_.limits.run_seconds);
    if (!stop_ && limit.count() != 0 && Clock::now() - begin_ >= limit) stop_.time_limit = true;
  }

  const RunArguments& arguments_;
  const Clock::time_point begin_ = Clock::now();
  sandbox::Stop stop_;
};

}  // namespace

int execute(const ExploreArguments& arguments) {
  require_plugins(arguments.run.plugins);
  Outputs outputs(arguments.run.to);
  RunArguments each = arguments.run;
  each.silent = true;
  InOwnProcess runner(each);
  ProgressLine progress(!each.report.quiet);
  Explored explored;
  explored.found = explore_schedules(
      arguments.which, runner, [&progress](const Exploration& so_far) { progress.draw(so_far); });
  progress.clear();
  if (!explored.found.diverged.empty()) throw Failure(explored.found.diverged);
  explored.options = each.options;
  explored.how = each.report;
  explored.how.suppressed.clear();
  explored.how.directory = current_directory();
  explored.status_if_stopped = status_of(runner.stop());
  outputs.write([&](Format format, bool color) { return explore_report(format, color, explored); });
  return exit_status(explored);
}

}  // namespace surisim::cli
