// The reports of surisim explore: text and JSON; other formats show all findings as those of one
// run.
#include "exploration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "report_json.hpp"

namespace surisim::cli {
namespace {

bool fails(const Explored& explored) {
  const auto& findings = explored.found.findings;
  return std::any_of(findings.begin(), findings.end(), [&explored](const Finding& one) {
    return one.violation.severity >= explored.how.fail_on;
  });
}

std::string where_found(const Finding& finding, const Exploration& found) {
  return fmt::format("in schedule {} of {}{}", finding.number, found.run,
                     finding.repeated ? ", and again when it was repeated"
                                      : ", but not when it was repeated: it depends on something "
                                        "besides the order of threads");
}

// All findings as violations of one run.
Summary in_one(const Exploration& found) {
  Summary all;
  all.plugins = found.plugins;
  all.stopped_by = found.cut_short;
  for (const Finding& finding : found.findings) {
    all.violations.push_back(finding.violation);
    all.violations.back().message += fmt::format(" ({}: surisim explore --replay {})",
                                                 where_found(finding, found), finding.schedule);
  }
  return all;
}

std::string counts(const Exploration& found) {
  return fmt::format("{} {}, {} of them different to the threads, {} points, {:.1f} s", found.run,
                     found.run == 1 ? "schedule" : "schedules", found.orders.size(), found.points,
                     found.seconds);
}

// "complete: all schedules with at most 2 delays, at locks, waits and 4 of 4 …"
std::string complete(const AllDelays& all) {
  std::string text = all.delays == 0 ? "the schedule without a delay has"
                     : all.delays == 1
                         ? "all schedules with at most 1 delay have"
                         : fmt::format("all schedules with at most {} delays have", all.delays);
  text += " been run, with points at locks, waits and hand-overs";
  if (all.places > 0)
    text += fmt::format(", and at {} of the {} accesses that conflict", all.points, all.places);
  return "complete: " + text + "\n";
}

// Shortens paths in this directory.
std::string shown_path(std::string text, const std::string& directory) {
  if (directory.empty()) return text;
  for (std::size_t at; (at = text.find(directory + "/")) != std::string::npos;)
    text.erase(at, directory.size() + 1);
  return text;
}

// A column for each thread, a line for each step.
std::string steps_picture(const std::vector<ScheduleStep>& steps, const std::string& directory) {
  if (steps.empty()) return "";
  std::vector<std::string> threads;
  struct Row {
    std::size_t thread;  // its index
    std::string text;
    int times = 1;
  };
  std::vector<Row> rows;
  std::size_t width = 0;
  for (const ScheduleStep& step : steps) {
    auto thread = std::find(threads.begin(), threads.end(), step.thread);
    if (thread == threads.end()) thread = threads.insert(threads.end(), step.thread);
    const std::size_t open = step.at.find(" (");
    const std::string source =
        open == std::string::npos ? step.at : step.at.substr(open + 2, step.at.size() - open - 3);
    std::string text = fmt::format("{} {}", step.what, source.substr(source.rfind('/') + 1));
    width = std::max({width, text.size(), step.thread.size()});
    const auto column = static_cast<std::size_t>(thread - threads.begin());
    if (rows.empty() || rows.back().thread != column || rows.back().text != text)
      rows.push_back({column, std::move(text)});
    else
      ++rows.back().times;
  }
  constexpr std::size_t kMaxWidth = 120;
  const bool fits = (width + 2) * threads.size() <= kMaxWidth;
  std::string out = "  the last steps, by thread:\n";
  if (fits) {
    out += "   ";
    for (const std::string& thread : threads) out += fmt::format(" {:{}}", thread, width + 1);
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  for (const auto& [thread, text, times] : rows) {
    out += fits ? fmt::format("    {:{}}{}", "", thread * (width + 2), text)
                : fmt::format("    {:10} {}", threads[thread], text);
    out += times == 1 ? "\n" : fmt::format(" ({} times)\n", times);
  }
  return shown_path(out, directory);
}

std::string explore_text(const Explored& explored, bool color) {
  const Exploration& found = explored.found;
  const std::string& directory = explored.how.directory;
  std::string out;
  for (const Finding& finding : found.findings) {
    ReportOptions how = explored.how;
    how.color = color;
    out += violation_text(finding.violation, found.plugins, explored.options, std::move(how));
    out += fmt::format("  found {}\n", where_found(finding, found));
    if (!finding.explanation.empty())
      out += fmt::format("  it happens when {}\n", shown_path(finding.explanation, directory));
    out += steps_picture(finding.steps, directory);
    out += fmt::format("  replay: {} --replay {}\n\n", explored.how.reproduce, finding.schedule);
  }
  if (!found.not_watched.empty())
    out += fmt::format("the plugin's code was not watched for data races: {}\n", found.not_watched);
  for (const std::string& one : found.not_controlled)
    out += fmt::format("not under control: {}; a repeated schedule may differ\n",
                       shown_path(one, directory));
  if (!found.alone.empty())
    out += fmt::format("each schedule ran in its own process: {}\n", found.alone);
  if (found.complete) out += complete(*found.complete);
  if (!found.cut_short.empty()) out += found.cut_short + "\n";
  return out + fmt::format("verdict: {}  {} {}; {}\n", to_string(verdict_of(explored)),
                           found.findings.size(),
                           found.findings.size() == 1 ? "finding" : "findings", counts(found));
}

}  // namespace

Verdict verdict_of(const Explored& explored) {
  if (fails(explored)) return Verdict::fail;
  return explored.found.stopped ? Verdict::incomplete : Verdict::pass;
}

std::string explore_report(Format format, bool color, const Explored& explored) {
  if (format == Format::text) return explore_text(explored, color);
  if (format == Format::json) return explore_json(explored);
  ReportOptions how = explored.how;
  how.exit_status = exit_status(explored);
  if (explored.found.stopped) how.error = explored.found.cut_short;
  how.tried = counts(explored.found);
  for (const Finding& one : explored.found.findings)
    how.found_in.push_back({"found " + where_found(one, explored.found), one.explanation, one.steps,
                            fmt::format("{} --replay {}", how.reproduce, one.schedule)});
  return report_in(format, in_one(explored.found), explored.options, how);
}

int exit_status(const Explored& explored) {
  if (explored.found.stopped) return explored.status_if_stopped;
  return fails(explored) ? kViolations : kClean;
}

// The JSON report. surisim merge and --jobs read it again.

namespace {

using nlohmann::ordered_json;

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
  const ordered_json report =
      run_json(found.plugins, found.findings, explored.options, explored.how);
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
