// Implements completion() of pages.hpp: a script for bash, zsh or fish, generated from the option
// table.
#include <fmt/format.h>

#include <string_view>

#include "pages.hpp"

namespace surisim::cli {
namespace {

// In single quotes, for all three shells; `quote` replaces a quote inside.
std::string in_quotes(std::string_view text, std::string_view quote = "'\\''") {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string(quote) : std::string(1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& words, const char* separator = " ") {
  return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> all_names(const std::vector<CommandText>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CommandText& command : commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> all_names(const std::vector<OptionText>& options) {
  std::vector<std::string> names;
  for (const OptionText& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// "run", "scenario from"; "" for surisim itself.
std::string below_root(const CommandText& command) {
  const std::size_t space = command.words.find(' ');
  return space == std::string::npos ? "" : command.words.substr(space + 1);
}

// bash ------------------------------------------------------------------------------------------

constexpr const char* kBashBefore =
    R"(# What surisim completes in bash. Made by `surisim completion bash`.
_surisim() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= i
  if [[ $word == = ]]; then # --option=word are three words here
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command/${COMP_WORDS[i]}" in
)";

constexpr const char* kBashBetween = R"(    esac
  done
  local options= words= files=
  case $command in
)";

constexpr const char* kBashAfter = R"(  esac
  if [[ $word == -* || -z $words$files ]]; then
    words=$options files=
  fi
  COMPREPLY=()
  if [[ $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  elif [[ $files ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _surisim surisim
)";

void add_bash_commands(const CommandText& command, std::string& out) {
  for (const CommandText& sub : command.commands) {
    const std::string seen = below_root(command) + "/" + sub.name;
    out += fmt::format("      {}) command={} ;;\n", in_quotes(seen), in_quotes(below_root(sub)));
    add_bash_commands(sub, out);
  }
}

void add_bash_options(const CommandText& command, std::string& out) {
  std::vector<std::string> words = all_names(command.commands);
  bool files = false;
  for (const OptionText& positional : command.positionals) {
    words.insert(words.end(), positional.choices.begin(), positional.choices.end());
    files = files || positional.takes_file();
  }
  out += fmt::format("    {})\n      options={} words={} files={}\n",
                     in_quotes(below_root(command)), in_quotes(joined(all_names(command.options))),
                     in_quotes(joined(words)), files ? "yes" : "");
  std::string cases;
  for (const OptionText& option : command.options)
    if (!option.value.empty())
      cases +=
          fmt::format("        {}) options= words={} files={} ;;\n", joined(option.names, " | "),
                      in_quotes(joined(option.choices)), option.takes_file() ? "yes" : "");
  if (!cases.empty()) out += "      case $before in\n" + cases + "      esac\n";
  out += "      ;;\n";
  for (const CommandText& sub : command.commands) add_bash_options(sub, out);
}

std::string bash(const CommandText& root) {
  std::string out = kBashBefore;
  add_bash_commands(root, out);
  out += kBashBetween;
  add_bash_options(root, out);
  return out + kBashAfter;
}

// zsh -------------------------------------------------------------------------------------------

// `special`: characters with a meaning for _arguments.
std::string zsh_text(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text)
    out += special.find(c) == std::string_view::npos ? std::string(1, c) : std::string{'\\', c};
  return out;
}

// ":VALUE:what completes it".
std::string zsh_value(const OptionText& option) {
  const std::string action = option.takes_file()      ? "_files"
                             : option.choices.empty() ? " "
                                                      : "(" + joined(option.choices) + ")";
  return fmt::format(":{}:{}", zsh_text(option.value, ":\\"), action);
}

void add_zsh_option(const OptionText& option, std::string& out) {
  for (const std::string& name : option.names) {
    const std::string others = option.many ? "*" : "(" + joined(option.names) + ")";
    const bool is_long = name.starts_with("--");
    const char* const takes = option.value.empty() ? "" : is_long ? "=" : "+";
    out += "    " +
           in_quotes(fmt::format("{}{}{}[{}]{}", others, name, takes, zsh_text(option.what, "[]\\"),
                                 option.value.empty() ? "" : zsh_value(option))) +
           " \\\n";
  }
}

std::string zsh_function(const CommandText& command) {
  std::string name = "_" + command.words;
  for (char& c : name)
    if (c == ' ' || c == '-') c = '_';
  return name;
}

void add_zsh(const CommandText& command, std::string& out) {
  for (const CommandText& sub : command.commands) add_zsh(sub, out);
  out += zsh_function(command) + "() {\n";
  if (!command.commands.empty()) {
    out +=
        "  local curcontext=$curcontext state line\n  typeset -A opt_args\n  local -a commands=(\n";
    for (const CommandText& sub : command.commands)
      out += "    " + in_quotes(sub.name + ":" + sub.what) + "\n";
    out += "  )\n";
  }
  out += fmt::format("  _arguments {} \\\n", command.commands.empty() ? "-s -S" : "-C");
  for (const OptionText& option : command.options) add_zsh_option(option, out);
  for (const OptionText& positional : command.positionals)
    out += "    " +
           in_quotes((positional.many       ? "*"
                      : positional.required ? ""
                                            : ":") +
                     zsh_value(positional)) +
           " \\\n";
  if (command.commands.empty()) {
    out.erase(out.size() - 3);  // the last line's continuation
    out += "\n}\n";
    return;
  }
  out +=
      "    '1: :->command' '*:: :->rest'\n  case $state in\n"
      "    command) _describe -t commands command commands ;;\n"
      "    rest)\n      case $line[1] in\n";
  for (const CommandText& sub : command.commands)
    out += fmt::format("        {}) {} ;;\n", sub.name, zsh_function(sub));
  out += "      esac\n      ;;\n  esac\n}\n";
}

std::string zsh(const CommandText& root) {
  std::string out =
      "#compdef surisim\n# What surisim completes in zsh. Made by `surisim completion zsh`.\n";
  add_zsh(root, out);
  return out +
         "if [[ $funcstack[1] == _surisim ]]; then\n  _surisim \"$@\"\nelse\n  compdef _surisim "
         "surisim\nfi\n";
}

// fish ------------------------------------------------------------------------------------------

std::string fish_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return in_quotes(escaped, "\\'");
}

// The condition under which a command's words are completed.
std::string fish_condition(const CommandText& command) {
  std::string condition = below_root(command).empty() ? "__fish_use_subcommand" : "";
  std::string word;
  for (const char c : below_root(command) + " ") {
    if (c != ' ') {
      word += c;
      continue;
    }
    if (word.empty()) continue;
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    word.clear();
  }
  if (!below_root(command).empty() && !command.commands.empty())
    condition += "; and not __fish_seen_subcommand_from " + joined(all_names(command.commands));
  return condition;
}

void add_fish(const CommandText& command, std::string& out) {
  const std::string line =
      fmt::format("complete -c surisim -n {}", in_quotes(fish_condition(command)));
  for (const CommandText& sub : command.commands)
    out += fmt::format("{} -a {} -d {}\n", line, sub.name, fish_text(sub.what));
  for (const OptionText& positional : command.positionals) {
    if (positional.takes_file()) out += line + " -F\n";
    if (!positional.choices.empty())
      out += fmt::format("{} -a {}\n", line, in_quotes(joined(positional.choices)));
  }
  for (const OptionText& option : command.options) {
    out += line;
    for (const std::string& name : option.names)
      out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (option.takes_file())
      out += " -r -F";
    else if (!option.value.empty())
      out += " -x";
    if (!option.choices.empty()) out += " -a " + in_quotes(joined(option.choices));
    out += fmt::format(" -d {}\n", fish_text(option.what));
  }
  for (const CommandText& sub : command.commands) add_fish(sub, out);
}

std::string fish(const CommandText& root) {
  std::string out =
      "# What surisim completes in fish. Made by `surisim completion fish`.\ncomplete -c surisim "
      "-f\n";
  add_fish(root, out);
  return out;
}

}  // namespace

const char* to_string(Shell shell) {
  switch (shell) {
    case Shell::bash:
      return "bash";
    case Shell::zsh:
      return "zsh";
    case Shell::fish:
      return "fish";
  }
  return "";
}

std::string completion(Shell shell, const CommandText& root) {
  switch (shell) {
    case Shell::bash:
      return bash(root);
    case Shell::zsh:
      return zsh(root);
    case Shell::fish:
      return fish(root);
  }
  return "";
}

}  // namespace surisim::cli
