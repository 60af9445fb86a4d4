// The options and subcommands of scenarios (docs/scenarios.md): surisim run --scenario, surisim
// test and surisim scenario from.
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
// Throws UsageError, with line and column, if the scenario names a file that cannot be read, or a
// thread that it has not, when it is played with these plugins and options.
void require_playable(Scenario scenario, const std::vector<std::string>& plugins,
                      const Options& options);

// --scenario and --scenario-name, with which surisim run plays a scenario. A plugin is not required
// then: the scenario may name it.
void add_scenario_options(CLI::App& app, OptionTexts& texts);
// If --scenario was given: sets `arguments.scenario`, and the options and plugins to the
// scenario's. To be called before OptionTexts::apply(). Throws UsageError.
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
