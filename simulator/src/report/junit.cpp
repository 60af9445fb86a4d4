// Writes the report of a run as JUnit XML, and the results of scenarios as JUnit XML and as TAP
// (testanything.org, version 13). JUnit has no standard: this uses what Jenkins, GitLab and
// GitHub's actions all read (docs/ci.md).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "report/format.hpp"
#include "report/parts.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using report::xml_escaped;

std::string attribute(const char* name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, xml_escaped(value));
}

// The violations of one rule by one plugin.
struct Case {
  std::vector<const Violation*> failures;  // at or above --fail-on
  std::vector<const Violation*> others;
  std::vector<const Suppression*> suppressions;
};

struct Suite {
  std::string plugin;  // path; empty: violations without a plugin
  std::string name;
};

std::vector<Suite> suites_of(const Summary& summary) {
  std::vector<Suite> suites;
  for (const PluginInfo& plugin : summary.plugins) {
    const auto same = [&](const Suite& suite) { return suite.plugin == plugin.path; };
    if (std::none_of(suites.begin(), suites.end(), same))
      suites.push_back({plugin.path, plugin.name.empty() ? plugin.path : plugin.name});
  }
  return suites;
}

bool belongs(const Summary& summary, const Suite& suite, const Violation& v) {
  const std::string plugin = report::plugin_of(summary, v);
  const bool known = std::any_of(summary.plugins.begin(), summary.plugins.end(),
                                 [&](const PluginInfo& p) { return p.path == plugin; });
  return known ? plugin == suite.plugin : suite.plugin.empty();
}

Case case_of(const Summary& summary, const ReportOptions& how, const Suite& suite,
             const std::string& rule) {
  Case found;
  for (const Violation& v : summary.violations)
    if (v.rule == rule && belongs(summary, suite, v))
      (v.severity >= how.fail_on ? found.failures : found.others).push_back(&v);
  for (const Suppression& s : how.suppressed) {
    const bool here = std::any_of(
        s.violations.begin(), s.violations.end(),
        [&](const Violation& v) { return v.rule == rule && belongs(summary, suite, v); });
    if (here) found.suppressions.push_back(&s);
  }
  return found;
}

std::string described(const std::vector<const Violation*>& violations, const ReportOptions& how) {
  std::string out;
  for (const Violation* v : violations) {
    out += fmt::format("{}: {}{}\n", to_string(v->severity), v->message,
                       v->count > 1 ? fmt::format("  ({} times)", v->count) : "");
    if (const std::string at = report::where(*v, how.directory); !at.empty())
      out += "  " + at + "\n";
    if (!v->set_at.empty())
      out += "  the value was set at " + report::shown_set_at(v->set_at, how.directory) + "\n";
    if (!v->called_from.empty())
      out += "  called from " + report::shown_set_at(v->called_from, how.directory) + "\n";
  }
  return out;
}

std::string failure(const std::string& rule, const Case& c, const ReportOptions& how) {
  std::string text = described(c.failures, how);
  if (const Rule* known = find_rule(rule))
    text += fmt::format("In a real Suricata: {}\nsurisim rules {}\n", known->consequence, rule);
  if (!how.reproduce.empty()) text += "reproduce: " + how.reproduce + "\n";
  const Violation& first = *c.failures.front();
  return fmt::format("      <failure{}{}>{}</failure>\n", attribute("message", first.message),
                     attribute("type", to_string(first.severity)), xml_escaped(text));
}

std::string case_text(const Suite& suite, const std::string& rule, const Case& c,
                      const std::string& not_judged, const ReportOptions& how) {
  std::string out =
      fmt::format("    <testcase{}{}", attribute("classname", suite.name), attribute("name", rule));
  const auto source =
      c.failures.empty() ? std::nullopt : report::source_place(c.failures.front()->source);
  if (source) out += attribute("file", report::shown_path(source->file, how.directory));
  std::string inner;
  std::string accepted;
  for (const Suppression* s : c.suppressions)
    accepted += (accepted.empty() ? "" : "; ") + s->reason;
  if (!c.failures.empty())
    inner += failure(rule, c, how);
  else if (!accepted.empty() || !not_judged.empty())
    inner += fmt::format("      <skipped{}/>\n",
                         attribute("message", accepted.empty() ? not_judged : accepted));
  if (!c.others.empty())
    inner +=
        fmt::format("      <system-out>{}</system-out>\n", xml_escaped(described(c.others, how)));
  return inner.empty() ? out + "/>\n" : fmt::format("{}>\n{}    </testcase>\n", out, inner);
}

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;

  std::string attributes() const {
    return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests,
                       failures, errors, skipped);
  }
};

std::string properties_of(const Summary& summary, const Options& options, const ReportOptions& how,
                          const Suite& suite) {
  std::vector<std::pair<const char*, std::string>> all = {
      {"plugin", suite.plugin},
      {"seed", std::to_string(options.traffic.seed)},
      {"reproduce", how.reproduce},
      {"stopped", summary.stopped_by}};
  for (const Suppression& s : how.suppressed)
    if (const std::string what = report::suppression_remark(s); !what.empty())
      all.emplace_back(s.expired ? "expired suppression" : "unused suppression",
                       report::suppression_name(s));
  std::string out;
  for (const auto& [name, value] : all)
    if (!value.empty())
      out += fmt::format("      <property{}{}/>\n", attribute("name", name),
                         attribute("value", value));
  return out;
}

// The output of all plugins: it is not known which one printed what.
std::string output_of(const Suite& suite, const ReportOptions& how) {
  if (suite.plugin.empty() || how.plugin_output.empty()) return {};
  return fmt::format("    <system-out>{}</system-out>\n", xml_escaped(how.plugin_output));
}

std::string suite_text(const Summary& summary, const Options& options, const ReportOptions& how,
                       const Suite& suite, Counts& total) {
  Counts counts;
  std::string cases;
  std::vector<std::string> names;
  for (const Rule& rule : rules()) names.emplace_back(rule.id);
  for (const Violation& v : summary.violations)  // rules that are not in the catalogue
    if (std::find(names.begin(), names.end(), v.rule) == names.end()) names.push_back(v.rule);
  // If the run was cut short, rules not broken so far might have been broken later.
  const std::string not_judged =
      summary.stopped_by.empty() ? "" : "not judged to the end: " + summary.stopped_by;
  for (const std::string& rule : names) {
    const Case c = case_of(summary, how, suite, rule);
    const bool nothing = c.failures.empty() && c.others.empty() && c.suppressions.empty();
    if (suite.plugin.empty() && nothing) continue;
    ++counts.tests;
    if (!c.failures.empty())
      ++counts.failures;
    else if (!c.suppressions.empty() || !not_judged.empty())
      ++counts.skipped;
    cases += case_text(suite, rule, c, not_judged, how);
  }
  if (counts.tests == 0) return {};
  total.tests += counts.tests;
  total.failures += counts.failures;
  total.skipped += counts.skipped;
  return fmt::format(
      "  <testsuite{}{} time=\"{:.3f}\">\n    <properties>\n{}    </properties>\n{}{}"
      "  </testsuite>\n",
      attribute("name", suite.name), counts.attributes(), summary.total_seconds,
      properties_of(summary, options, how, suite), cases, output_of(suite, how));
}

struct FileCase {
  const char* suite;
  std::string name, file;
  std::string message;  // of a failure; empty: it passed
  std::string text;
};

// A suite with one case, about a file.
std::string file_suite(const FileCase& one, const ReportOptions& how, Counts& total) {
  if (one.file.empty()) return {};
  Counts counts;
  counts.tests = 1;
  std::string inner;
  if (!one.message.empty()) {
    counts.failures = 1;
    const std::string again = how.reproduce.empty() ? "" : "reproduce: " + how.reproduce + "\n";
    inner =
        fmt::format("      <failure{}{}>{}</failure>\n", attribute("message", one.message),
                    attribute("type", to_string(Severity::error)), xml_escaped(one.text + again));
  }
  total.tests += counts.tests;
  total.failures += counts.failures;
  return fmt::format("  <testsuite{}{}>\n    <testcase{}{}{}>\n{}    </testcase>\n  </testsuite>\n",
                     attribute("name", one.suite), counts.attributes(),
                     attribute("classname", one.suite), attribute("name", one.name),
                     attribute("file", report::shown_path(one.file, how.directory)), inner);
}

FileCase golden_case(const GoldenResult& golden) {
  return {"lifecycle", golden.file, golden.file,
          golden.same() ? "" : report::golden_sentence(golden), to_text(golden.differences)};
}

FileCase scenario_case(const ScenarioResult& scenario) {
  std::string text;
  for (const UnmetLine& unmet : scenario.unmet) text += report::unmet_text(scenario, unmet) + "\n";
  return {"scenario", scenario.name, scenario.file,
          scenario.unmet.empty() ? "" : report::scenario_sentence(scenario), text};
}

// A suite with one case: the error that ended the run early.
std::string error_suite(const ReportOptions& how, Counts& total) {
  if (how.error.empty()) return {};
  Counts counts;
  counts.tests = counts.errors = 1;
  total.tests += counts.tests;
  total.errors += counts.errors;
  return fmt::format(
      "  <testsuite{}{}>\n    <testcase{}{}>\n      <error{}/>\n    </testcase>\n  </testsuite>\n",
      attribute("name", "run"), counts.attributes(), attribute("classname", "run"),
      attribute("name", "is whole"), attribute("message", how.error));
}

}  // namespace

std::string junit_report(const Summary& summary, const Options& options, const ReportOptions& how) {
  std::vector<Suite> suites = suites_of(summary);
  suites.push_back({"", "surisim"});
  Counts total;
  std::string inner;
  for (const Suite& suite : suites) inner += suite_text(summary, options, how, suite, total);
  inner += file_suite(golden_case(how.golden), how, total);
  inner += file_suite(scenario_case(how.scenario), how, total);
  inner += error_suite(how, total);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"surisim\"{} "
      "time=\"{:.3f}\">\n{}</testsuites>\n",
      total.attributes(), summary.total_seconds, inner);
}

// The results of scenarios.

namespace {

// Escapes '#', which would begin a directive.
std::string tap_name(std::string_view text) {
  std::string out;
  for (const char c : report::printable(text)) {
    if (c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A YAML block scalar.
std::string yaml_block(std::string_view text, std::string_view indent) {
  std::string out = "|\n" + std::string(indent);
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out + "\n";
}

// A YAML string in double quotes.
std::string yaml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : report::printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string tap_details(const ScenarioCase& one) {
  std::string out = fmt::format("  ---\n  file: {}\n  line: {}\n", yaml_string(one.file), one.line);
  if (!one.error.empty())
    out += "  error: " + yaml_block(report::printable_lines(one.error), "    ");
  if (!one.failures.empty()) out += "  failures:\n";
  for (const std::string& failure : one.failures)
    out += "    - " + yaml_block(report::printable_lines(failure), "      ");
  return out + "  ...\n";
}

std::string junit_case(const ScenarioCase& one) {
  std::string out = fmt::format("    <testcase{}{}{} line=\"{}\" time=\"{:.3f}\"",
                                attribute("classname", one.file), attribute("name", one.name),
                                attribute("file", one.file), one.line, one.seconds);
  if (one.error.empty() && one.failures.empty()) return out + "/>\n";
  out += ">\n";
  if (!one.error.empty()) {
    out += fmt::format("      <error{}/>\n", attribute("message", one.error));
  } else {
    const std::string& first = one.failures.front();
    std::string all;
    for (const std::string& failure : one.failures) all += failure + "\n";
    out += fmt::format("      <failure{}{}>{}</failure>\n",
                       attribute("message", first.substr(0, first.find('\n'))),
                       attribute("type", to_string(Severity::error)), xml_escaped(all));
  }
  return out + "    </testcase>\n";
}

struct CaseCounts {
  Counts counts;
  double seconds = 0;

  void add(const ScenarioCase& one) {
    ++counts.tests;
    seconds += one.seconds;
    if (!one.error.empty()) {
      ++counts.errors;
    } else if (!one.failures.empty()) {
      ++counts.failures;
    }
  }
  std::string attributes() const {
    return fmt::format("{} time=\"{:.3f}\"", counts.attributes(), seconds);
  }
};

}  // namespace

std::string scenarios_tap_begin(std::size_t cases) {
  return fmt::format("TAP version 13\n1..{}\n", cases);
}

std::string scenario_tap(std::size_t number, const ScenarioCase& one) {
  const bool passed = one.error.empty() && one.failures.empty();
  std::string out = fmt::format("{}ok {} - {}: {}\n", passed ? "" : "not ", number,
                                tap_name(one.file), tap_name(one.name));
  if (!passed) out += tap_details(one);
  return out;
}

std::string scenarios_junit(std::span<const ScenarioCase> cases) {
  CaseCounts total;
  std::string suites;
  for (auto at = cases.begin(); at != cases.end();) {
    const auto end =
        std::find_if(at, cases.end(), [&](const auto& one) { return one.file != at->file; });
    CaseCounts counts;
    std::string inner;
    for (auto one = at; one != end; ++one) {
      counts.add(*one);
      total.add(*one);
      inner += junit_case(*one);
    }
    suites += fmt::format("  <testsuite{}{}>\n{}  </testsuite>\n", attribute("name", at->file),
                          counts.attributes(), inner);
    at = end;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"surisim\"{}>\n{}"
      "</testsuites>\n",
      total.attributes(), suites);
}

}  // namespace surisim
