// Writes the report as a page that needs no other file and no network: the files in page/, and the
// data as JSON in a script element that is not executed. The page's script turns the data into text
// nodes, never markup. html_page() gives other pages the same style.
#include <fmt/format.h>

#include <string_view>

#include "report/parts.hpp"
#include "surisim/report.hpp"

namespace surisim {

namespace report {
// In page.cpp, which CMake generates. The markup has the placeholders {{title}}, {{style}},
// {{data}}, {{timeline}} and {{script}}.
extern const std::string_view kPageMarkup, kPageStyle, kPageScript;
}  // namespace report

namespace {

using report::Json;

// Escapes everything that could end the script element, or begin a comment or an entity in it.
std::string for_script(const std::string& json) {
  std::string out;
  out.reserve(json.size() + json.size() / 16);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const std::string_view rest = std::string_view(json).substr(i, 3);
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else if (rest == "\u2028" || rest == "\u2029") {  // end a line in older JavaScript
      out += rest == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

Json steps_json(const std::vector<ScheduleStep>& steps) {
  Json all = Json::array();
  for (const auto& [thread, what, at] : steps)
    all.push_back({{"thread", thread}, {"what", what}, {"at", at}});
  return all;
}

Json finding_json(const Summary& summary, const Violation& v, const ReportOptions& how) {
  Json out = report::violation_json(v);
  out["clock"] = v.clock;
  out["where"] = report::where(v, how.directory);
  out["plugin_path"] = report::plugin_of(summary, v);
  out["set_at_shown"] = report::shown_set_at(v.set_at, how.directory);
  if (const Rule* rule = find_rule(v.rule)) {
    out["meaning"] = rule->meaning;
    out["consequence"] = rule->consequence;
    out["fix"] = rule->fix;
  }
  return out;
}

Json findings_json(const Summary& summary, const ReportOptions& how) {
  Json all = Json::array();
  for (std::size_t i = 0; i < summary.violations.size(); ++i) {
    Json one = finding_json(summary, summary.violations[i], how);
    if (i < how.found_in.size()) {
      const FoundIn& found = how.found_in[i];
      one["found_in"] = {{"schedule", found.schedule},
                         {"explanation", found.explanation},
                         {"steps", steps_json(found.steps)},
                         {"replay", found.replay}};
    }
    all.push_back(std::move(one));
  }
  return all;
}

// What decides the verdict, or qualifies it, besides the findings.
Json remarks_json(const Summary& summary, const ReportOptions& how) {
  Json all = Json::array();
  if (!summary.stopped_by.empty()) all.push_back("stopped: " + summary.stopped_by);
  if (!how.error.empty() && how.error != summary.stopped_by) all.push_back("error: " + how.error);
  if (!how.golden.same()) all.push_back(report::golden_sentence(how.golden));
  for (const UnmetLine& unmet : how.scenario.unmet)
    all.push_back(report::unmet_text(how.scenario, unmet));
  for (const Suppression& s : how.suppressed)
    all.push_back(fmt::format("accepted: {} {} of {}: {}", s.count,
                              s.count == 1 ? "violation" : "violations",
                              report::suppression_name(s), s.reason));
  return all;
}

Json data_json(const Summary& summary, const ReportOptions& how) {
  Json plugins = Json::array();
  for (const PluginInfo& plugin : summary.plugins) plugins.push_back(report::plugin_json(plugin));
  Json out;
  report::add_head(out, summary.suricata);
  out["suricata"] = release_of(summary.suricata);
  out["verdict"] = to_string(verdict_of(summary, how));
  out["fail_on"] = to_string(how.fail_on);
  out["plugins"] = std::move(plugins);
  out["reproduce"] = how.reproduce;
  out["counts"] = {{"lifecycles", summary.lifecycles},
                   {"threads", summary.threads.size()},
                   {"flows", summary.flows.started},
                   {"packets", summary.packets}};
  out["tried"] = how.tried;
  out["findings"] = findings_json(summary, how);
  out["remarks"] = remarks_json(summary, how);
  const ScheduleSummary& schedule = summary.schedule;
  if (schedule.controlled)
    out["schedule"] = {{"points", schedule.points},
                       {"choices", schedule.choices},
                       {"switches", schedule.switches},
                       {"explanation", schedule.explanation},
                       {"steps", steps_json(schedule.steps)}};
  return out;
}

std::string title_of(const Summary& summary, const ReportOptions& how) {
  std::string name = summary.plugins.empty() ? "surisim" : summary.plugins.front().name;
  if (name.empty()) name = summary.plugins.front().path;
  return fmt::format("{}: {}", name, to_string(verdict_of(summary, how)));
}

}  // namespace

std::string html_report(const Summary& summary, const Options& /*options*/,
                        const ReportOptions& how) {
  const std::string data =
      data_json(summary, how).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  std::string_view rest = report::kPageMarkup;
  while (true) {
    const std::size_t open = rest.find("{{");
    out += rest.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = rest.find("}}", open);
    const std::string_view name = rest.substr(open + 2, close - open - 2);
    rest.remove_prefix(close + 2);
    if (name == "title") out += report::xml_escaped(title_of(summary, how));
    if (name == "style") out += report::kPageStyle;
    if (name == "script") out += report::kPageScript;
    if (name == "data") out += for_script(data);
    if (name == "timeline") out += how.timeline.empty() ? "null" : for_script(how.timeline);
  }
}

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{}</title>
<style>{}</style>
</head>
<body>
{}</body>
</html>
)",
                     report::xml_escaped(title), report::kPageStyle, body);
}

}  // namespace surisim
