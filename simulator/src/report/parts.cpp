// Applies suppressions and decides the verdict (surisim/report.hpp); implements parts.hpp except
// its JSON (json_report.cpp).
#include "report/parts.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/journal.hpp"
#include "surisim/lifecycle.hpp"

namespace surisim {

namespace {

bool fits(const std::string& pattern, const std::string& text) {
  return !text.empty() && ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool covers(const Suppression& suppression, const Violation& v) {
  if (suppression.rule != v.rule || suppression.expired) return false;
  const std::string& place = suppression.place;
  return place.empty() || fits(place, v.call_site) || fits(place, v.source) ||
         fits(place, file_name(v.source)) || fits(place, v.slot) || fits(place, v.plugin) ||
         fits(place, file_name(v.plugin));
}

}  // namespace

void suppress(Summary& summary, std::vector<Suppression>& suppressions) {
  std::vector<Violation> left;
  for (Violation& v : summary.violations) {
    const auto at = std::find_if(suppressions.begin(), suppressions.end(),
                                 [&](const Suppression& s) { return covers(s, v); });
    if (at == suppressions.end()) {
      left.push_back(std::move(v));
    } else {
      ++at->count;
      at->violations.push_back(std::move(v));
    }
  }
  summary.violations = std::move(left);
}

Verdict verdict_of(const Summary& summary, Severity fail_on) {
  const bool bad = std::any_of(summary.violations.begin(), summary.violations.end(),
                               [&](const Violation& v) { return v.severity >= fail_on; });
  return bad ? Verdict::fail : Verdict::pass;
}

Verdict verdict_of(const Summary& summary, const ReportOptions& how) {
  if (!how.golden.same() || !how.scenario.unmet.empty() ||
      verdict_of(summary, how.fail_on) == Verdict::fail)
    return Verdict::fail;
  return how.error.empty() ? Verdict::pass : Verdict::incomplete;
}

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::incomplete:
      return "incomplete";
  }
  return "";
}

const char* version() { return SURISIM_VERSION; }

namespace report {

namespace {

// Whether the plugin was still being loaded, so that the summary does not list it.
bool is_of_loading(const Violation& v) {
  if (v.rule.starts_with("load-")) return true;
  return v.phase == step_of(Phase::load_plugins).name &&
         (v.callback == to_string(JournalCallback::open) ||
          v.callback == to_string(JournalCallback::entry_point) ||
          v.callback == to_string(JournalCallback::close));
}

std::string frames_text(const std::vector<StackFrame>& frames, const ReportOptions& how,
                        const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::string source = shown_path(frames[i].source, how.directory);
    out += "      " +
           style.dim(fmt::format("#{} {}{}", i, printable(frames[i].call_site),
                                 source.empty() ? "" : printable(" (" + source + ")"))) +
           "\n";
  }
  return out;
}

std::string stack_text(const Violation& v, const ReportOptions& how, const Style& style) {
  std::string out;
  // A single frame may only repeat the place.
  if (v.frames.size() != 1 || v.frames[0].call_site != v.call_site)
    out = frames_text(v.frames, how, style);
  if (!v.other_frames.empty())
    out += "    " + style.dim("the other thread:") + "\n" + frames_text(v.other_frames, how, style);
  return out;
}

// One violation: its message, its place, and where the value was set.
std::string violation_text(const Violation& v, const ReportOptions& how, const Style& style) {
  std::string out = "  " + printable(v.message);
  if (v.count > 1) out += fmt::format("  ({} times)", grouped(v.count));
  out += "\n";
  if (const std::string at = where(v, how.directory); !at.empty())
    out += "    " + style.dim(at) + "\n";
  if (!v.set_at.empty())
    out += "    " +
           style.dim("the value was set at " + printable(shown_set_at(v.set_at, how.directory))) +
           "\n";
  if (!v.called_from.empty())
    out += "    " +
           style.dim("called from " + printable(shown_set_at(v.called_from, how.directory))) + "\n";
  if (how.verbose) out += stack_text(v, how, style);
  return out;
}

std::string suppression_text(const Suppression& s) {
  const std::string suppression_remark = report::suppression_remark(s);
  if (s.count == 0 && suppression_remark.empty()) return "";
  std::string out = fmt::format("\n{}  {}", s.count == 0 ? suppression_remark : "suppressed",
                                printable(s.place.empty() ? s.rule : s.rule + ":" + s.place));
  if (s.count > 0) out += ", " + count_of(s.count, "violation");
  out += ": " + printable(s.reason);
  if (!s.until.empty()) out += ", until " + s.until;
  if (!s.from.empty()) out += fmt::format("  ({})", printable(s.from));
  return out + "\n";
}

}  // namespace

std::optional<SourcePlace> source_place(const std::string& source) {
  const std::size_t colon = source.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  SourcePlace place{source.substr(0, colon), 0};
  const char* const end = source.data() + source.size();
  const auto [stop, error] = std::from_chars(source.data() + colon + 1, end, place.line);
  if (error != std::errc{} || stop != end || place.line < 1) return std::nullopt;
  return place;
}

std::string shown_path(const std::string& path, const std::string& directory) {
  if (directory.empty()) return path;
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  const bool below = path.size() > prefix.size() && path.starts_with(prefix);
  return below ? path.substr(prefix.size()) : path;
}

std::string shown_set_at(const std::string& set_at, const std::string& directory) {
  const std::size_t open = set_at.rfind(" (");
  if (open == std::string::npos) return set_at;
  return set_at.substr(0, open + 2) + shown_path(set_at.substr(open + 2), directory);
}

namespace {

// Whether v.function had returned before the crash, hang or exit.
bool is_last_call_before(const Violation& v) {
  if (v.rule != "callback-crash" && v.rule != "callback-hang" && v.rule != "process-exit")
    return false;
  const bool inside = std::any_of(v.frames.begin(), v.frames.end(), [&](const StackFrame& frame) {
    return function_of(frame.call_site) == v.function;
  });
  return !inside && !v.message.starts_with(v.function);
}

}  // namespace

std::string where(const Violation& v, const std::string& directory) {
  std::string out;
  const auto add = [&](std::string_view before, const std::string& what) {
    if (what.empty()) return;
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", before, printable(what));
  };
  add("on ", v.other_thread.empty() ? v.thread : v.thread + " and " + v.other_thread);
  add("about ", v.tv == v.thread ? "" : v.tv);
  add("", v.phase);
  add("in ", v.callback);
  add(v.function.empty() || !is_last_call_before(v) ? "" : "after ", v.function);
  const std::string source = shown_path(v.source, directory);
  if (v.call_site.empty()) {
    add("in ", shown_path(v.plugin, directory));
    add("at ", source);
  } else {
    add("at ", source.empty() ? v.call_site : fmt::format("{} ({})", v.call_site, source));
  }
  return out;
}

std::string plugin_of(const Summary& summary, const Violation& violation) {
  if (!violation.plugin.empty()) return violation.plugin;
  if (summary.plugins.size() != 1) return "";
  const PluginInfo& only = summary.plugins.front();
  return only.loaded && is_of_loading(violation) ? "" : only.path;
}

std::string function_of(const std::string& call_site) {
  const std::size_t bang = call_site.find('!');
  if (bang == std::string::npos) return {};
  return call_site.substr(bang + 1, call_site.rfind("+0x") - bang - 1);
}

std::string suppression_remark(const Suppression& s) {
  if (s.expired) return "expired suppression";
  return s.count > 0 || s.left_out ? "" : "unused suppression";
}

std::string suppression_name(const Suppression& s) {
  return s.rule + (s.place.empty() ? "" : ":" + s.place) +
         (s.from.empty() ? "" : " (" + s.from + ")");
}

std::string path_uri(const std::string& full) {
  const std::string path = full.starts_with("./") ? full.substr(2) : full;
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string plugin_text(const PluginInfo& plugin, const Style& style) {
  std::string out = "\n" + style.bold(printable(plugin.name.empty() ? plugin.path : plugin.name));
  if (!plugin.version.empty()) out += " " + printable(plugin.version);
  if (!plugin.license.empty()) out += fmt::format("  {}", printable(plugin.license));
  if (!plugin.author.empty()) out += fmt::format("  by {}", printable(plugin.author));
  out += "\n";
  if (!plugin.name.empty() && !plugin.path.empty()) {
    out += "  " + printable(plugin.path);
    if (!plugin.suricata_version.empty())
      out += ", built for Suricata " + printable(plugin.suricata_version);
    out += "\n";
  }
  if (!plugin.loaded) out += "  not loaded\n";

  Table table("lll", 2);
  std::string_view label = "slots";
  for (const SlotInfo& slot : plugin.slots) {
    table.row({std::string(std::exchange(label, "")), slot.type + " " + printable(slot.name),
               slot.id < 0 ? "refused" : fmt::format("id {}", slot.id)});
  }
  label = "callbacks";
  for (const CallbackInfo& callback : plugin.callbacks)
    table.row({std::string(std::exchange(label, "")), callback.kind, printable(callback.symbol)});
  return out + table.str();
}

std::string violations_text(const std::vector<Violation>& violations, const ReportOptions& how,
                            const Style& style) {
  std::string out;
  std::uint64_t hidden = 0;
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
    std::vector<std::string> rules;
    for (const Violation& v : violations) {
      if (v.severity != severity) continue;
      if (severity < how.show)
        ++hidden;
      else if (std::find(rules.begin(), rules.end(), v.rule) == rules.end())
        rules.push_back(v.rule);
    }
    for (const std::string& rule : rules) {
      out += fmt::format("\n{}  {}\n", style.severity(severity), style.bold(rule));
      for (const Violation& v : violations) {
        if (v.rule != rule || v.severity != severity) continue;
        out += violation_text(v, how, style);
      }
      if (const Rule* known = find_rule(rule))
        out += wrapped(fmt::format("in a real Suricata: {}", known->consequence), 2, 100);
    }
  }
  if (hidden > 0)
    out += fmt::format("\n{} below severity {} not shown\n", count_of(hidden, "violation"),
                       to_string(how.show));
  for (const Suppression& s : how.suppressed) out += suppression_text(s);
  return out;
}

std::string golden_sentence(const GoldenResult& golden) {
  const std::string file = printable(golden.file);
  if (golden.differences.empty())
    return fmt::format("the lifecycle was not compared with {}: {}", file,
                       printable(golden.not_compared));
  return fmt::format("the lifecycle differs from {}", file);
}

std::string scenario_sentence(const ScenarioResult& scenario) {
  return fmt::format("{} of the scenario {} not met", count_of(scenario.unmet.size(), "line"),
                     scenario.unmet.size() == 1 ? "is" : "are");
}

std::string unmet_text(const ScenarioResult& scenario, const UnmetLine& unmet) {
  return fmt::format("{}:{}: {}", printable(scenario.file), unmet.line,
                     printable_lines(unmet.message));
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += (at == 0 ? "" : "\n") + printable(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string verdict_line(const std::vector<Violation>& violations, const ReportOptions& how,
                         const Style& style) {
  Summary summary;
  summary.violations = violations;
  std::string counts;
  for (const auto& [severity, noun] : {std::pair{Severity::error, "error"},
                                       {Severity::warning, "warning"},
                                       {Severity::note, "note"}})
    if (const std::uint64_t n = summary.count(severity); n > 0)
      counts += (counts.empty() ? "  " : ", ") + count_of(n, noun);
  if (!how.golden.same())
    counts += fmt::format("{}the lifecycle {} {}", counts.empty() ? "  " : ", ",
                          how.golden.differences.empty() ? "was not compared with" : "differs from",
                          printable(how.golden.file));
  if (!how.scenario.unmet.empty())
    counts += (counts.empty() ? "  " : ", ") + scenario_sentence(how.scenario);
  if (verdict_of(summary, how) == Verdict::incomplete)
    counts += fmt::format("{}{}", counts.empty() ? "  " : "; ", printable(how.error));
  return fmt::format("verdict: {}{}\n", style.verdict(verdict_of(summary, how)), counts);
}

}  // namespace report
}  // namespace surisim
