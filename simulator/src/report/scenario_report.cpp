// Writes the results of several scenarios as TAP and as JUnit XML.
//
// Source:  testanything.org, version 13; docs/ci.md for JUnit.
#include <fmt/format.h>

#include <algorithm>

#include "report/format.hpp"
#include "report/parts.hpp"
#include "surisim/report.hpp"

namespace surisim {

namespace {

using report::xml_escaped;

// A '#' would begin a directive.
std::string tap_name(std::string_view text) {
  std::string out;
  for (const char c : report::printable(text)) {
    if (c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A block of YAML: the text's lines, indented.
std::string yaml_block(std::string_view text, std::string_view indent) {
  std::string out = "|\n" + std::string(indent);
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out + "\n";
}

// In double quotes.
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

std::string xml_attribute(const char* name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, xml_escaped(value));
}

std::string junit_case(const ScenarioCase& one) {
  std::string out = fmt::format(
      "    <testcase{}{}{} line=\"{}\" time=\"{:.3f}\"", xml_attribute("classname", one.file),
      xml_attribute("name", one.name), xml_attribute("file", one.file), one.line, one.seconds);
  if (one.error.empty() && one.failures.empty()) return out + "/>\n";
  out += ">\n";
  if (!one.error.empty()) {
    out += fmt::format("      <error{}/>\n", xml_attribute("message", one.error));
  } else {
    const std::string& first = one.failures.front();
    std::string all;
    for (const std::string& failure : one.failures) all += failure + "\n";
    out += fmt::format("      <failure{}{}>{}</failure>\n",
                       xml_attribute("message", first.substr(0, first.find('\n'))),
                       xml_attribute("type", to_string(Severity::error)), xml_escaped(all));
  }
  return out + "    </testcase>\n";
}

struct CaseCounts {
  std::size_t tests = 0, failures = 0, errors = 0;
  double seconds = 0;

  void add(const ScenarioCase& one) {
    ++tests;
    seconds += one.seconds;
    if (!one.error.empty()) {
      ++errors;
    } else if (!one.failures.empty()) {
      ++failures;
    }
  }
  std::string attributes() const {
    return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"{:.3f}\"",
                       tests, failures, errors, seconds);
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
    suites += fmt::format("  <testsuite{}{}>\n{}  </testsuite>\n", xml_attribute("name", at->file),
                          counts.attributes(), inner);
    at = end;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"surisim\"{}>\n{}"
      "</testsuites>\n",
      total.attributes(), suites);
}

}  // namespace surisim
