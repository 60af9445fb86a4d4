// What is made from the option table (command_tree.hpp): manual pages, and completion for shells.
//
// When:    after all parsers are made.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>

#include "command_tree.hpp"

namespace surisim::cli {

// The page in section 1 of the command, as source for man(1). A subcommand's subcommands have no
// pages of their own. `root`: surisim itself, whose exit statuses are everyone's.
std::string manual_page(const CommandText& command, const CommandText& root);
// "surisim-run": the name of its page.
std::string page_name(const CommandText& command);

enum class Shell { bash, zsh, fish };
const char* to_string(Shell shell);

// A script that completes the words of `surisim` in this shell.
std::string completion(Shell shell, const CommandText& root);

}  // namespace surisim::cli
