// Reports on a run, from its Summary and Options, and on an inspection.
//
// When:    after a run, or an inspection.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "surisim/event.hpp"
#include "surisim/facts.hpp"
#include "surisim/golden.hpp"
#include "surisim/options.hpp"
#include "surisim/rules.hpp"
#include "surisim/scenario.hpp"
#include "surisim/summary.hpp"

namespace surisim {

enum class Verdict {
  pass,
  fail,
  incomplete  // nothing failed, but not everything was checked
};

// "pass", "fail", "incomplete": the word in reports. [any thread]
const char* to_string(Verdict verdict);

// Violations that are accepted, with the reason.
struct Suppression {
  std::string rule;
  std::string reason;
  std::uint64_t count = 0;  // how many violations it covered
  // Covers only violations whose call site, source line, slot or plugin's path matches this shell
  // pattern ("*", "?", "[…]"); empty: all.
  std::string place = {};
  std::string from = {};                   // where it was requested: "known.txt:3"
  std::string until = {};                  // its last day, "2030-12-31"; empty: no end
  bool expired = false;                    // that day is over: it covers nothing
  bool left_out = false;                   // the rule is not wanted: not reported as unused
  std::vector<Violation> violations = {};  // those that it covered
};

// How a run compares with a golden file.
struct GoldenResult {
  std::string file;  // empty: not compared
  std::vector<LifecycleDifference> differences;
  std::string not_compared;  // why they could not be compared; counts as a difference

  bool same() const { return differences.empty() && not_compared.empty(); }
};

// How an exploration, or a check, found a violation.
struct FoundIn {
  std::string schedule;     // "in schedule 3 of 200, …"
  std::string explanation;  // Finding::explanation
  std::vector<ScheduleStep> steps;
  std::string replay;  // a command line that repeats it
};

struct ReportOptions {
  Severity fail_on = Severity::error;  // violations at or above it make the verdict "fail"
  Severity show = Severity::note;      // violations below it are left out of the text
  bool color = false;
  bool verbose = false;  // all threads, phases and stacks, not only the active threads
  bool quiet = false;    // only violations and the verdict
  std::vector<Suppression> suppressed;
  GoldenResult golden;
  ScenarioResult scenario;
  std::string reproduce;  // command line shown when the verdict is "fail"
  std::string directory;  // source files below it are named relative to it; empty: as they are
  std::optional<int> exit_status;  // of the command, for reports that contain it
  std::string error;               // why the run or a report is incomplete; empty: neither is
  std::string plugin_output;       // what the plugins printed and logged, for JUnit
  std::string timeline;            // from timeline_of(); empty: events are not shown
  std::vector<FoundIn> found_in;   // for each of the summary's violations; empty: of one run
  std::string tried;               // what was run, if more than one run: "134 steps"
};

Verdict verdict_of(const Summary& summary, Severity fail_on);
// The same, but also "fail" if the lifecycle differs from the golden file or a scenario's line is
// not met, and "incomplete" instead of "pass" if there is an error.
Verdict verdict_of(const Summary& summary, const ReportOptions& how);
// Moves accepted violations from the summary to the first suppression that covers them, and counts
// them.
void suppress(Summary& summary, std::vector<Suppression>& suppressions);

// For people; the last line is the verdict. Lines end in \n.
std::string text_report(const Summary& summary, const Options& options, const ReportOptions& how);
// One JSON document. Its keys are a contract: keys may be added but not renamed (docs/json.md).
std::string json_report(const Summary& summary, const Options& options, const ReportOptions& how);
// JUnit XML: a test case for each rule and plugin (docs/ci.md).
std::string junit_report(const Summary& summary, const Options& options, const ReportOptions& how);
// SARIF 2.1.0, with the rule catalogue in it (docs/ci.md).
std::string sarif_report(const Summary& summary, const Options& options, const ReportOptions& how);
// A run's events as text for ReportOptions::timeline, for the two reports below: at most `most` of
// them individually, the others as counts per interval. It has all events of some flows, rather
// than some events of all flows.
std::string timeline_of(const EventLog& events, std::size_t most);
inline constexpr std::size_t kTimelineEvents = 100'000;  // as many as a page shows well
// A self-contained HTML page: verdict, violations, timeline (docs/picture.md).
std::string html_report(const Summary& summary, const Options& options, const ReportOptions& how);
// An HTML page with this `body` in the same style, without scripts, which loads nothing.
std::string html_page(const std::string& title, const std::string& body);
// The timeline in Chrome's trace event format, which Perfetto shows (docs/picture.md).
std::string trace_report(const Summary& summary, const ReportOptions& how);

// The result of one of several scenarios, each of which is played in a separate process.
struct ScenarioCase {
  std::string file;
  std::string name;
  std::uint32_t line = 0;             // where it begins
  std::vector<std::string> failures;  // sentences, some with several lines; empty: it passed
  std::string error;                  // why it was not played to its end; empty: it was
  double seconds = 0;
};
// TAP version 13: a test for each scenario, with failures in YAML (docs/scenarios.md). First the
// beginning, then each case in order; `number`: from 1.
std::string scenarios_tap_begin(std::size_t cases);
std::string scenario_tap(std::size_t number, const ScenarioCase& one);
// JUnit XML: a suite for each file, with a test case for each scenario.
std::string scenarios_junit(std::span<const ScenarioCase> cases);

// The same for the result of inspect(); the verdict is "fail" if the plugin would not load.
std::string text_report(const Inspection& inspection, const ReportOptions& how);
std::string json_report(const Inspection& inspection, const ReportOptions& how);

// The rule catalogue: a list of all rules, one rule's page, and chosen rules for programs and
// docs/.
std::string rules_text(bool color);
std::string rule_text(const Rule& rule, bool color);
std::string rules_json(std::span<const Rule> chosen);
std::string rules_markdown(std::span<const Rule> chosen);

// The facts: a list of all, the full text of chosen ones, and chosen ones for programs and for
// docs/.
std::string facts_text(bool color);
std::string facts_text(std::span<const Fact> chosen, bool color);
std::string facts_json(std::span<const Fact> chosen);
std::string facts_markdown(std::span<const Fact> chosen);

// The version of surisim, "0.1.0".
const char* version();

}  // namespace surisim
