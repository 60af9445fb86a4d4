// surisim facts: what Suricata does, as a list, or the whole text of those that are asked for.
#include "surisim/facts.hpp"

#include <fmt/format.h>

#include "base/user_input.hpp"
#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

// "L1 to L40, T1 to T17".
std::string known_numbers() {
  std::string known;
  const auto all = facts();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const char kind = all[i].number[0];
    if (i == 0 || all[i - 1].number[0] != kind)
      known += fmt::format("{}{}", i == 0 ? "" : ", ", all[i].number);
    else if (i + 1 == all.size() || all[i + 1].number[0] != kind)
      known += fmt::format(" to {}", all[i].number);
  }
  return known;
}

std::vector<Fact> chosen_facts(const std::vector<std::string>& numbers) {
  std::vector<Fact> chosen;
  for (const std::string& number : numbers) {
    const Fact* const fact = find_fact(number);
    if (fact == nullptr)
      throw UsageError(fmt::format("facts: expected the number of a fact, got \"{}\"; there are {}",
                                   base::shown(number), known_numbers()));
    chosen.push_back(*fact);
  }
  return chosen;
}

}  // namespace

int facts_command(const FactsArguments& arguments) {
  const std::vector<Fact> some = chosen_facts(arguments.numbers);
  const auto chosen = some.empty() ? facts() : std::span<const Fact>(some);
  Outputs(arguments.to).write([&](Format format, bool color) {
    if (format == Format::json) return facts_json(chosen);
    if (format == Format::markdown) return facts_markdown(chosen);
    return some.empty() ? facts_text(color) : facts_text(chosen, color);
  });
  return kClean;
}

}  // namespace surisim::cli
