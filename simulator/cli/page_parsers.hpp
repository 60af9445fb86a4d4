// The subcommands that print what is made from the option table: surisim man and surisim
// completion.
//
// When:    made after all others, before CLI11 parses; finish() after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <string>

#include "arguments.hpp"
#include "parser.hpp"

namespace surisim::cli {

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
