// Writes the report as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), for code
// scanning (docs/ci.md).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "report/parts.hpp"
#include "rules/found.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using report::Json;

// Rules that are not in the catalogue.
constexpr const char* kGolden = "golden-lifecycle";
constexpr const char* kScenario = "scenario-line-unmet";
constexpr const char* kBase = "SRCROOT";  // what paths are relative to

Json text(std::string_view words) { return {{"text", words}}; }

std::string sentence(std::string_view summary) { return fmt::format("The plugin {}.", summary); }

Json rule_json(const Rule& rule) {
  Json out = {{"id", rule.id},
              {"shortDescription", text(sentence(rule.summary))},
              {"fullDescription", text(rule.meaning)},
              {"help",
               {{"text", rule_text(rule, false)},
                {"markdown", rules_markdown(std::span<const Rule>(&rule, 1))}}},
              {"defaultConfiguration", {{"level", to_string(rule.severity)}}},
              {"properties", {{"facts", rule.facts}, {"tags", {"suricata", "plugin"}}}}};
  if (const std::string_view base = SURISIM_RULES_URL; !base.empty())
    out["helpUri"] = fmt::format("{}#{}", base, rule.id);
  return out;
}

Json artifact_location(const std::string& path, const ReportOptions& how) {
  const std::string shown = report::shown_path(path, how.directory);
  Json out = {{"uri", report::path_uri(shown)}};
  if (!shown.starts_with('/')) out["uriBaseId"] = kBase;
  return out;
}

// The source line, or else the plugin's file: code scanning wants a file for each result.
Json location_json(const std::string& source, const std::string& plugin,
                   const std::string& call_site, const ReportOptions& how) {
  Json out = Json::object();
  if (const auto place = report::source_place(source)) {
    out["physicalLocation"] = {{"artifactLocation", artifact_location(place->file, how)},
                               {"region", {{"startLine", place->line}}}};
  } else if (!plugin.empty()) {
    out["physicalLocation"] = {{"artifactLocation", artifact_location(plugin, how)}};
  }
  if (!call_site.empty()) {
    Json logical = {{"fullyQualifiedName", call_site}, {"kind", "function"}};
    if (const std::string name = report::function_of(call_site); !name.empty())
      logical["name"] = name;
    out["logicalLocations"] = Json::array({std::move(logical)});
  }
  return out;
}

Json stack_json(const std::vector<StackFrame>& calls, const char* message,
                const ReportOptions& how) {
  Json frames = Json::array();
  for (const StackFrame& frame : calls) {
    const std::size_t bang = frame.call_site.find('!');
    const std::string module =
        frame.call_site.substr(0, std::min(bang, frame.call_site.rfind('+')));
    frames.push_back(
        {{"module", module}, {"location", location_json(frame.source, "", frame.call_site, how)}});
  }
  return {{"message", text(message)}, {"frames", std::move(frames)}};
}

// Where the value was set: "counter.so!f+0x24 (/src/plugin.c:42)".
Json set_at_json(const Violation& v, const std::string& plugin, const ReportOptions& how) {
  const std::size_t open = v.set_at.rfind(" (");
  const bool has_source = open != std::string::npos && v.set_at.ends_with(')');
  const std::string source =
      has_source ? v.set_at.substr(open + 2, v.set_at.size() - open - 3) : "";
  Json out = location_json(source, plugin, has_source ? v.set_at.substr(0, open) : v.set_at, how);
  out["message"] = text("the value was set here");
  return out;
}

// The same for the same violation in each run: contains no addresses, lines, threads or counts.
std::string fingerprint(const Violation& v, const std::string& plugin,
                        std::map<std::string, int>& seen) {
  const std::string file = plugin.substr(plugin.rfind('/') + 1);
  const std::string key = same::in_other_builds(v, file, report::function_of(v.call_site));
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}:{}", hash, ++seen[key]);
}

class Results {
 public:
  Results(const Summary& summary, const ReportOptions& how) : summary_(summary), how_(how) {}

  void add(const Violation& v, const Suppression* suppression) {
    const std::string plugin = report::plugin_of(summary_, v);
    Json out = {{"ruleId", v.rule},
                {"level", to_string(v.severity)},
                {"message", text(message(v))},
                {"locations", locations(v, plugin)},
                {"occurrenceCount", v.count},
                {"partialFingerprints", {{"surisimPlace/v1", fingerprint(v, plugin, seen_)}}}};
    if (const Rule* const rule = find_rule(v.rule)) out["ruleIndex"] = rule - rules().data();
    if (!v.set_at.empty()) out["relatedLocations"] = Json::array({set_at_json(v, plugin, how_)});
    for (const auto& [frames, message] :
         {std::pair(&v.frames, "from the innermost call to the callback"),
          std::pair(&v.other_frames, "of the other thread")})
      if (!frames->empty()) out["stacks"].push_back(stack_json(*frames, message, how_));
    // Present and empty means not suppressed; absent would mean unknown.
    out["suppressions"] = Json::array();
    if (suppression != nullptr)
      out["suppressions"].push_back(
          {{"kind", "external"}, {"status", "accepted"}, {"justification", suppression->reason}});
    out["properties"] = report::violation_json(v);
    all_.push_back(std::move(out));
  }
  void add_golden() {
    const GoldenResult& golden = how_.golden;
    add_error(kGolden, report::golden_sentence(golden) + ".\n" + to_text(golden.differences),
              {{"artifactLocation", artifact_location(golden.file, how_)}}, golden.file);
  }
  void add_unmet(const UnmetLine& unmet) {
    const std::string& file = how_.scenario.file;
    add_error(kScenario, unmet.message,
              {{"artifactLocation", artifact_location(file, how_)},
               {"region", {{"startLine", unmet.line}}}},
              fmt::format("{}:{}", file, unmet.line));
  }
  Json take() { return std::move(all_); }

 private:
  void add_error(const char* rule, const std::string& message, Json place, const std::string& key) {
    Json location = {{"physicalLocation", std::move(place)}};
    all_.push_back({{"ruleId", rule},
                    {"level", to_string(Severity::error)},
                    {"message", text(message)},
                    {"locations", Json::array({std::move(location)})},
                    {"partialFingerprints", {{"surisimPlace/v1", key}}},
                    {"suppressions", Json::array()}});
  }
  std::string message(const Violation& v) const {
    const std::string at = report::where(v, how_.directory);
    return v.message + (v.message.ends_with('.') ? "" : ".") + (at.empty() ? "" : " (" + at + ")");
  }
  Json locations(const Violation& v, const std::string& plugin) const {
    Json location = location_json(v.source, plugin, v.call_site, how_);
    return location.empty() ? Json::array() : Json::array({std::move(location)});
  }

  const Summary& summary_;
  const ReportOptions& how_;
  std::map<std::string, int> seen_;
  Json all_ = Json::array();
};

Json notification(const char* level, const std::string& words) {
  return {{"level", level}, {"message", text(words)}};
}

Json invocation_json(const Summary& summary, const ReportOptions& how) {
  const bool failed = verdict_of(summary, how) == Verdict::fail;
  const int status = how.exit_status.value_or(failed ? 1 : 0);
  Json out = {{"executionSuccessful", status <= 1}, {"exitCode", status}};
  if (!how.reproduce.empty()) out["commandLine"] = how.reproduce;
  Json unused = Json::array();
  for (const Suppression& s : how.suppressed)
    if (const std::string what = report::suppression_remark(s); !what.empty())
      unused.push_back(
          notification(s.expired ? "warning" : "note", what + ": " + report::suppression_name(s)));
  out["toolConfigurationNotifications"] = std::move(unused);
  Json stopped = Json::array();
  if (!summary.stopped_by.empty()) stopped.push_back(notification("warning", summary.stopped_by));
  if (!how.error.empty()) stopped.push_back(notification("error", how.error));
  out["toolExecutionNotifications"] = std::move(stopped);
  return out;
}

Json artifacts_json(const Summary& summary, const ReportOptions& how) {
  Json all = Json::array();
  for (const PluginInfo& plugin : summary.plugins) {
    Json one = {{"location", artifact_location(plugin.path, how)}, {"roles", {"analysisTarget"}}};
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  }
  return all;
}

Json driver_json(const ReportOptions& how) {
  Json all = Json::array();
  for (const Rule& rule : rules()) all.push_back(rule_json(rule));
  const auto add = [&all](const char* id, const char* description) {
    all.push_back({{"id", id},
                   {"shortDescription", text(description)},
                   {"defaultConfiguration", {{"level", to_string(Severity::error)}}}});
  };
  if (!how.golden.file.empty()) add(kGolden, "The lifecycle is the recorded one.");
  if (!how.scenario.file.empty()) add(kScenario, "The scenario's lines are met.");
  return {{"name", "surisim"},
          {"version", version()},
          {"semanticVersion", version()},
          {"rules", std::move(all)}};
}

}  // namespace

std::string sarif_report(const Summary& summary, const Options& options, const ReportOptions& how) {
  Results results(summary, how);
  for (const Violation& v : summary.violations) results.add(v, nullptr);
  for (const Suppression& s : how.suppressed)
    for (const Violation& v : s.violations) results.add(v, &s);
  if (!how.golden.same()) results.add_golden();
  for (const UnmetLine& unmet : how.scenario.unmet) results.add_unmet(unmet);

  Json run;
  run["tool"] = {{"driver", driver_json(how)}};
  run["invocations"] = Json::array({invocation_json(summary, how)});
  if (!how.directory.empty()) {
    const std::string base = how.directory + (how.directory.ends_with('/') ? "" : "/");
    run["originalUriBaseIds"] = {{kBase, {{"uri", report::path_uri(base)}}}};
  }
  run["artifacts"] = artifacts_json(summary, how);
  run["results"] = results.take();
  run["columnKind"] = "utf16CodeUnits";
  run["properties"] = {{"seed", options.traffic.seed}, {"failOn", to_string(how.fail_on)}};

  Json out;
  out["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  out["version"] = "2.1.0";
  out["runs"] = Json::array({std::move(run)});
  return report::document(out);
}

}  // namespace surisim
