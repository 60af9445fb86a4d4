// The parsers of surisim test and surisim scenario from, and the options of surisim run --scenario
// (docs/scenarios.md).
//
// When:    made before CLI11 parses; finish() and use_scenario() after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "parser.hpp"

namespace surisim::cli {

// The scenarios of a file. Throws UsageError, with line and column.
std::vector<Scenario> read_scenarios(const std::string& file);
// Throws UsageError, with line and column, if the scenario cannot be played with these plugins and
// options, as it names a file that cannot be read, or a thread that does not exist.
void require_playable(Scenario scenario, const std::vector<std::string>& plugins,
                      const Options& options);

// Adds --scenario and --scenario-name. A plugin is not required, as the scenario may name it.
void add_scenario_options(CLI::App& app, OptionTexts& texts);
// If --scenario was given, sets `arguments.scenario` and takes options and plugins from the
// scenario. Called before OptionTexts::apply(). Throws UsageError.
void use_scenario(const OptionTexts& texts, bool no_record, RunArguments& arguments);

class TestParser : public Parser {
 public:
  explicit TestParser(CLI::App& root);
  TestArguments finish();

 private:
  TestArguments arguments_;
};

class ScenarioParser : public Parser {
 public:
  explicit ScenarioParser(CLI::App& root);
  ScenarioFromArguments finish();

 private:
  ScenarioFromArguments arguments_;
  CLI::App& from_;
  OptionTexts from_texts_;
};

}  // namespace surisim::cli
