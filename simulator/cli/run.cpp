#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "child.hpp"
#include "commands.hpp"
#include "exit_status.hpp"
#include "output.hpp"
#include "simulate.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

// The file for the event log, opened before the run so that a bad name costs no run.
class EventsFile {
 public:
  explicit EventsFile(const std::string& name) {
    if (name.empty()) return;
    fd_ = name == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                      : ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0)
      throw UsageError(fmt::format("{}: cannot be written: {}", name, std::strerror(errno)));
  }
  EventsFile(const EventsFile&) = delete;
  EventsFile& operator=(const EventsFile&) = delete;
  ~EventsFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Outcome {
  RunResult result;
  std::optional<Violation> ending;
};

Outcome run_watched(const RunArguments& arguments, int events_fd) {
  const auto body = [&](Shared& shared, const Frames& frames) {
    const auto send = [&](const RunResult& result) { frames.send(to_line(result)); };
    send(simulate(arguments, &shared, events_fd, send));
  };
  ChildResult child = run_in_child(arguments.timeout_seconds, body);
  Outcome out;
  out.ending = std::move(child.ending);
  if (!child.frame.empty()) out.result = run_result(child.frame);
  if (child.frame.empty() && !out.ending)
    throw Failure("internal error: the process with the plugin ended without a result");
  return out;
}

// A run that ended before anything was known still names its plugins.
void name_plugins(Summary& summary, const std::vector<std::string>& paths) {
  if (!summary.plugins.empty()) return;
  for (const std::string& path : paths) summary.plugins.emplace_back().path = path;
}

void suppress(Summary& summary, std::vector<Suppression>& suppressed) {
  std::erase_if(summary.violations, [&](const Violation& v) {
    const auto at = std::find_if(suppressed.begin(), suppressed.end(),
                                 [&](const Suppression& s) { return s.rule == v.rule; });
    if (at == suppressed.end()) return false;
    ++at->count;
    return true;
  });
}

// Errors that leave nothing to report on.
void refuse(const Outcome& outcome) {
  if (!outcome.result.error) return;
  const auto& [code, message] = *outcome.result.error;
  const bool plugin_at_fault = !outcome.result.summary.violations.empty();
  switch (code) {
    case ErrorCode::invalid_option:
      throw UsageError(message);
    case ErrorCode::load_failed:
      if (!plugin_at_fault) throw UsageError(message);
      return;
    case ErrorCode::engine_refused:  // the summary says why
    case ErrorCode::write_failed:    // the run is complete; said after the report
      return;
    case ErrorCode::out_of_memory:
    case ErrorCode::out_of_threads:
      throw Failure(message);
    case ErrorCode::already_running:
    case ErrorCode::wrong_phase:
      throw std::runtime_error(message);
  }
}

// Why the lifecycle is not complete; empty when it is.
std::string stopped_by(const Outcome& outcome) {
  const auto& [result, ending] = outcome;
  // Which plugin and why stands among the violations.
  if (result.error && result.error->code == ErrorCode::load_failed)
    return "nothing was run: Suricata would abort, or no plugin is left";
  if (!result.summary.stopped_by.empty()) return result.summary.stopped_by;
  if (ending)
    return ending->phase == step_of(Phase::end).name ? "" : "the run ended early: " + ending->rule;
  if (result.error) return result.error->message;
  if (result.interrupted)
    return "interrupted on request: traffic ended early, everything else in order";
  return "";
}

}  // namespace

int run_command(RunArguments arguments) {
  // Before anything runs, and in the process that nothing has been loaded into.
  for (const std::string& path : arguments.plugins)
    if (auto files = plugin_files(path); !files) throw UsageError(files.error().message);
  Outputs outputs(arguments.to);
  const EventsFile events(arguments.events);

  Outcome outcome;
  if (arguments.in_process) {
    outputs.take_stdout();
    outcome.result = simulate(arguments, nullptr, events.fd(), [](const RunResult&) {});
  } else {
    outcome = run_watched(arguments, events.fd());
  }
  refuse(outcome);

  Summary& summary = outcome.result.summary;
  summary.stopped_by = stopped_by(outcome);
  name_plugins(summary, arguments.plugins);
  if (outcome.ending) summary.violations.push_back(*outcome.ending);
  ReportOptions& how = arguments.report;
  suppress(summary, how.suppressed);
  outputs.write([&](Format format, bool color) {
    how.color = color;
    return format == Format::json ? json_report(summary, arguments.options, how)
                                  : text_report(summary, arguments.options, how);
  });
  // What was read has been reported; the rest of the file nobody has seen.
  if (!summary.capture.damage.empty()) throw UsageError(summary.capture.damage);
  const auto& error = outcome.result.error;
  if (error && error->code == ErrorCode::write_failed) throw Failure(error->message);
  return verdict_of(summary, how.fail_on) == Verdict::fail ? kViolations : kClean;
}

}  // namespace surisim::cli
