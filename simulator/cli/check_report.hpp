// The state of a check, and its reports. The JSON report is also what --resume continues from, and
// what surisim merge reads.
//
// When:    filled while steps run, in their order; reported afterwards.
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

// A step in a report.
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
  bool in_plain = false;    // step 1, which all shares run, is one of them
  std::string suppressed;   // why it is accepted; empty: it is not
};

// A step that could not tell whether the plugin is correct.
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
  std::uint64_t hung = 0;     // steps in which a callback did not return
};

// NOLINTNEXTLINE(bugprone-exception-escape): moving a json does not throw
struct Checked {
  std::vector<PluginInfo> plugins;
  nlohmann::json config;  // must be equal in all shares of a check, and for --resume
  std::vector<CheckFinding> findings;
  std::vector<NotJudged> not_judged;
  std::vector<TriedRow> tried;
  std::uint64_t steps = 0;           // that were run
  std::uint64_t next = 1;            // all steps before this one have been run
  std::vector<std::uint64_t> ahead;  // steps after `next` that have been run
  std::uint64_t shard = 1;           // of `shards`
  std::uint64_t shards = 1;
  double seconds = 0;          // summed over shares and resumed parts
  std::string cut_short;       // why not all steps were tried; empty: all were
  std::string time_over;       // how far it came when time was up; empty: it was not
  std::string not_controlled;  // why runs had no schedule; empty: they had one
  int stopped = 0;             // the exit status if a signal ended it; 0: none did
  ReportOptions how;
};

// Adds the mistake, or counts one more step for it.
void add_finding(Checked& checked, const Violation& violation, const CheckedStep& step);
// Applies `how.suppressed`. Called once, before a report.
void accept_suppressed(Checked& checked);

// The JSON report (check_json.cpp), and back. parse_check_json() throws UsageError; `name`: of its
// file.
std::string check_json(const Checked& checked);
Checked parse_check_json(const std::string& name, const std::string& text);
// Whether the text is a report of surisim check, not of surisim explore.
bool is_check_json(const std::string& text);

// Text, JSON, JUnit, SARIF or HTML.
std::string check_report(Format format, bool color, const Checked& checked);
Verdict verdict_of(const Checked& checked);
int exit_status(const Checked& checked);

// Merges the shares of one check. Throws UsageError if they are of different checks; `names`: of
// their files.
Checked merged_checks(std::vector<Checked> shares, const std::vector<std::string>& names);

}  // namespace surisim::cli
