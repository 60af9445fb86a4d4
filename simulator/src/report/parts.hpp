// What several reports share: a violation's place, parts of the text report, parts of the JSON.
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

// "/src/plugin.c:42" in its parts; nothing when it is not of this form.
std::optional<SourcePlace> source_place(const std::string& source);
// Relative to `directory` if below it, else as it is.
std::string shown_path(const std::string& path, const std::string& directory);
// "/src/plugin.c:42" within "counter.so!f+0x24 (/src/plugin.c:42)", relative if below `directory`.
std::string shown_set_at(const std::string& set_at, const std::string& directory);
// "on W#01 and FR#01, traffic, in flow init, SCThreadSetStorageById, at counter.so!f+0x24
// (plugin.c:42)": all that is known of it, on one line.
std::string where(const Violation& violation, const std::string& directory);
// Path of the plugin at fault: the violation's own, or the only one of the run, unless another one
// was being loaded; empty when unknown.
std::string plugin_of(const Summary& summary, const Violation& violation);
// The plugin's function in a call site, without file and offset; empty when there is none.
std::string function_of(const std::string& call_site);
// "value-leaked:legacy.so* (known.txt:3)".
std::string suppression_name(const Suppression& suppression);
// For a URI: "a b.c" as "a%20b.c"; an absolute path as "file:///a%20b.c".
std::string path_uri(const std::string& path);

// Text.

// Name, version, license, author, path, slots and callbacks.
std::string plugin_text(const PluginInfo& plugin, const Style& style);
// Grouped by rule, the worst first; within a rule in the order found. And what was suppressed.
std::string violations_text(const std::vector<Violation>& violations, const ReportOptions& how,
                            const Style& style);
// "the lifecycle differs from plugin.golden", or why the two were not compared. Only for a result
// that is not same().
std::string golden_sentence(const GoldenResult& golden);
// "verdict: fail  2 errors, 1 warning"
std::string verdict_line(const std::vector<Violation>& violations, const ReportOptions& how,
                         const Style& style);

// JSON.

// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

Json or_null(const std::string& text);  // null for an empty text
Json plugin_json(const PluginInfo& plugin);
Json violation_json(const Violation& violation);
void add_head(Json& document);  // "tool" and "abi"
// As text. What a plugin says of itself need not be UTF-8: such bytes become U+FFFD.
std::string document(const Json& json);

}  // namespace surisim::report
