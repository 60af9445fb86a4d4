// Implements check_parser.hpp.
#include "check_parser.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <tuple>

#include "check_levels.hpp"
#include "help.hpp"
#include "info_parsers.hpp"

namespace surisim::cli {
namespace {

// "90", "90s", "5m", "8h", as seconds.
std::uint64_t parse_duration(const std::string& option, const std::string& text) {
  constexpr std::array<std::pair<char, std::uint64_t>, 3> kUnits = {
      {{'s', 1}, {'m', 60}, {'h', 3600}}};
  constexpr std::uint64_t kMostSeconds = std::uint64_t{31} * 24 * 3600;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::uint64_t unit = digits == text.size() ? 1 : 0;
  for (const auto& [letter, seconds] : kUnits)
    if (text.substr(digits) == std::string(1, letter)) unit = seconds;
  if (digits == 0 || digits > 9 || unit == 0) refuse(option, "a time such as 90s, 5m or 8h", text);
  const std::uint64_t seconds = std::stoull(text.substr(0, digits)) * unit;
  if (seconds == 0 || seconds > kMostSeconds) refuse(option, "from 1s to 744h", text);
  return seconds;
}

std::string command_line(int argc, char** argv) {
  std::string out = "surisim";
  for (int i = 1; i < argc; ++i) out += " " + quoted(argv[i]);
  return out;
}

}  // namespace

CheckParser::CheckParser(CLI::App& root)
    : Parser(root, "check", "Try everything: modes, hosts, threads, traffic, faults, schedules") {
  arguments_.jobs = std::clamp(std::thread::hardware_concurrency(), 1U, kMostJobs);
  app_.footer(kCheckExamples);
  app_.add_option("PLUGIN.so", arguments_.plugins, "A plugin (.so), or a directory of them")
      ->type_name("");
  in_group(app_, "What is tried", [this] { add_what(); });
  in_group(app_, "Each run", [this] { add_each(); });
  in_group(app_, "Report", [this] { add_report(); });
}

void CheckParser::add_what() {
  texts_.add_count("--level", "how much: the levels from 1 to this one; with --for all",
                   arguments_.level, {1, kMostLevel});
  texts_.add("--for",
             "for so long, such as 90s, 5m or 8h; after the levels other traffic, faults "
             "and schedules",
             "TIME",
             [this](auto& name, auto& text) { arguments_.seconds = parse_duration(name, text); });
  texts_.add_count("--seed", "the same seed tries the same", arguments_.seed, {0, UINT64_MAX / 2});
  texts_.add("--shard", "of N shares, the I-th; surisim merge joins their JSON reports", "I/N",
             [this](auto& name, auto& text) {
               std::tie(arguments_.shard, arguments_.shards) = parse_shard(name, text);
             });
  texts_.add_file("--resume", "go on where the check ended that wrote this JSON report",
                  arguments_.resume);
  texts_.add_count("-j,--jobs", "so many runs at once", arguments_.jobs, {1, kMostJobs});
  app_.add_flag("--list", arguments_.list, "show what each level tries, and end");
}

void CheckParser::add_each() {
  const auto each = [this](auto& name, auto& text) {
    arguments_.options.insert(arguments_.options.end(), {name, text});
  };
  texts_.add("--suricata", "version of Suricata: 8.0 or 9.0 only (each that takes the plugin)",
             "VERSION", [this, each](auto& name, auto& text) {
               choose<Suricata>(name, text, {Suricata::v8_0, Suricata::v9_0});
               arguments_.one_host = true;
               each(name, text);
             });
  texts_.add("--config", kConfigHelp, "FILE", [](auto& name, auto& text) {
    require_rereadable_config("check", not_empty(name, "a file name", text));
  });
  add_settings(texts_, [](auto&, auto&) {});  // collected with --config, in their order
  add_invariants(texts_, each);
  texts_.add("--timeout", fmt::format("{} (5)", kTimeoutHelp), "N", [each](auto& name, auto& text) {
    parse_count(name, text, kTimeoutRange);
    each(name, text);
  });
  texts_.add("--memory-limit", memory_limit_help(), "MIB", [each](auto& name, auto& text) {
    (void)parse_memory_limit(name, text);
    each(name, text);
  });
}

void CheckParser::add_report() {
  ReportOptions& r = arguments_.report;
  add_severities(texts_, r);
  add_suppressions(texts_, r, suppression_files_);
  add_report_to(app_, texts_, kCheckFormats);
  app_.add_flag("-q,--quiet", r.quiet, "only findings and the verdict; no progress");
}

void CheckParser::check_combinations() const {
  const std::vector<Target>& targets = arguments_.to.targets;
  for (const Target& target : targets) {
    const bool known = target.format == Format::text || target.format == Format::json;
    if (arguments_.list && !known && target.format != Format::markdown)
      throw UsageError("--list: expected the format text, json or markdown, got {}",
                       to_string(target.format));
    if (!arguments_.list && target.format == Format::markdown)
      throw UsageError(
          "--format: markdown is for --list; expected text, json, junit, sarif or html");
  }
}

CheckArguments CheckParser::finish(bool has_project, bool completes, int argc, char** argv) {
  texts_.apply();
  arguments_.to = read_report_to(texts_, kCheckFormats);
  check_combinations();
  if (arguments_.list) return std::move(arguments_);
  if (arguments_.plugins.empty())
    throw UsageError("check: PLUGIN.so is required (surisim check --help)");
  if (arguments_.seconds && texts_.given({"--level"}).empty()) {
    arguments_.level = kMostLevel;
    arguments_.on_and_on = true;
  }
  for (const auto& [name, text] : texts_.in_order({"--fail-on"}))
    arguments_.options.insert(arguments_.options.end(), {name, text});
  for (const auto& [name, text] : texts_.in_order({"--config", "--set"}))
    arguments_.configuration.insert(arguments_.configuration.end(), {name, text});
  std::vector<NamedFile> read;
  for (const std::string& plugin : arguments_.plugins) read.push_back({"the plugin", plugin});
  for (const auto& [name, file] : texts_.in_order({"--config"})) read.push_back({name, file});
  std::vector<NamedFile> written;
  for (const Target& target : arguments_.to.targets) written.push_back({"--output", target.file});
  require_distinct_files(read, written);
  if (completes) complete_suppressions(suppression_files_, arguments_.report);
  arguments_.report.reproduce = command_line(argc, argv);
  // What reproduces a finding has all options of its run.
  if (has_project) arguments_.options.emplace_back("--no-project");
  return std::move(arguments_);
}

}  // namespace surisim::cli
