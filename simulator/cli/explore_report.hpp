// The reports of surisim explore: findings, each with the schedule that shows it, and counts.
//
// When:    after the exploration.
// Owner:   values.
// Threads: main.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

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

// The `config` of an exploration with these options.
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

}  // namespace surisim::cli
