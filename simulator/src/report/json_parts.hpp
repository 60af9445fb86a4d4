// What several JSON reports have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "surisim/plugin.hpp"
#include "surisim/report.hpp"
#include "surisim/violation.hpp"

namespace surisim::report {

// Keys stay in the order in which they are written.
using Json = nlohmann::ordered_json;

Json or_null(const std::string& text);  // null for an empty text
Json plugin_json(const PluginInfo& plugin);
Json violation_json(const Violation& violation);
Json suppression_json(const Suppression& suppression);
void add_head(Json& document);  // "tool" and "abi"
std::string document(const Json& json);

}  // namespace surisim::report
