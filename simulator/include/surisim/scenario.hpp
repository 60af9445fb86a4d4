// Scenarios: unit tests by hand as text (docs/scenarios.md), for the command and for other
// languages.
//
//   auto scenarios = parse_scenarios(text, "counter.scenario");
//   (void)check_scenario(scenarios->front());  // its files, its threads
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

struct ScenarioScript;  // its steps, and what they have seen

// `expect violation value-leaked`: it is judged once the run is complete.
struct ExpectedViolation {
  std::string rule;
  std::string place;  // as in Suppression; empty: any
  std::uint32_t line = 0;
};

struct Scenario {
  std::string file;  // as it was given to parse_scenarios()
  std::string name;
  std::uint32_t line = 0;                     // of its beginning
  std::vector<std::string> plugins;           // paths, relative ones to the file's directory
  Options options;                            // for Runtime::create()
  std::vector<ExpectedViolation> violations;  // that must occur
  Severity fail_on = Severity::warning;       // no other violation may be as severe as this
  std::shared_ptr<ScenarioScript> script;
};

// A line of a scenario that is not as it says.
struct UnmetLine {
  std::uint32_t line = 0;
  std::string message;  // what was expected and what came; lines after the first are details
};

// How a scenario went, for reports.
struct ScenarioResult {
  std::string file;  // empty: none was played
  std::string name;
  std::uint32_t line = 0;
  std::vector<UnmetLine> unmet;
};

// Errors (invalid_option): "FILE:LINE:COLUMN: what was expected", for the first mistake. `file` is
// for messages, and for the paths in it.
expected<std::vector<Scenario>> parse_scenarios(std::string_view text, const std::string& file);

// What can be wrong although the text is right: files that the scenario names and that cannot be
// read, and threads that a run with its options has not. Errors (invalid_option):
// "FILE:LINE:COLUMN: …", for the first mistake. Files that are no longer among its plugins and
// options do not count, so a caller may change both before.
expected<void> check_scenario(const Scenario& scenario);

// Starts the Runtime, whose options are the scenario's, and plays all steps, then stops it. After a
// step that cannot be obeyed the rest is not played. Errors: those of Runtime::start() and stop().
expected<std::vector<UnmetLine>> play_scenario(Runtime& runtime, const Scenario& scenario);

// What a capture file has sent, as scenarios.
struct CapturedScenarios {
  std::string text;
  std::string damage;  // why not all of the file was read; empty: it was
};

// Scenarios that send what a capture file has, as text: one for each flow, the one with the fewest
// packets first. `flow`: only this one of them, from 1; 0: all. Errors (invalid_option): the file
// cannot be read, is too large, or has no such flow.
expected<CapturedScenarios> scenarios_from_capture(const std::string& file, std::uint64_t flow);

}  // namespace surisim
