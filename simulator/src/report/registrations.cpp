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

std::string loggers_text(const Summary& summary, const Style& style) {
  if (summary.loggers.empty()) return {};
  Table table("lllrl", 2);
  std::string silent;
  for (const LoggerInfo& logger : summary.loggers) {
    const bool ran = logger.why_silent.empty();
    table.row({logger.kind, printable(logger.name),
               logger.app_proto.empty() ? "" : "of " + printable(logger.app_proto),
               ran ? grouped(logger.runs) : "0", logger.runs == 1 ? "run" : "runs"});
    if (!ran)
      silent += wrapped(fmt::format("{} never ran: {}", printable(logger.name), logger.why_silent),
                        2, 100);
  }
  return "\n" + style.bold("loggers") + "\n" + table.str() + silent;
}

Json loggers_json(const Summary& summary) {
  Json all = Json::array();
  for (const LoggerInfo& logger : summary.loggers)
    all.push_back({{"plugin", or_null(logger.plugin)},
                   {"kind", logger.kind},
                   {"name", or_null(logger.name)},
                   {"app_proto", or_null(logger.app_proto)},
                   {"runs", logger.runs},
                   {"why_silent", or_null(logger.why_silent)}});
  return all;
}

Json registrations_json(const Summary& summary) {
  Json all = Json::array();
  for (const ListedInfo& r : summary.registrations)
    all.push_back(
        {{"plugin", or_null(r.plugin)}, {"kind", r.kind}, {"name", or_null(r.name)}, {"id", r.id}});
  return all;
}

}  // namespace surisim::report
