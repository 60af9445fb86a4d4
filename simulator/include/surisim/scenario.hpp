// Scenarios: unit tests with traffic by hand, written as text (docs/scenarios.md).
//
//   auto scenarios = parse_scenarios(text, "counter.scenario");
//   (void)check_scenario(scenarios->front());
//   auto runtime = Runtime::create(scenarios->front().options);
//   (void)runtime->add_plugin(PluginSource::file("counter.so"));
//   auto unmet = play_scenario(*runtime, scenarios->front());
//
// When:    parse at any time, without a plugin; play in a Runtime that has not started.
// Owner:   values. A Scenario is played once: parse the text again for a second time.
// Threads: play_scenario() on the Runtime's main thread; the rest on any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/runtime.hpp"
#include "surisim/violation.hpp"

namespace surisim {

struct ScenarioScript;  // a scenario's steps, and what they have seen

// `expect violation value-leaked`, which is checked after the run.
struct ExpectedViolation {
  std::string rule;
  std::string place;  // as in Suppression; empty: any
  std::uint32_t line = 0;
};

struct Scenario {
  std::string file;  // as given to parse_scenarios()
  std::string name;
  std::uint32_t line = 0;                     // where it begins
  std::vector<std::string> plugins;           // paths, relative to the file's directory
  Options options;                            // for Runtime::create()
  std::vector<ExpectedViolation> violations;  // those that must occur
  Severity fail_on = Severity::warning;       // no other violation may be as severe as this
  std::shared_ptr<ScenarioScript> script;
};

// A line of a scenario that was not met.
struct UnmetLine {
  std::uint32_t line = 0;
  std::string message;  // what was expected and what happened; lines after the first are details
};

// How a scenario went, for reports.
struct ScenarioResult {
  std::string file;  // empty: none was played
  std::string name;
  std::uint32_t line = 0;
  std::vector<UnmetLine> unmet;
};

// Errors (invalid_option): "FILE:LINE:COLUMN: what was expected", for the first mistake. `file`:
// for messages, and for relative paths in the text.
expected<std::vector<Scenario>> parse_scenarios(std::string_view text, const std::string& file);

// Checks what the parser cannot: that the scenario's files can be read, and that its threads exist
// in a run with its options. Errors (invalid_option): "FILE:LINE:COLUMN: …", for the first mistake.
// The caller may change plugins and options before; files that are no longer among them are not
// checked.
expected<void> check_scenario(const Scenario& scenario);

// Starts the Runtime, whose options are the scenario's, plays all steps, and stops it. After a step
// that cannot be executed, the rest is not played. Errors: those of Runtime::start() and stop().
expected<std::vector<UnmetLine>> play_scenario(Runtime& runtime, const Scenario& scenario);

// Scenarios made from a capture file.
struct CapturedScenarios {
  std::string text;
  std::string damage;  // why not all of the file was read; empty: all was
};

// Scenarios that send the packets of a capture file: one for each flow, the flow with the fewest
// packets first. `flow`: only this one, from 1; 0: all. Errors (invalid_option): the file cannot be
// read, is too large, or has no such flow.
expected<CapturedScenarios> scenarios_from_capture(const std::string& file, std::uint64_t flow);

}  // namespace surisim
