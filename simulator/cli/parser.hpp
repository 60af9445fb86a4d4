// The base class of all subcommands' parsers.
//
// When:    made before CLI11 parses.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <CLI/CLI.hpp>

#include "command_options.hpp"

namespace surisim::cli {

class Parser {
 public:
  bool chosen() const { return app_.parsed(); }

 protected:
  Parser(CLI::App& root, const char* name, const char* what)
      : app_(*root.add_subcommand(name, what)), texts_(app_) {}

  CLI::App& app_;
  OptionTexts texts_;
};

}  // namespace surisim::cli
