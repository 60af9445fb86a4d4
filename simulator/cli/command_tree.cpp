// Implements command_tree.hpp: reads CLI11's objects.
#include "command_tree.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "surisim/rules.hpp"

namespace surisim::cli {
namespace {

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin != std::string_view::npos;) {
    const std::size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end == std::string_view::npos ? end : end + separator.size();
  }
  return parts;
}

bool is_value(const std::string& word) {
  return !word.empty() &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
}

std::vector<std::string> choices_of(const OptionText& option) {
  if (option.value == "RULE") {
    std::vector<std::string> ids;
    for (const Rule& rule : rules()) ids.emplace_back(rule.id);
    return ids;
  }
  if (option.value.find('|') != std::string::npos) return split(option.value, "|");
  return option.value.empty() ? std::vector<std::string>{} : listed_values(option.what);
}

OptionText describe(const CLI::Option& from) {
  OptionText option;
  option.what = from.get_description();
  option.group = from.get_group();
  option.required = from.get_required();
  option.many = from.get_items_expected_max() > 1;
  if (from.get_positional()) {
    option.value = from.get_name(true);
  } else {
    for (const std::string& name : from.get_snames()) option.names.push_back("-" + name);
    for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
    if (from.get_items_expected_max() > 0) option.value = from.get_type_name();
    option.many = option.what.find("may be repeated") != std::string::npos;
  }
  option.choices = choices_of(option);
  return option;
}

}  // namespace

bool OptionText::takes_file() const {
  constexpr std::array<std::string_view, 5> kFiles = {"FILE", "DIRECTORY", "PLUGIN.so",
                                                      "REPORT.json", "CAPTURE"};
  return choices.empty() && std::find(kFiles.begin(), kFiles.end(), value) != kFiles.end();
}

CommandText describe(const CLI::App& app, const std::string& before) {
  CommandText command;
  command.name = app.get_name();
  command.words = before.empty() ? command.name : before + " " + command.name;
  command.what = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    auto& to = option->get_positional() ? command.positionals : command.options;
    to.push_back(describe(*option));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    command.commands.push_back(describe(*sub, command.words));
  return command;
}

std::vector<std::string> listed_values(std::string_view what) {
  what = what.substr(0, what.find(" ("));
  if (const std::size_t colon = what.rfind(": "); colon != std::string_view::npos)
    what.remove_prefix(colon + 2);
  std::vector<std::string> values;
  for (const std::string& part : split(what, ", "))
    for (std::string& value : split(part, " or ")) values.push_back(std::move(value));
  const bool is_list = values.size() > 1 && std::all_of(values.begin(), values.end(), is_value);
  return is_list ? values : std::vector<std::string>{};
}

}  // namespace surisim::cli
