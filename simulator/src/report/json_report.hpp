// Parts of the JSON report that the other documents in JSON share.
//
// When:    after a run, or an inspection.
// Owner:   values.
// Threads: any; nothing is shared.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "surisim/report.hpp"

namespace surisim::report {

// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

Json or_null(const std::string& text);  // null for an empty text
Json plugin_json(const PluginInfo& plugin);
Json violation_json(const Violation& violation);
void add_head(Json& document);  // "tool" and "abi"
// As text. What a plugin says of itself need not be UTF-8: such bytes become U+FFFD.
std::string document(const Json& json);

}  // namespace surisim::report
