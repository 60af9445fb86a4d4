// The parts of surisim explore (explore_command.cpp): exploring in one process or several, and the
// reports on what was found.
//
// When:    while surisim explore runs; the reports afterwards, and in surisim merge.
// Owner:   values. All processes have ended when a function returns.
// Threads: main, which must be the only one, as it forks.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "arguments.hpp"
#include "output.hpp"
#include "surisim/explore.hpp"
#include "surisim/options.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

struct Explored {
  Exploration found;
  Options options;  // of each run
  ReportOptions how;
  int status_if_stopped = 0;  // the ExitStatus of an exploration that was stopped
  // Must be equal in all shares of an exploration.
  nlohmann::ordered_json config;
  std::uint64_t shard = 1;  // of `shards`
  std::uint64_t shards = 1;
};

// explore_report.cpp. The `config` of an exploration with these options.
nlohmann::ordered_json config_of(const Options& options, const ReportOptions& how,
                                 const ExploreOptions& which);

// The JSON report, and back. parse_explore_json() throws UsageError; `name`: of the file.
std::string explore_json(const Explored& explored);
Explored parse_explore_json(const std::string& name, const std::string& text);

Verdict verdict_of(const Explored& explored);
// Text, JSON, JUnit, SARIF, HTML or a trace.
std::string explore_report(Format format, bool color, const Explored& explored);
// An ExitStatus, or 128 and a signal's number.
int exit_status(const Explored& explored);

// explore_jobs.cpp. The progress so far.
struct ExploreCounts {
  std::uint64_t run = 0;  // schedules
  std::uint64_t orders = 0;
  std::uint64_t findings = 0;
};

// Explores one share in this process.
Explored explore_here(const ExploreArguments& arguments,
                      const std::function<void(const ExploreCounts&)>& progress);
// Divides the share into arguments.jobs shares. `progress` gets sums, in which equal orders and
// findings of several processes count more than once. Throws what a process has thrown.
Explored explore_in_jobs(const ExploreArguments& arguments,
                         const std::function<void(const ExploreCounts&)>& progress);

}  // namespace surisim::cli
