// Reports on an exploration: findings, each with the schedule that shows it, and counts.
//
// When:    after the exploration.
// Owner:   values.
// Threads: main.
#pragma once

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
};

// Text, JSON, JUnit or SARIF.
std::string explore_report(Format format, bool color, const Explored& explored);
// An ExitStatus, or 128 and a signal's number.
int exit_status(const Explored& explored);

}  // namespace surisim::cli
