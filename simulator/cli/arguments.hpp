// The parsed command line: a struct for each subcommand.
//
// When:    once, at the start of main().
// Owner:   values.
// Threads: main.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "output.hpp"
#include "sandbox/limits.hpp"
#include "surisim/explore.hpp"
#include "surisim/golden.hpp"
#include "surisim/options.hpp"
#include "surisim/report.hpp"
#include "surisim/scenario.hpp"

namespace surisim::cli {

struct RunArguments {
  std::vector<std::string> plugins;
  Options options;
  ReportOptions report;
  ReportTo to;
  std::vector<std::string> suppression_files = {};  // read into report.suppressed
  std::string events;  // file for the event log, "-" for stdout; empty: none
  sandbox::ChildLimits limits;
  bool in_process = false;
  bool wants_lifecycle = false;  // for a golden file
  bool silent = false;           // discard what the plugin's process prints
  std::string plugin_output;     // file for what the plugin prints and logs; empty: stderr
  // Try each fault of this kind, one run for each, at most `sweep_limit`.
  std::optional<Fault::Kind> sweep;
  std::uint64_t sweep_limit = 1000;
  std::optional<Scenario> scenario = {};  // instead of generated traffic
};

struct RecordArguments {
  RunArguments run;
  std::string golden;  // the file to write
};

struct VerifyArguments {
  RunArguments run;
  std::string file;  // the golden one
  Lifecycle golden;
};

struct CompareArguments {
  std::string recording;
  std::vector<std::string> beside;  // plugins that the real Suricata loaded before the probe
  std::string probe;                // the plugin; empty: the one that is installed with surisim
  std::string golden;               // write the lifecycle there if it is equal; empty: do not
  ReportTo to;
};

struct ExploreArguments {
  RunArguments run;        // without a schedule
  ExploreOptions which;    // schedules; seed and severity are those of `run`
  std::uint32_t jobs = 1;  // processes at once
};
inline constexpr std::uint32_t kMostJobs = 1024;

struct CheckArguments {
  std::vector<std::string> plugins;
  std::vector<std::string> options;           // of each run, as words: --timeout 5
  std::vector<std::string> configuration;     // the same: --config and --set
  bool one_host = false;                      // --suricata names it
  int level = 5;                              // from 1
  std::optional<std::uint64_t> seconds = {};  // then no run is started; nullopt: no limit
  bool on_and_on = false;                     // continue after all levels, until time is up
  std::uint64_t seed = 1;
  std::uint64_t shard = 1;  // of `shards`, from 1
  std::uint64_t shards = 1;
  std::uint32_t jobs = 1;  // runs at once
  bool list = false;       // only list what would be tried
  std::string resume;      // the JSON report to continue from; empty: none
  ReportOptions report;
  ReportTo to;
};

struct MergeArguments {
  std::vector<std::string> reports;  // of shares, in JSON
  ReportTo to;
};

// The most instructions that a call of this callback may take.
struct CallbackLimit {
  std::string callback;  // "flow update"
  std::uint64_t max;
};

// The options have checks and recording off.
struct BenchArguments {
  std::vector<std::string> plugins;
  Options options;
  bool instructions = false;  // counted, instead of times
  std::string baseline;       // a JSON report; empty: none
  double tolerance = 0;       // percent
  std::vector<CallbackLimit> limits_of_callbacks;
  std::string against;       // an older build; empty: none
  std::uint32_t pairs = 20;  // of runs, to compare the two
  ReportTo to;
  sandbox::ChildLimits limits;
  bool in_process = false;
};

struct InspectArguments {
  std::string plugin;
  std::optional<Suricata> suricata;
  ReportOptions report;
  ReportTo to;
  sandbox::ChildLimits limits;
  bool in_process = false;
};

struct LifecycleArguments {
  ReportTo to;
};

struct RulesArguments {
  std::string rule;  // empty: all
  ReportTo to;
};

struct FactsArguments {
  std::vector<std::string> numbers;  // empty: all
  ReportTo to;
};

struct TestArguments {
  std::vector<std::string> files;
  std::vector<std::string> plugins;      // instead of those that the scenarios name
  std::vector<std::string> run_options;  // for each run: "--timeout=5"
  std::uint32_t jobs = 1;
  Target to = {Format::tap, ""};
};

struct ScenarioFromArguments {
  std::string capture;
  std::uint64_t flow = 0;  // from 1, the smallest first; 0: all
  std::string output;      // empty: stdout
};

// Help or the version.
struct PrintText {
  std::string text;
};

using Command = std::variant<RunArguments, RecordArguments, VerifyArguments, CompareArguments,
                             ExploreArguments, CheckArguments, MergeArguments, BenchArguments,
                             InspectArguments, LifecycleArguments, RulesArguments, FactsArguments,
                             TestArguments, ScenarioFromArguments, PrintText>;

// Throws UsageError.
Command parse_arguments(int argc, char** argv);

}  // namespace surisim::cli
