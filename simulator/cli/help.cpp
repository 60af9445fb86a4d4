// Implements usage_message() of help.hpp: rewords CLI11's errors.
#include "help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "base/user_input.hpp"

namespace surisim::cli {
namespace {

constexpr const char* kSubcommands =
    "run, check, explore, record, verify, compare, bench, inspect, lifecycle, rules, facts, test "
    "or "
    "scenario";

// CLI11's messages may have several lines; ours have one.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string guess(std::string_view prefix, std::string_view meant) {
  return meant.empty() ? "" : fmt::format("; did you mean {}{}?", prefix, meant);
}

std::string unknown_option(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string_view> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& known : option->get_lnames()) names.emplace_back(known);
  const std::size_t dashes = std::min(name.find_first_not_of('-'), name.size());
  return fmt::format("there is no option {}{}", base::shown(name),
                     guess("--", base::closest(std::string_view(name).substr(dashes), names)));
}

std::string unknown_word(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining();
  const auto option = std::find_if(words.begin(), words.end(),
                                   [](const std::string& word) { return word.starts_with('-'); });
  if (option != words.end()) return unknown_option(app, *option);
  return words.empty() ? "" : fmt::format("unexpected \"{}\"", base::shown(words.front()));
}

std::string unknown_subcommand(const CLI::App& root, const std::string& word) {
  if (word.find(".so") != std::string::npos)
    return fmt::format("there is no subcommand \"{0}\"; did you mean surisim run {0}?", word);
  std::vector<std::string_view> names;
  std::vector<std::string> all;
  for (const CLI::App* sub : root.get_subcommands([](const CLI::App*) { return true; }))
    all.push_back(sub->get_name());
  names.assign(all.begin(), all.end());
  const std::string_view meant = base::closest(word, names);
  return fmt::format("there is no subcommand \"{}\"{}", base::shown(word),
                     meant.empty() ? fmt::format("; expected {}", kSubcommands) : guess("", meant));
}

}  // namespace

std::string usage_message(const CLI::App& root, const CLI::ParseError& error, int argc,
                          char** argv) {
  const auto chosen = root.get_subcommands();
  if (chosen.empty()) {
    const std::string first = argc < 2 ? "" : argv[1];
    if (!first.empty() && first[0] != '-')
      return unknown_subcommand(root, first) + " (surisim --help)";
    const std::string unknown = unknown_word(root);
    return fmt::format("{}expected a subcommand: {} (surisim --help)",
                       unknown.empty() ? "" : unknown + "; ", kSubcommands);
  }
  if (!root.remaining().empty())
    return unknown_word(root) + ", before the subcommand (surisim --help)";
  const CLI::App& app = *chosen.front();
  const std::string name = app.get_name();
  std::string what = one_line(error.what());
  if (name == "record" && what.starts_with("--golden"))
    what = "expected -o FILE, the file to write the lifecycle to";
  if (name == "scenario" && what.starts_with("A subcommand"))
    what = "expected surisim scenario from, with a capture file";
  if (const std::string unknown = unknown_word(app); !unknown.empty()) what = unknown;
  return fmt::format("{}: {} (surisim {} --help)", name, what, name);
}

}  // namespace surisim::cli
