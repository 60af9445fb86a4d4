#include "report/text_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "report/format.hpp"
#include "report/place.hpp"

namespace surisim::report {
namespace {

// One violation: what, where, and where its value came from.
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
  return out;
}

std::string suppression_text(const Suppression& s) {
  std::string out = fmt::format("\n{}  {}", s.count == 0 ? "unused suppression" : "suppressed",
                                printable(s.place.empty() ? s.rule : s.rule + ":" + s.place));
  if (s.count > 0) out += ", " + count_of(s.count, "violation");
  out += ": " + printable(s.reason);
  if (!s.from.empty()) out += fmt::format("  ({})", printable(s.from));
  return out + "\n";
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

namespace {

// Why a failure that was asked for never came.
std::string not_reached(const std::string& text) {
  using Kind = Fault::Kind;
  const auto fault = parse_fault(text);
  if (!fault || fault->at > 0) return "not reached: the run has fewer";
  switch (fault->kind) {
    case Kind::slot_register:
      return "not reached: no slot of that name was registered";
    case Kind::kill_while_paused:
      return "not reached: the threads were never all paused";
    default:
      return "not reached: no thread of that name came so far";
  }
}

}  // namespace

std::string faults_text(const std::vector<FaultSummary>& faults, const ReportOptions& how,
                        const Style& style) {
  Table table("ll", 2);
  bool any = false;
  for (const FaultSummary& fault : faults) {
    if (how.quiet && fault.hit) continue;
    any = true;
    Violation at;
    at.phase = fault.phase;
    at.thread = fault.thread;
    at.callback = fault.callback;
    at.call_site = fault.call_site;
    at.source = fault.source;
    const std::string what = fault.what.empty() ? "" : printable(fault.what) + ", ";
    table.row({printable(fault.fault),
               fault.hit ? what + where(at, how.directory) : not_reached(fault.fault)});
  }
  if (!any) return {};
  return "\n" + style.bold("failures on request") + "\n" + table.str();
}

std::string golden_sentence(const GoldenResult& golden) {
  const std::string file = printable(golden.file);
  if (golden.differences.empty())
    return fmt::format("the lifecycle was not compared with {}: {}", file,
                       printable(golden.not_compared));
  return fmt::format("the lifecycle differs from {}", file);
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
