// Manual pages and shell completions, made from the option table (command_tree.hpp), and the
// subcommands that print them, surisim man and surisim completion.
//
// When:    PageParsers is made before CLI11 parses; the rest is called after it.
// Owner:   values; parse_arguments() has the PageParsers.
// Threads: main.
#pragma once

#include <string>

#include "arguments.hpp"
#include "command_tree.hpp"
#include "parser.hpp"

namespace surisim::cli {

// The manual page of a command, as source for man(1). It includes the command's subcommands.
// `root`: surisim itself, whose exit statuses are used if the command lists none.
std::string manual_page(const CommandText& command, const CommandText& root);
// "surisim-run": the name of its page.
std::string page_name(const CommandText& command);

enum class Shell { bash, zsh, fish };
const char* to_string(Shell shell);

// A script that completes the words of `surisim` in this shell.
std::string completion(Shell shell, const CommandText& root);

class PageParsers {
 public:
  explicit PageParsers(CLI::App& root);

  bool chosen() const { return manual_.chosen() || completion_.chosen(); }
  // Throws UsageError; Failure if a page cannot be written.
  PrintText finish();

 private:
  class Manual : public Parser {
   public:
    explicit Manual(CLI::App& root);
    PrintText finish(const CLI::App& root);

   private:
    std::string command_, directory_;
  };
  class Completion : public Parser {
   public:
    explicit Completion(CLI::App& root);
    PrintText finish(const CLI::App& root);

   private:
    std::string shell_;
  };

  const CLI::App& root_;
  Manual manual_;
  Completion completion_;
};

}  // namespace surisim::cli
