// surisim rules: the catalogue, or one rule's page.
#include "surisim/rules.hpp"

#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {

int rules_command(const RulesArguments& arguments) {
  const Rule* const rule = find_rule(arguments.rule);
  const auto chosen = rule == nullptr ? rules() : std::span<const Rule>(rule, 1);
  Outputs(arguments.to).write([&](Format format, bool color) {
    if (format == Format::json) return rules_json(chosen);
    if (format == Format::markdown) return rules_markdown(chosen);
    return rule == nullptr ? rules_text(color) : rule_text(*rule, color);
  });
  return kClean;
}

}  // namespace surisim::cli
