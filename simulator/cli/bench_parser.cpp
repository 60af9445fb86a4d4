// Implements bench_parser.hpp: the options, and which of them cannot be combined.
#include "bench_parser.hpp"

#include "bench.hpp"
#include "help.hpp"
#include "info_parsers.hpp"
#include "paired_test.hpp"

namespace surisim::cli {
namespace {

const std::vector<Format> kBenchFormats = {Format::text, Format::json, Format::html};

}  // namespace

BenchParser::BenchParser(CLI::App& root)
    : Parser(root, "bench", "Measure the cost of the plugins' callbacks, without checks"),
      options_(app_, texts_, arguments_.plugins, arguments_.options) {
  app_.footer(kBenchExamples);
  in_group(app_, "Cost", [this] { add_what(); });
  in_group(app_, "Run",
           [this] { add_child_options(app_, texts_, arguments_.limits, arguments_.in_process); });
  in_group(app_, "Report", [this] {
    add_report_to(app_, texts_, kBenchFormats);
    texts_.add_file("--html", "write a page too, as --output FILE.html does", page_);
  });
}

void BenchParser::add_what() {
  app_.add_flag("--instructions", arguments_.instructions,
                "count the instructions of each callback instead of measuring times: exact, the "
                "same on every machine");
  texts_.add_file("--baseline",
                  "fail if a callback takes more instructions than in this JSON report of "
                  "--instructions",
                  arguments_.baseline);
  texts_.add("--tolerance", "percent more instructions that --baseline and --against allow (0)",
             "PERCENT", [this](auto& name, auto& text) {
               arguments_.tolerance = static_cast<double>(parse_count(name, text, {0, 1000}));
             });
  texts_.add_many("--max",
                  "fail if a call of this callback takes more instructions, such as 'flow "
                  "update=120'; may be repeated",
                  "CALLBACK=N", [this](auto& name, auto& text) {
                    arguments_.limits_of_callbacks.push_back(parse_limit(name, text));
                  });
  texts_.add("--against",
             "compare with an older build of the plugin, and fail if PLUGIN.so is slower; with "
             "--instructions if it takes more of them",
             "PLUGIN.so", [this](auto& name, auto& text) {
               arguments_.against = not_empty(name, "a plugin", text);
             });
  texts_.add_count("--pairs", "how often --against runs each of the two", arguments_.pairs,
                   {kMinPairs, kMaxPairs});
}

void BenchParser::check_combinations() const {
  const std::string counted = texts_.given({"--baseline", "--max", "--tolerance"});
  if (!counted.empty() && !arguments_.instructions)
    throw UsageError("{}: expected it with --instructions", counted);
  if (!texts_.given({"--tolerance"}).empty() && arguments_.baseline.empty() &&
      arguments_.against.empty())
    throw UsageError("--tolerance: expected it with --baseline or --against");
  if (!texts_.given({"--pairs"}).empty() && (arguments_.against.empty() || arguments_.instructions))
    throw UsageError("--pairs: expected it with --against, without --instructions");
  if (arguments_.against.empty()) return;
  if (!arguments_.baseline.empty()) throw UsageError("--against: expected it without --baseline");
  if (arguments_.plugins.size() != 1)
    throw UsageError("--against: expected one plugin to compare with it");
  if (arguments_.in_process)
    throw UsageError("--against: makes several runs; expected it without --in-process");
}

BenchArguments BenchParser::finish() {
  texts_.apply();
  options_.finish();
  if (options_.sweep() || !arguments_.options.faults.empty())
    throw UsageError(
        "--fail: surisim bench measures plugins without injected faults; expected no --fail, "
        "which is for surisim run");
  check_combinations();
  arguments_.to = read_report_to(texts_, kBenchFormats);
  if (!page_.empty()) arguments_.to.targets.push_back({Format::html, page_});
  require_valid(arguments_.options);
  std::vector<NamedFile> read{{"--baseline", arguments_.baseline},
                              {"--against", arguments_.against}};
  check_files(arguments_.plugins, arguments_.options, arguments_.to, read, {});
  require_rereadable_config("bench", arguments_.options.config_file);
  arguments_.options.checks = false;
  arguments_.options.record = Options::Record::off;
  return std::move(arguments_);
}

}  // namespace surisim::cli
