// What several reports share: the place of a violation, parts of text reports, parts of JSON
// reports.
//
// When:    after a run or an inspection.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/format.hpp"
#include "surisim/report.hpp"

namespace surisim::report {

// A violation's place.

struct SourcePlace {
  std::string file;
  int line = 0;
};

// Splits "/src/plugin.c:42"; nullopt if the text is not of this form.
std::optional<SourcePlace> source_place(const std::string& source);
// The path, relative to `directory` if it is below that.
std::string shown_path(const std::string& path, const std::string& directory);
// "counter.so!f+0x24 (/src/plugin.c:42)", with the path relative if it is below `directory`.
std::string shown_set_at(const std::string& set_at, const std::string& directory);
// Everything known about the place, on one line: "on W#01 and FR#01, traffic, in flow init,
// SCThreadSetStorageById, at counter.so!f+0x24 (plugin.c:42)".
std::string where(const Violation& violation, const std::string& directory);
// The path of the plugin that broke the rule: the violation's, or else the run's only plugin; empty
// if unknown, as when another plugin was being loaded.
std::string plugin_of(const Summary& summary, const Violation& violation);
// The function of a call site, without file and offset; empty if there is none.
std::string function_of(const std::string& call_site);
// "unused suppression", "expired suppression"; empty: neither.
std::string suppression_remark(const Suppression& suppression);
// "value-leaked:legacy.so* (known.txt:3)".
std::string suppression_name(const Suppression& suppression);
// A path as a URI: "a%20b.c"; an absolute one as "file:///a%20b.c".
std::string path_uri(const std::string& path);

// Text.

// Name, version, license, author, path, slots and callbacks.
std::string plugin_text(const PluginInfo& plugin, const Style& style);
// Grouped by rule, the most severe first, and in the order found; then the suppressions.
std::string violations_text(const std::vector<Violation>& violations, const ReportOptions& how,
                            const Style& style);
// "the lifecycle differs from plugin.golden", or why the two were not compared. Only if
// !golden.same().
std::string golden_sentence(const GoldenResult& golden);
// "2 lines of the scenario are not met"
std::string scenario_sentence(const ScenarioResult& scenario);
// "my.scenario:7: expected …"; it may have several lines.
std::string unmet_text(const ScenarioResult& scenario, const UnmetLine& unmet);
// As printable(), but keeps line breaks.
std::string printable_lines(std::string_view text);
// "verdict: fail  2 errors, 1 warning"
std::string verdict_line(const std::vector<Violation>& violations, const ReportOptions& how,
                         const Style& style);

// JSON.

// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

Json or_null(const std::string& text);  // null for an empty text
Json plugin_json(const PluginInfo& plugin);
Json violation_json(const Violation& violation);
// "tool" and "abi"
void add_head(Json& document, Suricata version = Suricata::v9_0);
// The document as text. Bytes that are not UTF-8 (plugins' texts need not be) become U+FFFD.
std::string document(const Json& json);

}  // namespace surisim::report
