// Writes the rule catalogue as text, JSON and Markdown (docs/rules.md).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "report/format.hpp"
#include "report/parts.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using report::Json;
using report::Style;

// An example, indented.
std::string indented(std::string_view code) {
  std::string out;
  while (!code.empty()) {
    const std::size_t end = code.find('\n');
    const std::string_view line = code.substr(0, end);
    out += line.empty() ? "\n" : fmt::format("    {}\n", line);
    code.remove_prefix(end == std::string_view::npos ? code.size() : end + 1);
  }
  return out;
}

std::string section(const Style& style, std::string_view heading, std::string_view prose) {
  return fmt::format("\n{}\n{}", style.bold(heading), report::wrapped(prose, 2, 80));
}

std::string consequence_with_facts(const Rule& rule) {
  const std::string_view facts = rule.facts;
  return facts.empty() ? std::string(rule.consequence)
                       : fmt::format("{} ({})", rule.consequence, facts);
}

std::string fence(const Rule& rule, const char* code) {
  return fmt::format("```{}\n{}```\n", rule.language, code);
}

std::string page_markdown(const Rule& rule) {
  return fmt::format(
      "## {}\n\n**{}**: the plugin {}.\n\n{}\n\n**In a real Suricata.** {}\n\n**What to do.** "
      "{}\n\n*Found by `{}`.*\n\nWrong:\n\n{}\nRight:\n\n{}",
      rule.id, to_string(rule.severity), rule.summary, rule.meaning, consequence_with_facts(rule),
      rule.fix, rule.detected_in, fence(rule, rule.bad), fence(rule, rule.good));
}

}  // namespace

std::string rules_text(bool color) {
  const Style style(color);
  std::size_t width = 0;
  for (const Rule& rule : rules()) width = std::max(width, std::string_view(rule.id).size());
  std::string out;
  for (const Rule& rule : rules()) {
    const std::string_view severity = to_string(rule.severity);
    out += fmt::format("{}{:{}}  {}{:{}}  {}\n", style.bold(rule.id), "",
                       width - std::string_view(rule.id).size(), style.severity(rule.severity), "",
                       7 - severity.size(), rule.summary);
  }
  return out + "\nsurisim rules RULE: what it means, and how to do it right\n";
}

std::string rule_text(const Rule& rule, bool color) {
  const Style style(color);
  std::string out = fmt::format("{}  {}\n", style.severity(rule.severity), style.bold(rule.id));
  out += report::wrapped(fmt::format("The plugin {}.", rule.summary), 2, 80);
  out += section(style, "meaning", rule.meaning);
  out += section(style, "in a real Suricata", consequence_with_facts(rule));
  out += section(style, "what to do", rule.fix);
  out += section(style, "found by", rule.detected_in);
  out += fmt::format("\n{}\n{}", style.bold("wrong"), indented(rule.bad));
  out += fmt::format("\n{}\n{}", style.bold("right"), indented(rule.good));
  return out + "\nslot and flow_slot are registered in Init, with FreeState, which calls free.\n";
}

std::string rules_json(std::span<const Rule> chosen) {
  Json all = Json::array();
  for (const Rule& rule : chosen)
    all.push_back({{"id", rule.id},
                   {"severity", to_string(rule.severity)},
                   {"summary", rule.summary},
                   {"meaning", rule.meaning},
                   {"consequence", rule.consequence},
                   {"fix", rule.fix},
                   {"facts", report::or_null(rule.facts)},
                   {"detected_in", rule.detected_in},
                   {"language", rule.language},
                   {"bad", rule.bad},
                   {"good", rule.good}});
  Json out;
  report::add_head(out);
  out["rules"] = std::move(all);
  return report::document(out);
}

std::string rules_markdown(std::span<const Rule> chosen) {
  if (chosen.size() == 1) return page_markdown(chosen.front());
  std::string table;
  std::string pages;
  for (const Rule& rule : chosen) {
    table += fmt::format("| [{0}](#{0}) | {1} | {2} |\n", rule.id, to_string(rule.severity),
                         rule.summary);
    pages += "\n" + page_markdown(rule);
  }
  return fmt::format(
      "# The rules\n\n"
      "What surisim finds. This page is `surisim rules --format markdown`; `surisim rules RULE` "
      "shows one rule.\n"
      "An id never changes. Severity: **error**, the plugin is wrong in a real Suricata; "
      "**warning**, it works by\nluck, or not in every mode; **note**, worth knowing. L1, L2, … "
      "are facts about Suricata\n([facts.md](facts.md)).\n\n"
      "In the examples `slot` and `flow_slot` are a thread slot and a flow slot of the plugin's, "
      "registered in\nits Init with `FreeState`, which calls free; `State` has one counter, "
      "`flows`.\n\n"
      "| rule | severity | the plugin |\n|---|---|---|\n{}{}",
      table, pages);
}

}  // namespace surisim
