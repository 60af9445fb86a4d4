// Parses the command line: the parsers of run, record, verify and explore; a golden file's options;
// and choosing the parser of the subcommand.
#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "base/user_input.hpp"
#include "bench_parser.hpp"
#include "check_parser.hpp"
#include "command_options.hpp"
#include "help.hpp"
#include "info_parsers.hpp"
#include "pages.hpp"
#include "parser.hpp"
#include "project.hpp"
#include "scenario_parsers.hpp"

namespace surisim::cli {
namespace {

// How run, record, verify and explore differ.
struct RunCommand {
  const char* name;
  const char* what;
  const char* examples;
  const char* golden;  // help text of the golden file; null: the subcommand has none
  bool explores = false;
};
constexpr RunCommand kRun = {"run", "Load plugins, run the whole lifecycle, report", kRunExamples,
                             nullptr};
constexpr RunCommand kRecord = {"record", "Run, and write the order of the lifecycle to a file",
                                kRecordExamples, "the file to write the lifecycle to"};
constexpr RunCommand kVerify = {"verify", "Run, and compare the lifecycle with a recorded one",
                                kVerifyExamples, "the file that surisim record wrote"};
constexpr RunCommand kExplore = {
    "explore", "Run many schedules of the threads, and report those that break the plugin",
    kExploreExamples, nullptr, true};

RunArguments defaults_of(const RunCommand& command) {
  RunArguments arguments;
  if (!command.explores) return arguments;
  arguments.options.threads = 3;
  arguments.options.traffic.flows = 20;
  return arguments;
}

// The command line, quoted for a shell, with the seed added if it is missing. `seedless`: the seed
// has no effect.
std::string command_line(int argc, char** argv, const Options& options, bool seedless) {
  std::string out = "surisim";
  bool has_seed = seedless || !pcaps_of(options).empty() || !options.capture_plugin.empty();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    has_seed = has_seed || word == "--seed" || word.starts_with("--seed=");
    out += " " + quoted(argv[i]);
  }
  return has_seed ? out : out + fmt::format(" --seed {}", options.traffic.seed);
}

constexpr const char* kNoTranslate =
    "do not watch the plugin's code: no data races, no points at its accesses";

ScheduleOptions read_schedule(const std::string& option, const std::string& text) {
  auto schedule = parse_schedule(text);
  if (!schedule) throw UsageError("{}: {}", option, schedule.error().message);
  return *std::move(schedule);
}

class RunParser : public Parser {
 public:
  RunParser(CLI::App& root, const RunCommand& command)
      : Parser(root, command.name, command.what),
        command_(command),
        arguments_(defaults_of(command)),
        options_(app_, texts_, arguments_.plugins, arguments_.options) {
    app_.footer(command.examples);
    if (command.golden != nullptr) add_golden();
    if (plays_scenarios()) add_scenario_options(app_, texts_);
    in_group(app_, "Run", [&] { add_run(); });
    in_group(app_, "Report", [&] { add_report(); });
  }

  RunArguments finish(int argc, char** argv) {
    // The scenario's options first, as those of the command line override them.
    if (plays_scenarios()) use_scenario(texts_, no_record_, arguments_);
    texts_.apply();
    options_.finish();
    if (arguments_.scenario)
      require_playable(*arguments_.scenario, arguments_.plugins, arguments_.options);
    if (arguments_.plugins.empty())
      throw UsageError("{0}: PLUGIN.so is required (surisim {0} --help)", command_.name);
    arguments_.to = read_report_to(texts_, kPictureFormats);
    Options& options = arguments_.options;
    options.checks = !no_checks_;
    if (no_record_) options.record = Options::Record::off;
    if (no_translate_ && !options.schedule)
      throw UsageError("--no-translate: expected it with --schedule");
    if (no_translate_) options.schedule->watch = false;
    if (command_.golden != nullptr) {
      options.record = Options::Record::all;
      arguments_.wants_lifecycle = true;
      require_few_packets("a golden file", options.traffic);
    }
    if (!arguments_.events.empty()) {
      if (no_record_) throw UsageError("--events: needs the record that --no-record switches off");
      if (arguments_.events == "-" && arguments_.to.has_stdout())
        throw UsageError(
            "--events: stdout carries the report; expected a file, or --output for "
            "the report");
      options.record = Options::Record::all;
    }
    if (!command_.explores) record_for_picture(arguments_.to, options);
    if (golden_ == "-") throw UsageError("--golden: expected a file, got \"-\"");
    const NamedFile golden{"--golden", golden_};
    const bool writes_golden = command_.name == kRecord.name;
    if (quiet_plugin_) {
      if (!arguments_.plugin_output.empty())
        throw UsageError("--quiet-plugin: expected it without --plugin-output");
      arguments_.plugin_output = "/dev/null";
    }
    if (arguments_.plugin_output == "-")
      throw UsageError("--plugin-output: stdout carries the report; expected a file");
    std::vector<NamedFile> written{{"--events", arguments_.events},
                                   {"--plugin-output", arguments_.plugin_output}};
    if (writes_golden) written.push_back(golden);
    check_files(arguments_.plugins, options, arguments_.to,
                writes_golden ? std::vector<NamedFile>{} : std::vector{golden}, written);
    arguments_.sweep = options_.sweep();
    if (arguments_.sweep) check_sweep();
    arguments_.report.reproduce =
        command_line(argc, argv, options, arguments_.scenario.has_value());
    return std::move(arguments_);
  }

  bool is_from_probe() const { return !texts_.given({kFromProbe}).empty(); }
  CompareArguments finish_from_probe() {
    for (const CLI::Option* option : app_.parse_order()) {
      if (option->get_positional() || option->get_lnames().empty()) continue;
      const std::string name = "--" + option->get_lnames().front();
      if (name != kFromProbe && name != "--golden")
        throw UsageError("{}: the recording says what to run; expected it without --from-probe",
                         name);
    }
    texts_.apply();
    if (golden_ == "-") throw UsageError("--golden: expected a file, got \"-\"");
    require_distinct_files({{kFromProbe, from_probe_}}, {{"--golden", golden_}});
    return {from_probe_, arguments_.plugins, "", golden_, {}};
  }

  // The golden file; empty: not given.
  const std::string& golden() const { return golden_; }

 private:
  bool plays_scenarios() const { return command_.golden == nullptr && !command_.explores; }

  void check_sweep() const {
    const std::string given = fmt::format("--fail {}:*", to_string(*arguments_.sweep));
    const auto refuse = [&given](const char* why) { throw UsageError(given + ": " + why); };
    if (command_.golden != nullptr)
      refuse("makes many runs; expected a single fault, or surisim run");
    require_rereadable_config(given, arguments_.options.config_file);
    if (no_checks_) refuse("needs the checks that --no-checks switches off");
    if (arguments_.in_process)
      refuse("needs a process for each run; expected it without --in-process");
    if (!arguments_.events.empty()) refuse("makes many runs; expected it without --events");
  }

  void add_golden() {
    const std::string name = command_.name == kRecord.name ? "-o,--golden" : "--golden";
    texts_.add_file(name, command_.golden, golden_);
    app_.get_option("--golden")->required();
    if (command_.name != kRecord.name) return;
    texts_.add_file(kFromProbe, "a recording of the probe that says what to run", from_probe_);
    app_.get_option("PLUGIN.so")->required(false);
  }

  void add_run() {
    if (plays_scenarios()) {
      app_.add_flag("--no-checks", no_checks_,
                    "do not check storage calls; they then cost as much as Suricata's");
      app_.add_flag("--no-record", no_record_, "keep no event log; the fastest");
    }
    if (plays_scenarios())
      texts_.add("--schedule", "run the threads in this order, as surisim explore prints it",
                 "SCHEDULE", [this](auto& name, auto& text) {
                   arguments_.options.schedule = read_schedule(name, text);
                 });
    if (plays_scenarios()) app_.add_flag("--no-translate", no_translate_, kNoTranslate);
    texts_.add_file("--events", "write every event to FILE, one JSON object per line",
                    arguments_.events);
    texts_.add_file("--plugin-output", "write what the plugin prints and logs to FILE (stderr)",
                    arguments_.plugin_output);
    app_.add_flag("--quiet-plugin", quiet_plugin_, "do not show what the plugin prints and logs");
    add_child_options(app_, texts_, arguments_.limits, arguments_.in_process);
    if (plays_scenarios())
      texts_.add_count("--sweep-limit", "most faults that --fail KIND:* tries",
                       arguments_.sweep_limit, {1, 1'000'000'000});
  }

  void add_report() {
    ReportOptions& r = arguments_.report;
    add_severities(texts_, r);
    add_suppressions(texts_, r, arguments_.suppression_files);
    add_report_to(app_, texts_, kPictureFormats);
    app_.add_flag("-v,--verbose", r.verbose, "all threads and phases");
    app_.add_flag("-q,--quiet", r.quiet, "only violations and the verdict; no progress bar");
  }

  static constexpr const char* kFromProbe = "--from-probe";

  const RunCommand& command_;
  RunArguments arguments_;
  std::string golden_, from_probe_;
  bool no_checks_ = false, no_record_ = false, no_translate_ = false, quiet_plugin_ = false;
  RunOptions options_;
};

class ExploreParser : public RunParser {
 public:
  explicit ExploreParser(CLI::App& root) : RunParser(root, kExplore) {
    in_group(app_, "Schedules", [this] {
      texts_.add_count("--schedules", "how many to run", explore_.which.schedules,
                       {1, 1'000'000'000});
      texts_.add("--for", "run schedules for this time, instead of a number of them", "SECONDS",
                 [this](auto& name, auto& text) {
                   explore_.which.seconds = parse_count(name, text, {1, 1'000'000});
                 });
      texts_.add("--strategy", fmt::format("one strategy: {} (all in turn)", strategy_names()),
                 "NAME", [this](auto& name, auto& text) {
                   if (!is_strategy(text)) refuse(name, "one of " + strategy_names(), text);
                   explore_.which.strategy = text;
                 });
      texts_.add(
          "--replay", "run only this schedule, as printed with a finding", "SCHEDULE",
          [this](auto& name, auto& text) { explore_.which.replay = read_schedule(name, text); });
      texts_.add("--shard", "run the I-th of N shares of the schedules", "I/N",
                 [this](auto& name, auto& text) {
                   std::tie(explore_.which.shard, explore_.which.shards) = parse_shard(name, text);
                 });
      app_.add_flag("--no-translate", unwatched_, kNoTranslate);
      texts_.add_count("-j,--jobs", "number of processes at once", explore_.jobs, {1, kMostJobs});
      texts_.add("--stop-on", "stop at the first finding that fails, or run all schedules (all)",
                 "first|all", [this](auto& name, auto& text) {
                   if (text != "first" && text != "all") refuse(name, "first or all", text);
                   explore_.which.stop_on_first = text == "first";
                 });
    });
  }

  ExploreArguments finish(int argc, char** argv) {
    explore_.run = RunParser::finish(argc, argv);
    require_valid(explore_.run.options);
    require_rereadable_config("explore", explore_.run.options.config_file);
    const auto refuse_option = [](const char* option) {
      throw UsageError("{}: surisim explore makes many runs; expected it without", option);
    };
    if (explore_.run.in_process) refuse_option("--in-process");
    if (!explore_.run.events.empty()) refuse_option("--events");
    if (explore_.run.sweep) refuse_option("--fail KIND:*");
    if (explore_.which.seconds && !texts_.given({"--schedules"}).empty())
      throw UsageError("--for: expected it without --schedules");
    explore_.which.seed = explore_.run.options.traffic.seed;
    explore_.which.show = explore_.run.report.show;
    explore_.which.watch = !unwatched_;
    explore_.which.fail_on = explore_.run.report.fail_on;
    return std::move(explore_);
  }

 private:
  static bool is_strategy(const std::string& name) {
    const std::vector<ScheduleStrategy> all = schedule_strategies();
    return std::any_of(all.begin(), all.end(),
                       [&name](const ScheduleStrategy& one) { return one.name == name; });
  }

  static std::string strategy_names() {
    std::string all;
    for (const ScheduleStrategy& one : schedule_strategies())
      all += (all.empty() ? "" : ", ") + std::string(one.name);
    return all;
  }

  ExploreArguments explore_;
  bool unwatched_ = false;
};

RunArguments parse_verify_words(std::vector<std::string> words, int argc, char** argv) {
  CLI::App app;
  RunParser verify(app, kVerify);
  std::reverse(words.begin(), words.end());  // CLI11 expects the last word first
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    throw UsageError(usage_message(app, error, argc, argv));
  }
  RunArguments run = verify.finish(argc, argv);
  require_valid(run.options);
  return run;
}

enum class Pass {
  first,         // before the project file is read
  with_project,  // with its words
  tries,         // only to see whether words can be parsed
};

// Reads the suppression files, only once: they may be pipes.
RunArguments with_suppressions(RunArguments run, Pass pass) {
  if (pass != Pass::tries) complete_suppressions(run.suppression_files, run.report);
  return run;
}

Lifecycle read_golden(const std::string& file) {
  const auto text = base::read_text_file(file, "a golden file, which surisim record writes");
  if (!text) throw UsageError(text.error().message);
  auto golden = parse_lifecycle(*text);
  if (!golden) throw UsageError("{}: {}", file, golden.error());
  return std::move(*golden);
}

// The golden file's options as words of a command line, without those that `given` has.
std::vector<std::string> words_of(const Lifecycle& golden, const std::vector<std::string>& given) {
  std::vector<std::string> words;
  for (const std::string& setting : golden.settings) {
    const std::size_t space = setting.find(' ');
    const std::string option = setting.substr(0, space);
    const auto repeats = [&](const std::string& word) {
      return word == option || word.starts_with(option + "=");
    };
    if (std::any_of(given.begin(), given.end(), repeats)) continue;
    words.push_back(space == std::string::npos ? option : option + "=" + setting.substr(space + 1));
  }
  return words;
}

// Parses again, with the golden file's options for those that the command line does not have. Those
// on the command line must not change the lifecycle. `rest`: the words after the subcommand.
VerifyArguments with_golden_options(const std::string& file, const RunArguments& given,
                                    const std::vector<std::string>& rest, Pass pass, int argc,
                                    char** argv) {
  Lifecycle golden = read_golden(file);
  const auto parse = [&](const std::vector<std::string>& others) {
    std::vector<std::string> words = {kVerify.name};
    const std::vector<std::string> recorded = words_of(golden, others);
    words.insert(words.end(), recorded.begin(), recorded.end());
    words.insert(words.end(), others.begin(), others.end());
    return parse_verify_words(std::move(words), argc, argv);
  };
  RunArguments recorded;
  try {
    recorded = parse({"--golden=" + file, given.plugins.front()});
  } catch (const UsageError& error) {
    throw UsageError("{}: has options that surisim does not know: {}", file, error.what());
  }
  RunArguments run;
  std::string differ;
  try {
    run = parse(rest);
    differ = settings_differ({settings_of(recorded.options), {}}, {settings_of(run.options), {}});
  } catch (const UsageError& error) {
    differ = fmt::format("recorded with other options: {}", error.what());
  }
  if (!differ.empty())
    throw UsageError("{}: {}; expected the same options, or none of them", file, differ);
  return {with_suppressions(std::move(run), pass), file, std::move(golden)};
}

using Words = std::vector<std::string>;

// `words`: of the command line, with those of the project file after the subcommand.
Command parse(const Words& words, Pass pass, int argc, char** argv);

Command parse_with(Project project, const Words& words, const ProjectParser& parser, int argc,
                   char** argv) {
  Words shown(argv, argv + argc);  // what reproduces the run
  if (!parser.names_file()) shown.push_back("--project=" + project.file());
  std::vector<char*> pointers;
  for (std::string& word : shown) pointers.push_back(word.data());
  return project.parse_with(words, parser.bare_words(), [&](const Words& all, bool tries) {
    return parse(all, tries ? Pass::tries : Pass::with_project, static_cast<int>(pointers.size()),
                 pointers.data());
  });
}

// The arguments of the chosen parser.
template <class... Parsers>
std::optional<Command> finish_chosen(Parsers&... parsers) {
  std::optional<Command> command;
  (void)((parsers.chosen() && (command = parsers.finish(), true)) || ...);
  return command;
}

Command parse(const Words& words, Pass pass, int argc, char** argv) {
  CLI::App app{"Runs the thread lifecycle of a Suricata plugin without Suricata.", "surisim"};
  app.footer(kExamples);
  app.require_subcommand(1);
  app.set_version_flag("--version", version_line());
  app.get_formatter()->column_width(34);
  RunParser run(app, kRun);
  RunParser record(app, kRecord);
  RunParser verify(app, kVerify);
  CompareParser compare(app);
  ExploreParser explore(app);
  CheckParser check(app);
  MergeParser merge(app);
  BenchParser bench(app);
  InspectParser inspect(app);
  LifecycleParser lifecycle(app);
  RulesParser rules(app);
  FactsParser facts(app);
  TestParser test(app);
  ScenarioParser scenario(app);
  ProjectParser init(app);
  PageParsers pages(app);  // the last, as it describes all others
  const auto with_project = [&]() -> std::optional<Command> {
    auto project = pass == Pass::first ? init.project() : std::nullopt;
    if (!project) return std::nullopt;
    return parse_with(*std::move(project), words, init, argc, argv);
  };
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 expects the last word first
  } catch (const CLI::CallForHelp&) {
    return PrintText{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return PrintText{std::string(version.what()) + "\n"};
  } catch (const CLI::RequiredError& error) {  // the project file may have it
    if (auto command = with_project()) return *std::move(command);
    throw UsageError(usage_message(app, error, argc, argv));
  } catch (const CLI::ParseError& error) {
    throw UsageError(usage_message(app, error, argc, argv));
  }
  if (auto command = with_project()) return *std::move(command);
  const auto finish = [&](RunParser& parser) {
    RunArguments arguments = parser.finish(argc, argv);
    require_valid(arguments.options);
    return with_suppressions(std::move(arguments), pass);
  };
  if (run.chosen()) return finish(run);
  if (record.chosen() && record.is_from_probe()) return record.finish_from_probe();
  if (record.chosen()) {
    RunArguments arguments = finish(record);
    return RecordArguments{std::move(arguments), record.golden()};
  }
  if (verify.chosen()) {
    const RunArguments given = verify.finish(argc, argv);
    return with_golden_options(verify.golden(), given, {words.begin() + 1, words.end()}, pass, argc,
                               argv);
  }
  if (explore.chosen()) {
    ExploreArguments arguments = explore.finish(argc, argv);
    arguments.run = with_suppressions(std::move(arguments.run), pass);
    return arguments;
  }
  if (check.chosen()) return check.finish(pass != Pass::first, pass != Pass::tries, argc, argv);
  return *finish_chosen(compare, merge, bench, test, scenario, init, pages, inspect, rules, facts,
                        lifecycle);
}

}  // namespace

Command parse_arguments(int argc, char** argv) {
  return parse({argv + 1, argv + argc}, Pass::first, argc, argv);
}

}  // namespace surisim::cli
