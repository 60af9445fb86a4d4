// Writes the report of `surisim inspect` as text and as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "report/format.hpp"
#include "report/parts.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using Status = ImportedSymbol::Status;
using Support = ImportedSymbol::Support;

const char* to_string(Status status) {
  constexpr const char* kNames[] = {"provided", "system", "missing"};
  return kNames[static_cast<std::size_t>(status)];
}

const char* to_string(Support support) {
  constexpr const char* kNames[] = {"system", "modelled", "accepted", "unknown", "absent"};
  return kNames[static_cast<std::size_t>(support)];
}

// A missing weak symbol does not keep the plugin from loading.
bool counts(const ImportedSymbol& symbol) {
  return !(symbol.weak && symbol.status == Status::missing);
}

std::size_t number(const Inspection& inspection, Status status) {
  return static_cast<std::size_t>(
      std::count_if(inspection.imports.begin(), inspection.imports.end(),
                    [status](const auto& s) { return s.status == status && counts(s); }));
}

std::string lines(const Inspection& inspection, Support support) {
  std::string out;
  for (const ImportedSymbol& s : inspection.imports) {
    if (s.support != support || !counts(s)) continue;
    const bool missing = s.status == Status::missing;
    const bool not_here = support == Support::unknown && !missing;
    out += fmt::format("    {:<8}  {}", not_here ? "not here" : to_string(support),
                       report::printable(s.name));
    if (missing && support != Support::absent)
      out += "  (missing: the plugin does not load)";
    else if (not_here)
      out += "  (Suricata has it; here it does nothing, and calling it is unsupported-function)";
    if (!s.elsewhere.empty()) out += fmt::format("  ({})", s.elsewhere);
    out += "\n";
  }
  return out;
}

// "Flow.flags  (at 104, in 9.0 at 120): plugin.c:41, plugin.c:60"
std::string moved_lines(const Inspection& inspection) {
  constexpr std::size_t kMax = 4;  // places
  std::string out;
  for (const MovedField& field : inspection.moved) {
    const std::string there =
        field.there < 0 ? fmt::format("not in {}", to_string(inspection.suricata))
                        : fmt::format("in {} at {}", to_string(inspection.suricata), field.there);
    out += fmt::format("    moved     {}  (at {}, {})", field.name, field.offset, there);
    for (std::size_t i = 0; i < std::min(field.places.size(), kMax); ++i)
      out += (i == 0 ? ": " : ", ") + report::printable(field.places[i]);
    if (field.places.size() > kMax) out += fmt::format(" and {} more", field.places.size() - kMax);
    out += "\n";
  }
  return out;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& name : all) out += (out.empty() ? "" : ", ") + report::printable(name);
  return out;
}

Summary as_summary(const Inspection& inspection) {
  Summary summary;
  summary.violations = inspection.problems;
  return summary;
}

}  // namespace

std::string text_report(const Inspection& inspection, const ReportOptions& how) {
  const report::Style style(how.color);
  std::string out;
  if (!how.quiet) {
    PluginInfo plugin = inspection.plugin;
    plugin.loaded = true;  // avoids "not loaded": an inspection loads nothing
    out += report::plugin_text(plugin, style).substr(1);
    report::Table table("ll", 2);
    if (plugin.api_version != 0)
      table.row({"API version", fmt::format("0x{:04x}", plugin.api_version)});
    table.row({"entry point", inspection.has_entry_point ? "SCPluginRegister" : "none"});
    table.row({"libraries", inspection.needed.empty() ? "none" : joined(inspection.needed)});
    if (inspection.for_all_versions) table.row({"made for", "all versions of Suricata"});
    table.row({"compared with", fmt::format("Suricata {}", release_of(inspection.suricata))});
    table.row({"imports",
               fmt::format("{} from Suricata, {} from the system, {} missing",
                           number(inspection, Status::provided), number(inspection, Status::system),
                           number(inspection, Status::missing))});
    out += table.str();
    for (const Support support :
         {Support::modelled, Support::accepted, Support::unknown, Support::absent})
      out += lines(inspection, support);
    out += moved_lines(inspection);
    if (how.verbose) out += lines(inspection, Support::none);
  }
  out += report::violations_text(inspection.problems, how, style);
  if (how.quiet && !out.empty()) out.erase(0, 1);
  if (!out.empty()) out += "\n";
  return out + report::verdict_line(inspection.problems, how, style);
}

std::string json_report(const Inspection& inspection, const ReportOptions& how) {
  using report::Json;
  const Summary summary = as_summary(inspection);
  Json imports = Json::array();
  for (const ImportedSymbol& s : inspection.imports)
    imports.push_back(
        {{"name", s.name},
         {"status", to_string(s.status)},
         {"support", s.support == Support::none ? Json(nullptr) : Json(to_string(s.support))},
         {"weak", s.weak},
         {"elsewhere", s.elsewhere.empty() ? Json(nullptr) : Json(s.elsewhere)}});
  Json problems = Json::array();
  for (const Violation& v : inspection.problems) problems.push_back(report::violation_json(v));
  Json out;
  report::add_head(out, inspection.suricata);
  out["plugin"] = report::plugin_json(inspection.plugin);
  out["for_all_versions"] = inspection.for_all_versions;
  out["has_entry_point"] = inspection.has_entry_point;
  out["needed"] = inspection.needed;
  out["imports"] = std::move(imports);
  Json moved = Json::array();
  for (const MovedField& field : inspection.moved)
    moved.push_back({{"name", field.name},
                     {"offset", field.offset},
                     {"there", field.there < 0 ? Json(nullptr) : Json(field.there)},
                     {"places", field.places}});
  out["moved_fields"] = std::move(moved);
  out["verdict"] = verdict_of(summary, how.fail_on) == Verdict::fail ? "fail" : "pass";
  out["violations"] = std::move(problems);
  return report::document(out);
}

}  // namespace surisim
