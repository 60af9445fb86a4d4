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
  incomplete  // nothing that fails was found, but not all was judged
};

// "pass", "fail", "incomplete": as reports have it. [any thread]
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
  std::string until = {};                  // its last day, "2030-12-31"; empty: it has none
  bool expired = false;                    // that day is over: it covers nothing
  bool left_out = false;                   // the rule is not wanted: no report says it is unused
  std::vector<Violation> violations = {};  // that it covered
};

// How a run compares with a golden file.
struct GoldenResult {
  std::string file;  // empty: not compared
  std::vector<LifecycleDifference> differences;
  std::string not_compared;  // why they could not be compared; counts as a difference

  bool same() const { return differences.empty() && not_compared.empty(); }
};

// How an exploration, or a check, came to a violation.
struct FoundIn {
  std::string schedule;     // "in schedule 3 of 200, …"
  std::string explanation;  // Finding::explanation
  std::vector<ScheduleStep> steps;
  std::string replay;  // a command line that shows it again
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
  std::optional<int> exit_status;  // of the command, for reports that have it
  std::string error;               // why the run or a report is not whole; empty: both are
  std::string plugin_output;       // what the plugins printed and logged, for JUnit
  std::string timeline;            // timeline_of() the run's events; empty: they are not shown
  std::vector<FoundIn> found_in;   // for each of the summary's violations; empty: of one run
  std::string tried;               // how much, if it is not one run: "134 steps"
};

Verdict verdict_of(const Summary& summary, Severity fail_on);
// The same; "fail" where the lifecycle differs from the golden file or a scenario's line is not
// met, too, and "incomplete" in place of "pass" where there is an error.
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
// A run's events for the two reports below, as text for ReportOptions::timeline: at most `most` of
// them one by one, the others as counts for stretches of time. All events of some flows are there,
// rather than some of all.
std::string timeline_of(const EventLog& events, std::size_t most);
inline constexpr std::size_t kTimelineEvents = 100'000;  // that a page shows well
// An HTML page that needs nothing else: verdict, violations, timeline (docs/picture.md).
std::string html_report(const Summary& summary, const Options& options, const ReportOptions& how);
// A page in the same style around `body`, which is HTML: it runs no script and loads nothing.
std::string html_page(const std::string& title, const std::string& body);
// The timeline in Chrome's trace event format, which Perfetto shows (docs/picture.md).
std::string trace_report(const Summary& summary, const ReportOptions& how);

// A scenario of several, each played in a process of its own.
struct ScenarioCase {
  std::string file;
  std::string name;
  std::uint32_t line = 0;             // of its beginning
  std::vector<std::string> failures;  // sentences, some of several lines; empty: it passed
  std::string error;                  // why it was not played to its end; empty: it was
  double seconds = 0;
};
// TAP version 13: a test for each scenario, with failures in YAML (docs/scenarios.md). First its
// begin, then each case, in their order; `number`: from 1.
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

// The facts: a list of all of them, the whole text of some, and either for programs and for docs/.
std::string facts_text(bool color);
std::string facts_text(std::span<const Fact> chosen, bool color);
std::string facts_json(std::span<const Fact> chosen);
std::string facts_markdown(std::span<const Fact> chosen);

// The version of surisim, "0.1.0".
const char* version();

}  // namespace surisim
