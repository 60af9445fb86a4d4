// The option table: commands and options as the parsers have added them to CLI11. Manual pages,
// completions and project files are made from it.
//
// When:    after all parsers are made.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace surisim::cli {

struct OptionText {
  std::vector<std::string> names;  // "-o", "--golden"; a positional has none
  std::string value;               // "FILE", or a positional's name; empty: a flag
  std::string what;
  std::string group;                 // the heading in the help
  std::vector<std::string> choices;  // all possible values; empty: any value
  bool required = false;
  bool many = false;

  bool takes_file() const;
};

struct CommandText {
  std::string words;  // "surisim scenario from"
  std::string name;   // "from"
  std::string what;
  std::string footer;
  std::vector<OptionText> positionals;
  std::vector<OptionText> options;
  std::vector<CommandText> commands;
};

// The command and its subcommands; `before`: the words before its name.
CommandText describe(const CLI::App& app, const std::string& before = "");

// The values that a help text lists: three in "workers, autofp or single (workers)". The list is
// after the last colon and before a parenthesis; empty if there is none.
std::vector<std::string> listed_values(std::string_view what);

}  // namespace surisim::cli
