#include "report/registrations.hpp"

#include <fmt/format.h>

#include "report/format.hpp"

namespace surisim::report {

std::string registrations_text(const Summary& summary, const Style& style) {
  if (summary.registrations.empty()) return {};
  Table table("llll", 2);
  for (const ListedInfo& r : summary.registrations)
    table.row({r.kind, printable(r.name), r.id < 0 ? "" : fmt::format("id {}", r.id),
               r.plugin.empty() ? "" : "by " + printable(r.plugin)});
  return "\n" + style.bold("registered") + " (listed only: nothing drives it here)\n" + table.str();
}

Json registrations_json(const Summary& summary) {
  Json all = Json::array();
  for (const ListedInfo& r : summary.registrations)
    all.push_back(
        {{"plugin", or_null(r.plugin)}, {"kind", r.kind}, {"name", or_null(r.name)}, {"id", r.id}});
  return all;
}

}  // namespace surisim::report
