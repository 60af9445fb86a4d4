// surisim run, and what every command that runs plugins does: run in a child, decide the exit
// status, report.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"
#include "rules/found.hpp"
#include "sandbox/diagnosis.hpp"
#include "sandbox/sandbox.hpp"
#include "simulate.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

struct Outcome {
  sandbox::RunResult result;
  std::optional<Violation> ending;
  sandbox::Stop stop;
};

// Violations are in the last result, or have been sent since.
void add_missing(std::vector<Violation>& found, const std::vector<std::string>& sent) {
  for (const std::string& line : sent) {
    Violation v = sandbox::violation(line);
    const bool known = std::any_of(found.begin(), found.end(), [&](const Violation& other) {
      return same::in_run(other) == same::in_run(v);
    });
    if (!known) found.push_back(std::move(v));
  }
}

void silence_output() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  ::dup2(null, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
  ::close(null);
}

Outcome run_watched(const RunArguments& arguments, const EventsFile& events) {
  const auto body = [&](sandbox::Channel& channel) {
    if (arguments.silent) silence_output();
    const sandbox::RunResult result = simulate(arguments, &channel, events);
    if (!channel.mailbox.send(sandbox::Mailbox::Kind::result, sandbox::to_line(result)))
      throw Failure("the result is too large to be sent");
  };
  sandbox::ChildResult child = sandbox::run_in_child(arguments.limits, body, events.descriptor());
  Outcome out;
  throw_if_stopped(child, arguments.limits);
  out.ending = std::move(child.ending);
  out.stop = child.stop;
  if (!child.result.empty()) out.result = sandbox::run_result(child.result);
  if (child.result.empty() && !out.ending)
    throw Failure("internal error: the process with the plugin ended without a result");
  // A destructor may break a rule after the result was sent.
  add_missing(out.result.summary.violations, child.violations);
  return out;
}

// A run that ended before anything was known still names its plugins.
void name_plugins(Summary& summary, const std::vector<std::string>& paths) {
  if (!summary.plugins.empty()) return;
  for (const std::string& path : paths) summary.plugins.emplace_back().path = path;
}

std::string report_in(Format format, const Summary& summary, const RunArguments& arguments) {
  switch (format) {
    case Format::json:
      return json_report(summary, arguments.options, arguments.report);
    case Format::junit:
      return junit_report(summary, arguments.options, arguments.report);
    case Format::sarif:
      return sarif_report(summary, arguments.options, arguments.report);
    default:
      return text_report(summary, arguments.options, arguments.report);
  }
}

// The status that the report names; what is thrown after it says why.
int exit_status(const Outcome& outcome, const ReportOptions& how) {
  const auto& [result, ending, stop] = outcome;
  if (stop) return status_of(stop);
  if (!result.summary.capture.damage.empty()) return kUsage;
  if (result.error && result.error->code == ErrorCode::write_failed) return kFailed;
  return verdict_of(result.summary, how) == Verdict::fail ? kViolations : kClean;
}

// An error has been found that nobody has asked to suppress.
bool has_error(Summary summary, const ReportOptions& how) {
  auto suppressed = how.suppressed;
  suppress(summary, suppressed);
  return std::any_of(summary.violations.begin(), summary.violations.end(),
                     [](const Violation& v) { return v.severity == Severity::error; });
}

// Throws where an error leaves nothing to report on.
void throw_unreportable(const Outcome& outcome, const ReportOptions& how) {
  if (!outcome.result.error) return;
  const auto& [code, message] = *outcome.result.error;
  const bool plugin_at_fault = !outcome.result.summary.violations.empty();
  switch (code) {
    case ErrorCode::invalid_option:  // it may be invalid because of what the plugin did
      if (!has_error(outcome.result.summary, how)) throw UsageError(message);
      return;
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
std::string stopped_by(const Outcome& outcome, const sandbox::ChildLimits& limits) {
  const auto& [result, ending, stop] = outcome;
  // The violations say which plugin, and why.
  if (result.error && result.error->code == ErrorCode::load_failed)
    return "nothing was run: Suricata would abort, or no plugin is left";
  if (!result.summary.stopped_by.empty()) return result.summary.stopped_by;
  if (stop)
    return cause_of(stop, limits) +
           (stop.killed ? ": the run did not end in order, and rules about its end were not judged"
                        : ": traffic ended early, and what followed was judged as always");
  if (ending)
    return ending->phase == step_of(Phase::end).name ? "" : "the run ended early: " + ending->rule;
  if (result.error) return result.error->message;
  return "";
}

// Adds to the summary what only this process knows.
void complete(Outcome& outcome, const RunArguments& arguments) {
  Summary& summary = outcome.result.summary;
  summary.stopped_by = stopped_by(outcome, arguments.limits);
  name_plugins(summary, arguments.plugins);
  if (outcome.ending) summary.violations.push_back(*outcome.ending);
}

// Before anything runs, and in the process that nothing has been loaded into.
void require_plugins(const std::vector<std::string>& paths) {
  for (const std::string& path : paths)
    if (auto files = plugin_files(path); !files) throw UsageError(files.error().message);
}

}  // namespace

std::string cause_of(const sandbox::Stop& stop, const sandbox::ChildLimits& limits) {
  if (stop.signal != 0) return "interrupted by " + sandbox::signal_text(stop.signal);
  return fmt::format("the time limit of {} s was reached", limits.run_seconds);
}

int status_of(const sandbox::Stop& stop) {
  return stop.signal != 0 ? 128 + stop.signal : static_cast<int>(kTimeLimit);
}

void throw_if_stopped(const sandbox::ChildResult& child, const sandbox::ChildLimits& limits) {
  if (child.stop && child.result.empty() && !child.ending)
    throw Stopped(cause_of(child.stop, limits) + ": nothing was judged", status_of(child.stop));
}

FinishedRun run_once(const RunArguments& arguments) {
  require_plugins(arguments.plugins);
  Outcome outcome = run_watched(arguments, EventsFile(""));
  throw_unreportable(outcome, arguments.report);
  complete(outcome, arguments);
  FinishedRun finished;
  finished.how = arguments.report;
  suppress(outcome.result.summary, finished.how.suppressed);
  finished.how.directory = current_directory();
  finished.status = exit_status(outcome, finished.how);
  finished.stop = outcome.stop;
  finished.summary = std::move(outcome.result.summary);
  return finished;
}

int run_and_report(RunArguments arguments, const BeforeReport& before_report) {
  require_plugins(arguments.plugins);
  const std::string directory = current_directory();  // before a plugin may change it
  Outputs outputs(arguments.to);
  const EventsFile events(arguments.events);

  Outcome outcome;
  if (arguments.in_process) {
    outputs.take_stdout();
    outcome.result = simulate(arguments, nullptr, events);
    outcome.stop.signal = outcome.result.interrupted;
  } else {
    outcome = run_watched(arguments, events);
  }
  throw_unreportable(outcome, arguments.report);

  complete(outcome, arguments);
  Summary& summary = outcome.result.summary;
  ReportOptions& how = arguments.report;
  suppress(summary, how.suppressed);
  before_report(outcome.result, how);
  how.directory = directory;
  how.exit_status = exit_status(outcome, how);
  const auto& error = outcome.result.error;
  const bool unwritten = error && error->code == ErrorCode::write_failed;
  how.error = !summary.capture.damage.empty() ? summary.capture.damage
              : unwritten                     ? error->message
              : outcome.stop                  ? summary.stopped_by
                                              : "";
  outputs.write([&](Format format, bool color) {
    how.color = color;
    return report_in(format, summary, arguments);
  });
  // What was read has been reported; the rest of the file was not.
  if (!summary.capture.damage.empty()) throw UsageError(summary.capture.damage);
  if (unwritten) throw Failure(error->message);
  return *how.exit_status;
}

int run_command(RunArguments arguments) {
  if (arguments.sweep) return sweep_command(std::move(arguments));
  return run_and_report(std::move(arguments), [](const sandbox::RunResult&, ReportOptions&) {});
}

}  // namespace surisim::cli
