// The facts about Suricata as people and programs read them.
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

std::string paragraph(const Style& style, std::string_view heading, std::string_view prose) {
  return fmt::format("\n  {}\n{}", style.bold(heading), report::wrapped(prose, 4, 80));
}

std::string text_of(const Fact& fact, const Style& style) {
  const bool is_of_8_0 = fact.number[0] == 'E';  // which the heading of the section says elsewhere
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
