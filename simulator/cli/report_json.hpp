// Parts of JSON reports, read again.
//
// When:    after a process of surisim has written one, or a user has named its file.
// Owner:   values.
// Threads: any.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "surisim/plugin.hpp"
#include "surisim/rules.hpp"
#include "surisim/violation.hpp"

namespace surisim::cli {

// A missing text is null.
nlohmann::ordered_json or_null(const std::string& text);
std::string text_at(const nlohmann::ordered_json& from, const char* key);

// These throw nlohmann::json::exception and std::invalid_argument for what no report has.
Severity severity_of(const std::string& text);
Violation violation_of(const nlohmann::ordered_json& from);
PluginInfo plugin_of(const nlohmann::ordered_json& from);

}  // namespace surisim::cli
