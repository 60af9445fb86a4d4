// The JSON report of an exploration: written, and read again by surisim merge and by the process
// that shares the work among jobs.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "explore_report.hpp"
#include "report_json.hpp"

namespace surisim::cli {
namespace {

using nlohmann::ordered_json;

// A report on a run with these plugins and violations, whose parts this one has.
ordered_json as_of_a_run(const Explored& explored) {
  Summary all;
  all.plugins = explored.found.plugins;
  for (const Finding& finding : explored.found.findings)
    all.violations.push_back(finding.violation);
  return ordered_json::parse(json_report(all, explored.options, explored.how));
}

std::string in_hex(std::uint32_t order) { return fmt::format("{:08x}", order); }

std::uint32_t from_hex(const std::string& text) {
  std::uint32_t order = 0;
  std::from_chars(text.data(), text.data() + text.size(), order, 16);
  return order;
}

ordered_json ran_json(const RanSchedule& one) {
  return {{"number", one.number},
          {"order", one.order ? ordered_json(in_hex(*one.order)) : ordered_json()},
          {"points", one.points},
          {"choices", one.choices}};
}

RanSchedule ran(const ordered_json& from) {
  RanSchedule one{from.at("number").get<std::uint64_t>(),
                  {},
                  from.at("points").get<std::uint64_t>(),
                  from.at("choices").get<std::uint64_t>()};
  if (const std::string order = text_at(from, "order"); !order.empty()) one.order = from_hex(order);
  return one;
}

Finding finding(const ordered_json& from) {
  Finding one{violation_of(from.at("violation")), from.at("schedule_number").get<std::uint64_t>(),
              from.at("schedule").get<std::string>(), from.at("repeated").get<bool>()};
  one.explanation = text_at(from, "explanation");
  for (const ordered_json& step : from.at("steps"))
    one.steps.push_back({step.at("thread").get<std::string>(), step.at("what").get<std::string>(),
                         step.at("at").get<std::string>()});
  return one;
}

ordered_json steps_json(const std::vector<ScheduleStep>& steps) {
  ordered_json out = ordered_json::array();
  for (const ScheduleStep& step : steps)
    out.push_back({{"thread", step.thread}, {"what", step.what}, {"at", step.at}});
  return out;
}

Exploration exploration(const ordered_json& from) {
  Exploration found;
  found.run = from.at("schedules").get<std::uint64_t>();
  found.points = from.at("points").get<std::uint64_t>();
  found.seconds = from.at("seconds").get<double>();
  found.cut_short = text_at(from, "cut_short");
  found.stopped = from.at("stopped").get<bool>();
  found.alone = text_at(from, "alone");
  found.not_watched = text_at(from, "not_watched");
  found.not_controlled = from.at("not_controlled").get<std::vector<std::string>>();
  found.first = ran(from.at("first"));
  if (const ordered_json& all = from.at("complete"); !all.is_null())
    found.complete = {all.at("delays").get<std::uint64_t>(), all.at("points").get<std::uint64_t>(),
                      all.at("places").get<std::uint64_t>()};
  for (const ordered_json& one : from.at("plugins")) found.plugins.push_back(plugin_of(one));
  for (const ordered_json& one : from.at("findings")) found.findings.push_back(finding(one));
  if (from.contains("order_hashes"))
    for (const ordered_json& one : from.at("order_hashes"))
      found.orders.insert(from_hex(one.get<std::string>()));
  if (from.contains("each"))
    for (const ordered_json& one : from.at("each")) found.each.push_back(ran(one));
  return found;
}

}  // namespace

ordered_json config_of(const Options& options, const ReportOptions& how,
                       const ExploreOptions& which) {
  ordered_json config = ordered_json::parse(json_report({}, options, how))["config"];
  config["strategy"] = or_null(which.strategy);
  config["schedules"] = which.seconds ? ordered_json() : ordered_json(which.schedules);
  config["translate"] = which.watch;
  config["stop_on_first"] = which.stop_on_first;
  config["show"] = to_string(which.show);
  return config;
}

std::string explore_json(const Explored& explored) {
  const Exploration& found = explored.found;
  const ordered_json report = as_of_a_run(explored);
  ordered_json findings = ordered_json::array();
  for (std::size_t i = 0; i < found.findings.size(); ++i) {
    const Finding& finding = found.findings[i];
    findings.push_back({{"violation", report["violations"][i]},
                        {"schedule_number", finding.number},
                        {"schedule", finding.schedule},
                        {"repeated", finding.repeated},
                        {"explanation", or_null(finding.explanation)},
                        {"steps", steps_json(finding.steps)}});
  }
  ordered_json out;
  out["tool"] = {{"name", "surisim"}, {"version", version()}};
  out["plugins"] = report["plugins"];
  out["config"] = explored.config;
  out["shard"] = {{"index", explored.shard}, {"of", explored.shards}};
  out["schedules"] = found.run;
  out["orders"] = found.orders.size();
  out["points"] = found.points;
  out["seconds"] = found.seconds;
  out["stopped"] = found.stopped;
  out["cut_short"] = or_null(found.cut_short);
  out["complete"] = found.complete ? ordered_json({{"delays", found.complete->delays},
                                                   {"points", found.complete->points},
                                                   {"places", found.complete->places}})
                                   : ordered_json();
  out["alone"] = or_null(found.alone);
  out["not_watched"] = or_null(found.not_watched);
  out["not_controlled"] = found.not_controlled;
  out["verdict"] = to_string(verdict_of(explored));
  out["findings"] = std::move(findings);
  out["first"] = ran_json(found.first);
  out["reproduce"] = or_null(explored.how.reproduce);
  if (explored.shards > 1) {
    ordered_json& hashes = out["order_hashes"] = ordered_json::array();
    for (const std::uint32_t order : found.orders) hashes.push_back(in_hex(order));
  }
  for (const RanSchedule& one : found.each) out["each"].push_back(ran_json(one));
  return out.dump(2) + "\n";
}

Explored parse_explore_json(const std::string& name, const std::string& text) {
  constexpr const char* kExpected = "expected a JSON report of surisim explore";
  try {
    const ordered_json from = ordered_json::parse(text);
    Explored explored;
    explored.found = exploration(from);
    explored.config = from.at("config");
    explored.shard = from.at("shard").at("index").get<std::uint64_t>();
    explored.shards = from.at("shard").at("of").get<std::uint64_t>();
    explored.how.reproduce = text_at(from, "reproduce");
    explored.options.traffic.seed = explored.config.at("seed").get<std::uint64_t>();
    explored.how.fail_on = severity_of(explored.config.at("fail_on").get<std::string>());
    return explored;
  } catch (const nlohmann::json::exception&) {
    throw UsageError("{}: {}", name, kExpected);
  } catch (const std::invalid_argument&) {
    throw UsageError("{}: {}", name, kExpected);
  }
}

}  // namespace surisim::cli
