// The JSON report of surisim check, written and read.

#include <stdexcept>
#include <utility>

#include "check_report.hpp"
#include "report_json.hpp"

namespace surisim::cli {
namespace {

using nlohmann::ordered_json;

ordered_json step_json(const CheckedStep& step) {
  return {{"number", step.number}, {"id", step.id}, {"command", step.command}};
}

CheckedStep step_of(const ordered_json& from) {
  return {from.at("number").get<std::uint64_t>(), from.at("id").get<std::string>(),
          from.at("command").get<std::string>()};
}

CheckFinding finding_of(const ordered_json& from) {
  CheckFinding finding;
  finding.violation = violation_of(from.at("violation"));
  finding.step = step_of(from.at("step"));
  finding.steps = from.at("steps").get<std::uint64_t>();
  finding.in_plain = from.at("in_plain").get<bool>();
  finding.suppressed = text_at(from, "suppressed");
  return finding;
}

Checked checked_of(const ordered_json& from) {
  Checked checked;
  for (const ordered_json& one : from.at("plugins")) checked.plugins.push_back(plugin_of(one));
  checked.config = nlohmann::json::parse(from.at("check").dump());
  checked.how.fail_on = severity_of(checked.config.at("fail_on").get<std::string>());
  for (const ordered_json& one : from.at("findings")) checked.findings.push_back(finding_of(one));
  for (const ordered_json& one : from.at("not_judged"))
    checked.not_judged.push_back(
        {step_of(one.at("step")), one.at("why").get<std::string>(), one.at("status").get<int>()});
  for (const ordered_json& one : from.at("tried"))
    checked.tried.push_back({one.at("level").get<int>(), one.at("id").get<std::string>(),
                             one.at("steps").get<std::uint64_t>(),
                             one.at("planned").get<std::uint64_t>(),
                             one.at("hung").get<std::uint64_t>()});
  checked.steps = from.at("steps").get<std::uint64_t>();
  checked.next = from.at("next").get<std::uint64_t>();
  checked.ahead = from.at("ahead").get<std::vector<std::uint64_t>>();
  checked.shard = from.at("shard").at("index").get<std::uint64_t>();
  checked.shards = from.at("shard").at("of").get<std::uint64_t>();
  checked.seconds = from.at("seconds").get<double>();
  checked.not_controlled = text_at(from, "not_controlled");
  checked.time_over = text_at(from, "time_over");
  checked.cut_short = text_at(from, "cut_short");
  checked.stopped = from.at("stopped").get<int>();
  checked.how.reproduce = text_at(from, "reproduce");
  return checked;
}

}  // namespace

std::string check_json(const Checked& checked) {
  const ordered_json report = run_json(checked.plugins, checked.findings, {}, checked.how);
  ordered_json findings = ordered_json::array();
  for (std::size_t i = 0; i < checked.findings.size(); ++i) {
    const CheckFinding& finding = checked.findings[i];
    findings.push_back({{"violation", report["violations"][i]},
                        {"step", step_json(finding.step)},
                        {"steps", finding.steps},
                        {"in_plain", finding.in_plain},
                        {"suppressed", or_null(finding.suppressed)}});
  }
  ordered_json not_judged = ordered_json::array();
  for (const NotJudged& one : checked.not_judged)
    not_judged.push_back({{"step", step_json(one.step)}, {"why", one.why}, {"status", one.status}});
  ordered_json tried = ordered_json::array();
  for (const TriedRow& row : checked.tried)
    tried.push_back({{"level", row.level},
                     {"id", row.id},
                     {"steps", row.steps},
                     {"planned", row.planned},
                     {"hung", row.hung}});
  ordered_json out;
  out["tool"] = report["tool"];
  out["plugins"] = report["plugins"];
  out["check"] = ordered_json::parse(checked.config.dump());
  out["shard"] = {{"index", checked.shard}, {"of", checked.shards}};
  out["verdict"] = to_string(verdict_of(checked));
  out["findings"] = std::move(findings);
  out["not_judged"] = std::move(not_judged);
  out["suppressed"] = report["suppressed"];
  out["tried"] = std::move(tried);
  out["steps"] = checked.steps;
  out["next"] = checked.next;
  out["ahead"] = checked.ahead;
  out["seconds"] = checked.seconds;
  out["stopped"] = checked.stopped;
  out["not_controlled"] = or_null(checked.not_controlled);
  out["time_over"] = or_null(checked.time_over);
  out["cut_short"] = or_null(checked.cut_short);
  out["reproduce"] = or_null(checked.how.reproduce);
  return out.dump(2) + "\n";
}

Checked parse_check_json(const std::string& name, const std::string& text) {
  constexpr const char* kExpected = "expected a JSON report of surisim check";
  try {
    return checked_of(ordered_json::parse(text));
  } catch (const nlohmann::json::exception&) {
    throw UsageError("{}: {}", name, kExpected);
  } catch (const std::invalid_argument&) {
    throw UsageError("{}: {}", name, kExpected);
  }
}

bool is_check_json(const std::string& text) {
  const ordered_json report = ordered_json::parse(text, nullptr, false);
  return report.is_object() && report.contains("check");
}

}  // namespace surisim::cli
