#include <fmt/format.h>

#include "report/format.hpp"
#include "report/json_parts.hpp"
#include "report/style.hpp"
#include "report/text_parts.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using Status = ImportedSymbol::Status;

const char* to_string(Status status) {
  switch (status) {
    case Status::provided:
      return "provided";
    case Status::system:
      return "system";
    case Status::missing:
      return "missing";
  }
  return "";
}

std::vector<std::string> names(const Inspection& inspection, Status status) {
  std::vector<std::string> out;
  for (const ImportedSymbol& s : inspection.imports)
    if (s.status == status && !(s.weak && status == Status::missing)) out.push_back(s.name);
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
    plugin.loaded = true;  // "not loaded" goes without saying here
    out += report::plugin_text(plugin, style).substr(1);
    report::Table table("ll", 2);
    if (plugin.api_version != 0)
      table.row({"API version", fmt::format("0x{:04x}", plugin.api_version)});
    table.row({"entry point", inspection.has_entry_point ? "SCPluginRegister" : "none"});
    table.row({"libraries", inspection.needed.empty() ? "none" : joined(inspection.needed)});
    const auto provided = names(inspection, Status::provided);
    const auto missing = names(inspection, Status::missing);
    const auto system = names(inspection, Status::system);
    table.row({"imports", fmt::format("{} from Suricata, {} from the system, {} missing",
                                      provided.size(), system.size(), missing.size())});
    out += table.str();
    for (const std::string& name : provided) out += fmt::format("    provided  {}\n", name);
    if (how.verbose)
      for (const std::string& name : system) out += fmt::format("    system    {}\n", name);
    for (const std::string& name : missing) out += fmt::format("    missing   {}\n", name);
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
    imports.push_back({{"name", s.name}, {"status", to_string(s.status)}, {"weak", s.weak}});
  Json problems = Json::array();
  for (const Violation& v : inspection.problems) problems.push_back(report::violation_json(v));
  Json out;
  report::add_head(out);
  out["plugin"] = report::plugin_json(inspection.plugin);
  out["has_entry_point"] = inspection.has_entry_point;
  out["needed"] = inspection.needed;
  out["imports"] = std::move(imports);
  out["verdict"] = verdict_of(summary, how.fail_on) == Verdict::fail ? "fail" : "pass";
  out["violations"] = std::move(problems);
  return report::document(out);
}

}  // namespace surisim
