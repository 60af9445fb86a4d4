#include "report/value_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "report/format.hpp"

namespace surisim::report {
namespace {

// Threads of one kind, by the part of the name before the number: "W", "FR", "main".
struct Family {
  std::string_view prefix;
  std::vector<std::string> names;
  std::uint64_t n = 0;
};

// "1,300 on FR#01, 700 on W#01 … W#04".
std::string by_family(const std::vector<ValueSummary::On>& on,
                      std::uint64_t ValueSummary::On::*number) {
  std::vector<Family> families;
  for (const ValueSummary::On& o : on) {
    if (o.*number == 0) continue;
    const std::string_view prefix = std::string_view(o.thread).substr(0, o.thread.find('#'));
    auto at = std::find_if(families.begin(), families.end(),
                           [&](const Family& f) { return f.prefix == prefix; });
    if (at == families.end()) at = families.insert(families.end(), {prefix, {}, 0});
    at->names.push_back(o.thread);
    at->n += o.*number;
  }
  std::string out;
  for (const Family& f : families)
    out += fmt::format("{}{} on {}", out.empty() ? "" : ", ", grouped(f.n), compress(f.names));
  return out;
}

std::string line(const ValueSummary& v) {
  if (v.made == 0) return "never set";
  std::string made = by_family(v.on, &ValueSummary::On::made);
  std::string freed = by_family(v.on, &ValueSummary::On::freed);
  if (made.empty()) made = grouped(v.made);
  if (freed.empty()) freed = grouped(v.freed);
  std::string out = fmt::format("made {}; freed {}", made, freed);
  if (v.taken > 0) out += fmt::format("; {} taken out by the plugin", grouped(v.taken));
  if (v.kept > 0)
    out += fmt::format("; {} kept on {}, whose storage Suricata never frees (L27)", grouped(v.kept),
                       v.kept == 1 ? "a command thread" : "command threads");
  if (v.left > 0) out += fmt::format("; {} left at the end", grouped(v.left));
  return out;
}

}  // namespace

std::string value_lines(const Summary& summary, const Style& style) {
  if (summary.values.empty()) return {};
  Table table("lll", 2);
  for (const ValueSummary& v : summary.values)
    table.row({printable(v.slot), v.storage + " slot", line(v)});
  return "\n" + style.bold("values") + "\n" + table.str();
}

}  // namespace surisim::report
