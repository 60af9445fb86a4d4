// surisim explore: runs many schedules of the plugins' threads, and reports what they show.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "commands.hpp"
#include "explore_report.hpp"
#include "schedule_runner.hpp"
#include "surisim/explore.hpp"

namespace surisim::cli {
namespace {

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

}  // namespace

int execute(const ExploreArguments& arguments) {
  require_plugins(arguments.run.plugins);
  Outputs outputs(arguments.run.to);
  RunArguments each = arguments.run;
  each.silent = true;
  InChildren runner(each);
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
  explored.status_if_stopped = runner.status_if_stopped();
  outputs.write([&](Format format, bool color) { return explore_report(format, color, explored); });
  return exit_status(explored);
}

}  // namespace surisim::cli
