// surisim test: plays each scenario with a separate surisim run, several at a time, and reports a
// test case for each. And surisim scenario from.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "command_pool.hpp"
#include "commands.hpp"
#include "sandbox/diagnosis.hpp"
#include "scenario_parsers.hpp"
#include "surisim/report.hpp"
#include "surisim/scenario.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string violation_text(const json& violation) {
  std::string text = fmt::format("{} {}: {}", text_of(violation, "severity"),
                                 text_of(violation, "rule"), text_of(violation, "message"));
  for (const auto& [before, key] :
       {std::pair{"on ", "thread"}, {"in ", "callback"}, {"at ", "call_site"}, {"at ", "source"}}) {
    if (const std::string value = text_of(violation, key); !value.empty())
      text += fmt::format("\n  {}{}", before, value);
  }
  return text;
}

bool fails(const json& violation, Severity fail_on) {
  const std::string severity = text_of(violation, "severity");
  for (const Severity one : {Severity::note, Severity::warning, Severity::error})
    if (severity == to_string(one)) return one >= fail_on;
  return false;
}

// Fills in the case from the run's report and exit status.
void evaluate(const Scenario& scenario, const CommandResult& run, ScenarioCase& result) {
  if (run.status == kClean) return;
  const json report = json::parse(run.out, nullptr, false);
  if (!report.is_object()) {
    result.error = run.last_error();
    if (result.error.empty())
      result.error = fmt::format("surisim run ended with status {}", run.status);
    return;
  }
  for (const json& unmet : report.at("scenario").at("unmet"))
    result.failures.push_back(fmt::format("{}:{}: {}", scenario.file,
                                          unmet.at("line").get<std::uint32_t>(),
                                          text_of(unmet, "message")));
  for (const json& violation : report.at("violations"))
    if (fails(violation, scenario.fail_on)) result.failures.push_back(violation_text(violation));
  const std::string stopped = text_of(report.at("lifecycle"), "stopped_by");
  if (run.status != kViolations || result.failures.empty())
    result.error =
        stopped.empty() ? fmt::format("surisim run ended with status {}", run.status) : stopped;
}

class Runner {
 public:
  Runner(const TestArguments& arguments, std::vector<Scenario> scenarios)
      : arguments_(arguments), scenarios_(std::move(scenarios)), pool_(arguments.jobs) {
    for (const Scenario& one : scenarios_)
      cases_.push_back({one.file, one.name, one.line, {}, "not played", 0});
  }

  // Plays all, unless a signal ends it. Calls `report` for each case in order, as soon as it and
  // those before it have ended.
  using Report = std::function<void(std::size_t, const ScenarioCase&)>;
  void run(const Report& report);
  const std::vector<ScenarioCase>& cases() const { return cases_; }
  // The signal that has ended it; 0: none.
  int signal() const { return pool_.signal(); }

 private:
  std::vector<std::string> command(const Scenario& scenario) const;
  void take(std::size_t index, const CommandResult& run);

  const TestArguments& arguments_;
  std::vector<Scenario> scenarios_;
  std::vector<ScenarioCase> cases_;
  CommandPool pool_;
  std::vector<bool> over_;  // by case
};

std::vector<std::string> Runner::command(const Scenario& scenario) const {
  std::vector<std::string> words = {"run"};
  const auto& plugins = arguments_.plugins.empty() ? scenario.plugins : arguments_.plugins;
  words.insert(words.end(), plugins.begin(), plugins.end());
  words.insert(words.end(), {"--scenario=" + scenario.file, "--scenario-name=" + scenario.name,
                             "--format=json"});
  words.insert(words.end(), arguments_.run_options.begin(), arguments_.run_options.end());
  return words;
}

void Runner::take(std::size_t index, const CommandResult& run) {
  ScenarioCase& result = cases_[index];
  result.error.clear();
  result.seconds = run.seconds;
  evaluate(scenarios_[index], run, result);
  over_[index] = true;
}

void Runner::run(const Report& report) {
  over_.assign(scenarios_.size(), false);
  std::size_t next = 0;
  std::size_t reported = 0;
  while (!pool_.idle() || (signal() == 0 && next < scenarios_.size())) {
    for (; signal() == 0 && next < scenarios_.size() && !pool_.full(); ++next)
      pool_.start(next, command(scenarios_[next]));
    pool_.wait([this](std::size_t index, const CommandResult& run) { take(index, run); });
    for (; reported < over_.size() && over_[reported]; ++reported)
      report(reported, cases_[reported]);
  }
  for (; reported < cases_.size(); ++reported) report(reported, cases_[reported]);
}

std::vector<Scenario> read_all(const TestArguments& arguments) {
  std::vector<Scenario> all;
  for (const std::string& file : arguments.files) {
    for (Scenario& one : read_scenarios(file)) {
      if (arguments.plugins.empty() && one.plugins.empty())
        throw UsageError("{}:{}: expected a line with plugin and its file, or --plugin", file,
                         one.line);
      require_playable(one, arguments.plugins.empty() ? one.plugins : arguments.plugins,
                       one.options);
      all.push_back(std::move(one));
    }
  }
  require_plugins(arguments.plugins);
  for (const Scenario& one : all)
    if (arguments.plugins.empty()) require_plugins(one.plugins);
  return all;
}

}  // namespace

int execute(const TestArguments& arguments) {
  Runner runner(arguments, read_all(arguments));
  Output output(arguments.to.file);
  std::string report;
  // A file keeps its contents until the report is complete.
  const bool at_once = output.is_stdout() && arguments.to.format == Format::tap;
  const auto say = [&](const std::string& text) {
    if (at_once) {
      output.write(text);
    } else {
      report += text;
    }
  };
  if (arguments.to.format == Format::junit) {
    runner.run([](std::size_t, const ScenarioCase&) {});
    report = scenarios_junit(runner.cases());
  } else {
    say(scenarios_tap_begin(runner.cases().size()));
    runner.run(
        [&](std::size_t index, const ScenarioCase& one) { say(scenario_tap(index + 1, one)); });
    if (runner.signal() != 0)
      say("Bail out! interrupted by " + sandbox::signal_text(runner.signal()) + "\n");
  }
  if (!at_once) output.write(report);
  if (runner.signal() != 0) return 128 + runner.signal();
  const bool passed =
      std::all_of(runner.cases().begin(), runner.cases().end(),
                  [](const auto& one) { return one.failures.empty() && one.error.empty(); });
  return passed ? kClean : kViolations;
}

// surisim scenario from: writes scenarios for the flows of a capture file.

int execute(const ScenarioFromArguments& arguments) {
  const auto made = scenarios_from_capture(arguments.capture, arguments.flow);
  if (!made) throw UsageError(made.error().message);
  Output(arguments.output).write(made->text);
  if (!made->damage.empty()) throw UsageError(made->damage);  // as surisim run does
  return kClean;
}

}  // namespace surisim::cli
