// surisim run, record and verify: run the plugins in a child process, write the reports, and return
// the exit status. record writes a golden file, verify compares with one.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "commands.hpp"
#include "rules/found.hpp"
#include "sandbox/diagnosis.hpp"
#include "sandbox/interrupts.hpp"
#include "sandbox/plugin_output.hpp"
#include "simulate.hpp"
#include "surisim/golden.hpp"
#include "surisim/lifecycle.hpp"
#include "surisim/rules.hpp"

namespace surisim::cli {
namespace {

// Adds the violations that were sent on their own and are not in the last result.
void add_missing(std::vector<Violation>& found, const std::vector<std::string>& sent) {
  for (const std::string& line : sent) {
    Violation v = sandbox::violation(line);
    const bool known = std::any_of(found.begin(), found.end(), [&](const Violation& other) {
      return same::in_run(other) == same::in_run(v);
    });
    if (!known) found.push_back(std::move(v));
  }
}

// The supervisor, which finds slow callbacks, does not know whose they are.
void name_plugin_of_slow_callbacks(Summary& summary) {
  if (summary.plugins.size() != 1) return;
  const PluginInfo& plugin = summary.plugins.front();
  for (Violation& v : summary.violations) {
    if (!is(v, RuleId::callback_slow)) continue;
    v.plugin = plugin.path;
    const auto of_kind = [&v](const CallbackInfo& callback) { return callback.kind == v.callback; };
    const auto& all = plugin.callbacks;
    const auto only = std::find_if(all.begin(), all.end(), of_kind);
    if (std::count_if(all.begin(), all.end(), of_kind) == 1 && !only->symbol.empty())
      v.call_site = plugin.path.substr(plugin.path.rfind('/') + 1) + "!" + only->symbol;
  }
}

sandbox::ChildResult run_in_child(const RunArguments& arguments, const EventsFile& events) {
  const auto body = [&](sandbox::Channel& channel) {
    if (arguments.silent) silence_output();
    send_result(channel, simulate(arguments, &channel, events));
  };
  return run_plugins_in_child(arguments.limits, body, events.descriptors());
}

// With the violations of destructors, which are sent after the result.
sandbox::RunResult result_of(const sandbox::ChildResult& child) {
  sandbox::RunResult result;
  if (!child.result.empty()) result = sandbox::run_result(child.result);
  if (!child.schedule.empty()) {
    ScheduleSummary more = sandbox::schedule_summary(child.schedule);
    result.summary.schedule.races = std::move(more.races);
    result.summary.schedule.conflicts = std::move(more.conflicts);
    if (!more.steps.empty()) {
      result.summary.schedule.explanation = std::move(more.explanation);
      result.summary.schedule.steps = std::move(more.steps);
      result.summary.schedule.turns = std::move(more.turns);
    }
  }
  add_missing(result.summary.violations, child.violations);
  name_plugin_of_slow_callbacks(result.summary);
  return result;
}

bool events_failed(const sandbox::RunResult& result) {
  return result.error && result.error->code == ErrorCode::write_failed;
}

// Whether a violation is an error and is not suppressed.
bool has_error(Summary summary, const ReportOptions& how) {
  auto suppressed = how.suppressed;
  suppress(summary, suppressed);
  return std::any_of(summary.violations.begin(), summary.violations.end(),
                     [](const Violation& v) { return v.severity == Severity::error; });
}

// Whether a fault whose text begins with this was injected.
bool has_hit(const Summary& summary, std::string_view begin) {
  return std::any_of(
      summary.faults.begin(), summary.faults.end(),
      [begin](const FaultSummary& one) { return one.hit && one.fault.starts_with(begin); });
}

// Throws if an error leaves nothing to report.
void throw_unreportable(const sandbox::RunResult& result, const ReportOptions& how) {
  if (!result.error) return;
  const auto& [code, message] = *result.error;
  switch (code) {
    case ErrorCode::invalid_option:  // perhaps because of the plugin, or of a fault
      if (!has_error(result.summary, how) && !has_hit(result.summary, ""))
        throw UsageError(message);
      return;
    case ErrorCode::load_failed:
      if (result.summary.violations.empty()) throw UsageError(message);
      return;
    case ErrorCode::engine_refused:  // the summary says why
    case ErrorCode::write_failed:    // the run is complete; thrown after the report
      return;
    case ErrorCode::out_of_memory:
    case ErrorCode::out_of_threads:
      throw Failure(message);
    case ErrorCode::traffic_refused:
    case ErrorCode::already_running:
    case ErrorCode::wrong_phase:
      throw std::runtime_error(message);
  }
}

// Why the lifecycle is not complete; empty when it is.
std::string stopped_by(const FinishedRun& run, const std::optional<Violation>& ending,
                       const sandbox::ChildLimits& limits) {
  const auto& [result, how, stop] = run;
  // The violations say which plugin, and why.
  if (result.error && result.error->code == ErrorCode::load_failed)
    return "nothing was run: Suricata would abort, or no plugin is left";
  if (!result.summary.stopped_by.empty()) return result.summary.stopped_by;
  if (stop)
    return cause_of(stop, limits) +
           (stop.killed ? ": the run did not complete its shutdown, whose rules were not checked"
                        : ": traffic ended early, and the shutdown was checked as usual");
  if (ending)
    return ending->phase == step_of(Phase::end).name ? "" : "the run ended early: " + ending->rule;
  if (result.error) return result.error->message;
  return "";
}

// Why there is no lifecycle.
std::string no_lifecycle(const sandbox::RunResult& result) {
  const std::string& why = result.summary.stopped_by;
  return why.empty() ? "the run was not completed" : why;
}

// Suppresses the violations that the scenario expects.
void expect_violations(const Scenario& scenario, FinishedRun& run) {
  std::vector<Suppression> expected;
  for (const ExpectedViolation& one : scenario.violations) {
    Suppression& accepted = expected.emplace_back();
    accepted.rule = one.rule;
    accepted.place = one.place;
    accepted.reason = "expected by the scenario";
    accepted.from = fmt::format("{}:{}", scenario.file, one.line);
  }
  auto& all = run.how.suppressed;
  all.insert(all.begin(), expected.begin(), expected.end());
}

void report_scenario(const Scenario& scenario, FinishedRun& run) {
  std::vector<UnmetLine> unmet = run.result.unmet;
  auto& suppressed = run.how.suppressed;
  for (std::size_t i = scenario.violations.size(); i > 0; --i) {
    const ExpectedViolation& wanted = scenario.violations[i - 1];
    const auto end = suppressed.begin() + static_cast<std::ptrdiff_t>(i);
    const bool met = std::any_of(suppressed.begin(), end, [&](const Suppression& one) {
      return one.count > 0 && one.rule == wanted.rule && one.place == wanted.place;
    });
    if (suppressed[i - 1].count > 0) continue;
    suppressed.erase(end - 1);
    if (met) continue;
    unmet.push_back({wanted.line, fmt::format("expected the violation {}{}, got none", wanted.rule,
                                              wanted.place.empty() ? "" : " at " + wanted.place)});
  }
  std::stable_sort(unmet.begin(), unmet.end(),
                   [](const UnmetLine& a, const UnmetLine& b) { return a.line < b.line; });
  run.how.scenario = {scenario.file, scenario.name, scenario.line, std::move(unmet)};
}

sandbox::PluginOutput open_plugin_output(const std::string& file) {
  try {
    return sandbox::PluginOutput(file);
  } catch (const sandbox::SandboxError& error) {
    throw UsageError(error.what());
  }
}

// `before_report` may change what is reported.
int run_and_report(const RunArguments& arguments,
                   const std::function<void(FinishedRun&)>& before_report) {
  require_plugins(arguments.plugins);
  Outputs outputs(arguments.to);
  const EventsFile events(arguments.events, arguments.to.has_picture());
  // So that a signal does not leave the process behind that collects the plugin's output.
  std::optional<sandbox::Interrupts> interrupts;
  if (!arguments.in_process) interrupts.emplace();
  sandbox::PluginOutput printed = open_plugin_output(arguments.plugin_output);
  printed.redirect(!arguments.in_process && arguments.to.has(Format::junit));
  if (arguments.in_process) outputs.take_stdout();
  FinishedRun run = run_once(arguments, events);
  printed.restore();
  interrupts.reset();
  run.how.plugin_output = printed.text();
  run.how.timeline = events.timeline();
  before_report(run);
  const sandbox::RunResult& result = run.result;
  ReportOptions& how = run.how;
  const std::string& damage = result.summary.capture.damage;
  how.exit_status = exit_status(run);
  if (run.stop) how.error = result.summary.stopped_by;
  if (events_failed(result)) how.error = result.error->message;
  if (!damage.empty()) how.error = damage;
  outputs.write([&](Format format, bool color) {
    how.color = color;
    return report_in(format, result.summary, arguments.options, how);
  });
  // The report covers what could be read of a damaged capture.
  if (!damage.empty()) throw UsageError(damage);
  if (events_failed(result)) throw Failure(result.error->message);
  return *how.exit_status;
}

// A crash because Rust could not allocate is a note only if the failure was injected.
Violation with_severity(Violation ending, const Summary& summary) {
  const Rule* const rule = find_rule(ending.rule);
  if (rule != nullptr && !has_hit(summary, "alloc:")) ending.severity = rule->severity;
  return ending;
}

// `ending`: how the plugin ended the process.
void finish(const RunArguments& arguments, const std::optional<Violation>& ending,
            FinishedRun& run) {
  throw_unreportable(run.result, run.how);
  Summary& summary = run.result.summary;
  summary.stopped_by = stopped_by(run, ending, arguments.limits);
  // Without a summary the plugins' names are not known.
  if (summary.plugins.empty())
    for (const std::string& path : arguments.plugins) summary.plugins.emplace_back().path = path;
  if (ending) summary.violations.push_back(with_severity(*ending, summary));
  if (arguments.scenario) expect_violations(*arguments.scenario, run);
  suppress(summary, run.how.suppressed);
  if (arguments.scenario) report_scenario(*arguments.scenario, run);
}

}  // namespace

void require_plugins(const std::vector<std::string>& paths) {
  for (const std::string& path : paths)
    if (auto files = plugin_files(path); !files) throw UsageError(files.error().message);
}

sandbox::ChildResult run_plugins_in_child(const sandbox::ChildLimits& limits,
                                          const std::function<void(sandbox::Channel&)>& body,
                                          const std::vector<int>& kept_descriptors) {
  sandbox::ChildResult child = sandbox::run_in_child(limits, body, kept_descriptors);
  if (child.stop && child.result.empty() && !child.ending)
    throw Stopped(cause_of(child.stop, limits) + ": nothing was judged", status_of(child.stop));
  if (child.result.empty() && !child.ending)
    throw Failure("internal error: the process with the plugin ended without a result");
  return child;
}

FinishedRun run_once(const RunArguments& arguments, const EventsFile& events) {
  if (!arguments.in_process) return finish_run(arguments, run_in_child(arguments, events));
  const std::string directory = current_directory();  // before a plugin can change it
  FinishedRun run{simulate(arguments, nullptr, events), arguments.report, {}};
  run.how.directory = directory;
  run.stop.signal = run.result.interrupted;
  finish(arguments, std::nullopt, run);
  return run;
}

FinishedRun finish_run(const RunArguments& arguments, sandbox::ChildResult child) {
  FinishedRun run{result_of(child), arguments.report, child.stop};
  run.how.directory = current_directory();
  finish(arguments, child.ending, run);
  return run;
}

void send_result(sandbox::Channel& channel, const sandbox::RunResult& result) {
  if (!channel.mailbox.send(sandbox::Mailbox::Kind::result, sandbox::to_line(result)))
    throw Failure("the result is too large to be sent");
}

void silence_output() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  ::dup2(null, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
  ::close(null);
}

std::string cause_of(const sandbox::Stop& stop, const sandbox::ChildLimits& limits) {
  if (stop.signal != 0) return "interrupted by " + sandbox::signal_text(stop.signal);
  return fmt::format("the time limit of {} s was reached", limits.run_seconds);
}

int status_of(const sandbox::Stop& stop) {
  return stop.signal != 0 ? 128 + stop.signal : static_cast<int>(kTimeLimit);
}

int exit_status(const FinishedRun& run) {
  if (run.stop) return status_of(run.stop);
  if (!run.result.summary.capture.damage.empty()) return kUsage;
  if (events_failed(run.result)) return kFailed;
  return verdict_of(run.result.summary, run.how) == Verdict::fail ? kViolations : kClean;
}

int execute(const RunArguments& arguments) {
  if (arguments.sweep) return run_sweep(arguments);
  return run_and_report(arguments, [](FinishedRun&) {});
}

int execute(const RecordArguments& arguments) {
  const char* const file = arguments.golden.c_str();
  std::error_code ignored;  // a plugin in this process may change the directory
  const std::filesystem::path path = std::filesystem::absolute(arguments.golden, ignored);
  const bool existed = ::access(path.c_str(), F_OK) == 0;
  Output golden(arguments.golden);
  bool recorded = false;
  const int status = run_and_report(arguments.run, [&](FinishedRun& run) {
    const auto& [result, how, stop] = run;
    recorded = !result.lifecycle.empty();
    if (recorded) {
      golden.write(result.lifecycle);
      const bool clean = verdict_of(result.summary, how.fail_on) == Verdict::pass;
      std::fprintf(stderr, "surisim: wrote %s%s\n", file,
                   clean ? "" : ", the lifecycle of a plugin that breaks rules");
    } else {
      if (!existed) ::unlink(path.c_str());
      std::fprintf(stderr, "surisim: %s is not written: %s\n", file, no_lifecycle(result).c_str());
    }
  });
  return recorded || status != kClean ? status : kUsage;
}

int execute(const VerifyArguments& arguments) {
  return run_and_report(arguments.run, [&](FinishedRun& run) {
    GoldenResult& golden = run.how.golden;
    golden.file = arguments.file;
    const auto lifecycle = parse_lifecycle(run.result.lifecycle);
    if (run.result.lifecycle.empty() || !lifecycle)
      golden.not_compared = no_lifecycle(run.result);
    else
      golden.differences = differences(arguments.golden, *lifecycle);
  });
}

}  // namespace surisim::cli
