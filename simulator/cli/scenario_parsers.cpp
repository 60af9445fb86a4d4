// Implements scenario_parsers.hpp.
#include "scenario_parsers.hpp"

#include <algorithm>
#include <thread>

#include "base/user_input.hpp"
#include "help.hpp"

namespace surisim::cli {
namespace {

const std::vector<Format> kTestFormats = {Format::tap, Format::junit};

// The text given for an option.
std::string text_of(const OptionTexts& texts, std::string_view option) {
  const auto given = texts.in_order({option});
  return given.empty() ? "" : given.back().second;
}

// The scenario with this name, or the only one.
Scenario choose_scenario(const std::string& file, const std::string& name) {
  std::vector<Scenario> all = read_scenarios(file);
  if (name.empty() && all.size() == 1) return std::move(all.front());
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (const Scenario& one : all) names.push_back(one.name);
  if (name.empty())
    throw UsageError(
        "--scenario: {} has {} scenarios; expected --scenario-name too, or surisim test", file,
        all.size());
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return std::move(all[static_cast<std::size_t>(found - names.begin())]);
  const std::string_view meant = base::closest(name, names);
  throw UsageError("--scenario-name: {} has no scenario \"{}\"{}", file, base::shown(name),
                   meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant));
}

}  // namespace

std::vector<Scenario> read_scenarios(const std::string& file) {
  const auto text = base::read_text_file(file, "a file of scenarios (docs/scenarios.md)");
  if (!text) throw UsageError(text.error().message);
  auto scenarios = parse_scenarios(*text, file);
  if (!scenarios) throw UsageError(scenarios.error().message);
  return std::move(*scenarios);
}

void require_playable(Scenario scenario, const std::vector<std::string>& plugins,
                      const Options& options) {
  scenario.plugins = plugins;
  scenario.options = options;
  if (const auto checked = check_scenario(scenario); !checked)
    throw UsageError(checked.error().message);
}

void add_scenario_options(CLI::App& app, OptionTexts& texts) {
  app.get_option("PLUGIN.so")->required(false);
  const auto nothing = [](const std::string&, const std::string&) {};
  in_group(app, "Traffic", [&] {
    texts.add("--scenario", "play this scenario instead of generated traffic (docs/scenarios.md)",
              "FILE", nothing);
    texts.add("--scenario-name", "which one, if the file has several", "NAME", nothing);
  });
}

void use_scenario(const OptionTexts& texts, bool no_record, RunArguments& arguments) {
  const std::string name = text_of(texts, "--scenario-name");
  if (texts.given({"--scenario"}).empty()) {
    if (!name.empty()) throw UsageError("--scenario-name: expected --scenario too");
    return;
  }
  std::string others = texts.given_for_generated();
  if (others.empty()) others = texts.given({"--pcap", "--repeat", "--engine"});
  if (!others.empty())
    throw UsageError("{}: a scenario defines each packet; expected it without --scenario", others);
  if (no_record)
    throw UsageError("--no-record: a scenario needs the record; expected it without --scenario");
  const std::string file = text_of(texts, "--scenario");
  arguments.scenario = choose_scenario(not_empty("--scenario", "a file name", file), name);
  arguments.options = arguments.scenario->options;
  arguments.report.fail_on = arguments.scenario->fail_on;
  if (arguments.plugins.empty()) arguments.plugins = arguments.scenario->plugins;
}

TestParser::TestParser(CLI::App& root)
    : Parser(root, "test", "Play all scenarios of files, a test case each") {
  arguments_.jobs = std::max(1U, std::thread::hardware_concurrency());
  app_.footer(kTestExamples);
  app_.add_option("FILE", arguments_.files, "A file of scenarios (docs/scenarios.md)")
      ->required()
      ->type_name("");
  texts_.add_many("--plugin", "a plugin (.so), instead of those that the scenarios name",
                  "PLUGIN.so", [this](auto& name, auto& text) {
                    arguments_.plugins.push_back(not_empty(name, "a file name", text));
                  });
  texts_.add("-j,--jobs", "scenarios that are played at a time (one for each processor)", "N",
             [this](auto& name, auto& text) {
               arguments_.jobs = static_cast<std::uint32_t>(parse_count(name, text, {1, 256}));
             });
  texts_.add("--timeout", kTimeoutHelp, "N", [this](auto& name, auto& text) {
    parse_count(name, text, kTimeoutRange);
    arguments_.run_options.push_back("--timeout=" + text);
  });
  const auto nothing = [](const std::string&, const std::string&) {};
  in_group(app_, "Report", [&] {
    texts_.add("--format", names_of(kTestFormats) + " (tap, or junit if --output ends in .xml)",
               "FORMAT", nothing);
    texts_.add_file("--output", "write the report to FILE instead of stdout", arguments_.to.file);
  });
}

TestArguments TestParser::finish() {
  texts_.apply();
  Target& to = arguments_.to;
  if (to.file == "-") to.file.clear();
  if (to.file.ends_with(".xml")) to.format = Format::junit;
  if (const auto given = texts_.in_order({"--format"}); !given.empty())
    to.format = choose("--format", given.back().second, kTestFormats);
  std::vector<NamedFile> read;
  for (const std::string& file : arguments_.files) read.push_back({"a file of scenarios", file});
  for (const std::string& plugin : arguments_.plugins) read.push_back({"the plugin", plugin});
  require_distinct_files(read, {{"--output", to.file}});
  return std::move(arguments_);
}

ScenarioParser::ScenarioParser(CLI::App& root)
    : Parser(root, "scenario", "Write scenarios"),
      from_(*app_.add_subcommand("from", "Write scenarios of a capture file's flows")),
      from_texts_(from_) {
  app_.require_subcommand(1);
  app_.footer(kScenarioExamples);
  from_.footer(kScenarioExamples);
  from_.add_option("CAPTURE", arguments_.capture, "A pcap or pcapng file, gzipped or not")
      ->required()
      ->type_name("");
  from_texts_.add("--flow", "only this one, from 1, the smallest first", "N",
                  [this](auto& name, auto& text) {
                    arguments_.flow = parse_count(name, text, {1, std::uint64_t{1} << 40});
                  });
  from_texts_.add_file("-o,--output", "write the scenarios to FILE instead of stdout",
                       arguments_.output);
}

ScenarioFromArguments ScenarioParser::finish() {
  from_texts_.apply();
  if (arguments_.output == "-") arguments_.output.clear();
  require_distinct_files({{"the capture", arguments_.capture}}, {{"--output", arguments_.output}});
  return std::move(arguments_);
}

}  // namespace surisim::cli
