// Writes the rule catalogue and the facts about Suricata as text, JSON and Markdown (docs/rules.md,
// docs/facts.md).
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

// The facts.

namespace {

std::string paragraph(const Style& style, std::string_view heading, std::string_view prose) {
  return fmt::format("\n  {}\n{}", style.bold(heading), report::wrapped(prose, 4, 80));
}

std::string text_of(const Fact& fact, const Style& style) {
  const bool is_of_8_0 = fact.number[0] == 'E';
  std::string out =
      fmt::format("{}  {}{}.\n", style.bold(fact.number), is_of_8_0 ? "In 8.0: " : "", fact.title);
  out += "\n" + report::wrapped(fact.what, 2, 80);
  out += paragraph(style, "what to do", fact.advice);
  if (*fact.here != '\0') out += paragraph(style, "in surisim", fact.here);
  return out + paragraph(style, "source", fact.source);
}

std::string markdown_of(const Fact& fact) {
  const std::string here = *fact.here == '\0' ? "" : fmt::format("*In surisim.* {}\n\n", fact.here);
  return fmt::format("### {}\n\n**{}.** {}\n\n*What to do.* {}\n\n{}*Source:* {}.\n", fact.number,
                     fact.title, fact.what, fact.advice, here, fact.source);
}

// Whether the fact is the first of its section among `all`.
bool opens_section(std::span<const Fact> all, std::size_t i) {
  return i == 0 || std::string_view(all[i - 1].section) != all[i].section;
}

}  // namespace

std::string facts_text(bool color) {
  const Style style(color);
  std::string out;
  const auto all = facts();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (opens_section(all, i))
      out += fmt::format("{}{}\n", i == 0 ? "" : "\n", style.bold(all[i].section));
    out += fmt::format("  {:3}  {}\n", all[i].number, all[i].title);
  }
  return out +
         "\nsurisim facts NUMBER: what Suricata does, and what to do about it\n"
         "E1, E2, …: how Suricata 8.0 differs from 9.0, for which the others hold\n";
}

std::string facts_text(std::span<const Fact> chosen, bool color) {
  const Style style(color);
  std::string out;
  for (const Fact& fact : chosen) out += (out.empty() ? "" : "\n") + text_of(fact, style);
  return out;
}

std::string facts_json(std::span<const Fact> chosen) {
  Json all = Json::array();
  for (const Fact& fact : chosen)
    all.push_back({{"number", fact.number},
                   {"section", fact.section},
                   {"title", fact.title},
                   {"what", fact.what},
                   {"advice", fact.advice},
                   {"source", fact.source},
                   {"here", report::or_null(fact.here)}});
  Json out;
  report::add_head(out);
  out["facts"] = std::move(all);
  return report::document(out);
}

std::string facts_markdown(std::span<const Fact> chosen) {
  std::string table;
  std::string texts;
  const bool whole = chosen.size() == facts().size();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    table += fmt::format("| [{}](#{}{}) | {} |\n", chosen[i].number,
                         static_cast<char>(chosen[i].number[0] - 'A' + 'a'), chosen[i].number + 1,
                         chosen[i].title);
    if (i != 0 || whole) texts += "\n";
    if (whole && opens_section(chosen, i)) texts += fmt::format("## {}\n\n", chosen[i].section);
    texts += markdown_of(chosen[i]);
  }
  if (!whole) return texts;
  return fmt::format(
      "# What Suricata does\n\n"
      "The facts that surisim reproduces, and what a plugin's author does about each. This page is "
      "`surisim facts\n--format markdown`; `surisim facts L27` shows one. A number never changes: "
      "code, rules and tests cite it.\n\n"
      "L and T facts hold for Suricata 9.0.0-dev (API version 0x0900, commit 398687d5d4). E facts "
      "are how Suricata 8.0\n(API version 0x0800, measured on 8.0.6) differs; what none of them "
      "names is the same in both. All come from reading\nthe sources and measuring the engine: "
      "release build, Linux on x86-64. A source is a file of Suricata's. What only was\nread says "
      "so.\n\n"
      "| fact | in a sentence |\n|---|---|\n{}{}",
      table, texts);
}

}  // namespace surisim
