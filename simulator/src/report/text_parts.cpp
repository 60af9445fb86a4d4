#include "report/text_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "report/format.hpp"

namespace surisim::report {
namespace {

std::string where(const Violation& v) {
  std::string out;
  const auto add = [&](std::string_view before, const std::string& what) {
    if (what.empty()) return;
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", before, printable(what));
  };
  add("on ", v.thread);
  add("about ", v.tv == v.thread ? "" : v.tv);
  add("", v.phase);
  add("in ", v.callback);
  add("", v.function);
  add("at ", v.call_site);
  return out;
}

}  // namespace

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
        out += "  " + printable(v.message);
        if (v.count > 1) out += fmt::format("  ({} times)", grouped(v.count));
        out += "\n";
        if (const std::string at = where(v); !at.empty()) out += "    " + style.dim(at) + "\n";
      }
    }
  }
  if (hidden > 0)
    out += fmt::format("\n{} below severity {} not shown\n", count_of(hidden, "violation"),
                       to_string(how.show));
  for (const Suppression& s : how.suppressed)
    out += fmt::format("\nsuppressed  {}, {}: {}\n", s.rule,
                       s.count == 0 ? "which did not occur" : count_of(s.count, "violation"),
                       printable(s.reason));
  return out;
}

std::string golden_text(const ReportOptions& how, const Style& style) {
  const GoldenResult& golden = how.golden;
  if (golden.file.empty() || (golden.same() && how.quiet)) return {};
  const std::string head = "\n" + style.bold("lifecycle") + "  ";
  const std::string file = printable(golden.file);
  if (golden.same()) return head + fmt::format("as in {}\n", file);
  if (golden.differences.empty())
    return head + fmt::format("not compared with {}: {}\n", file, printable(golden.not_compared));
  return head +
         fmt::format("differs from {}: - recorded, + now, > moved, ~ with another result\n", file) +
         to_text(golden.differences);
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
  return fmt::format("verdict: {}{}\n", style.verdict(verdict_of(summary, how)), counts);
}

}  // namespace surisim::report
