// Parts of JSON reports, written and read again, and what surisim merge requires of shares.
//
// When:    after a process of surisim has written a report, or for a file that the user names.
// Owner:   values.
// Threads: any.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "output.hpp"
#include "surisim/plugin.hpp"
#include "surisim/rules.hpp"
#include "surisim/violation.hpp"

namespace surisim::cli {

// An empty text is null in JSON.
nlohmann::ordered_json or_null(const std::string& text);
std::string text_at(const nlohmann::ordered_json& from, const char* key);

// These throw nlohmann::json::exception and std::invalid_argument if it is not from a report.
Severity severity_of(const std::string& text);
Violation violation_of(const nlohmann::ordered_json& from);
PluginInfo plugin_of(const nlohmann::ordered_json& from);

// The JSON report of a run with these plugins and the violations of `findings`.
template <class Finding>
nlohmann::ordered_json run_json(const std::vector<PluginInfo>& plugins,
                                const std::vector<Finding>& findings, const Options& options,
                                const ReportOptions& how) {
  Summary all;
  all.plugins = plugins;
  for (const Finding& finding : findings) all.violations.push_back(finding.violation);
  return nlohmann::ordered_json::parse(json_report(all, options, how));
}

// Throws UsageError if two of the files `names` are the same share.
template <class Share>
void require_different_shares(const std::vector<Share>& shares,
                              const std::vector<std::string>& names) {
  std::map<std::uint64_t, std::string> files;  // by share
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto [at, is_new] = files.emplace(shares[i].shard, names[i]);
    if (!is_new)
      throw UsageError("{} and {} are both share {} of {}; expected each once", at->second,
                       names[i], shares[i].shard, shares[i].shards);
  }
}

// "2 of 4 shares are missing"; empty: none. They are different shares.
template <class Share>
std::string missing_shares(const std::vector<Share>& shares) {
  const std::uint64_t all = shares[0].shards;
  if (shares.size() == all) return "";
  return fmt::format("{} of {} shares are missing", all - shares.size(), all);
}

}  // namespace surisim::cli
