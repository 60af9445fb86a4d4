// What a check has found so far, and the reports on it. The JSON report is also the state from
// which another check goes on, and what shares are merged from.
//
// When:    filled while steps run, in their order; reported after it.
// Owner:   values.
// Threads: main.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "output.hpp"
#include "surisim/options.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

// A step, as a report has it.
struct CheckedStep {
  std::uint64_t number = 0;
  std::string id;  // of its row
  std::string command;
};

// A mistake, at the first step that showed it.
struct CheckFinding {
  Violation violation;
  CheckedStep step;
  std::uint64_t steps = 0;  // that showed it
  bool in_plain = false;    // the plain run, which all shares make, is one of them
  std::string suppressed;   // why it is accepted; empty: it is not
};

// A step of which it cannot be said whether the plugin passes.
struct NotJudged {
  CheckedStep step;
  std::string why;
  int status = 0;  // the exit status of its command
};

struct TriedRow {
  int level = 0;
  std::string id;
  std::uint64_t steps = 0;    // that were run
  std::uint64_t planned = 0;  // of this share
  std::uint64_t hung = 0;     // of the steps, those in which a callback did not return
};

// NOLINTNEXTLINE(bugprone-exception-escape): moving a json does not throw
struct Checked {
  std::vector<PluginInfo> plugins;
  nlohmann::json config;  // what is the same for all shares of a check, and when it goes on
  std::vector<CheckFinding> findings;
  std::vector<NotJudged> not_judged;
  std::vector<TriedRow> tried;
  std::uint64_t steps = 0;           // that were run
  std::uint64_t next = 1;            // the first step that was not run, of all shares
  std::vector<std::uint64_t> ahead;  // after `next`, that were run
  std::uint64_t shard = 1;           // of `shards`
  std::uint64_t shards = 1;
  double seconds = 0;          // of shares and parts: their sum
  std::string cut_short;       // why not all was tried that was asked for; empty: it was
  std::string time_over;       // how far it came, when its time was over; empty: it was not
  std::string not_controlled;  // why runs had no schedule; empty: they had one
  int stopped = 0;             // the exit status, if a signal ended it
  ReportOptions how;
};

// Counts one step for the mistake.
void add_finding(Checked& checked, const Violation& violation, const CheckedStep& step);
// To be called once at the end: what is accepted, in `how.suppressed`.
void accept_suppressed(Checked& checked);

// Text, JSON, JUnit, SARIF or HTML.
std::string check_report(Format format, bool color, const Checked& checked);
Verdict verdict_of(const Checked& checked);
int exit_status(const Checked& checked);

// Shares of one check as one. Throws UsageError if they are not; `names`: of their files.
Checked merged_checks(std::vector<Checked> shares, const std::vector<std::string>& names);

}  // namespace surisim::cli
