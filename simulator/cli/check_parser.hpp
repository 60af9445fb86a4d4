// The parser of surisim check.
//
// When:    made before CLI11 parses; finish() after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "parser.hpp"

namespace surisim::cli {

class CheckParser : public Parser {
 public:
  explicit CheckParser(CLI::App& root);
  // `completes`: calls complete_suppressions().
  CheckArguments finish(bool has_project, bool completes, int argc, char** argv);

 private:
  void add_what();
  void add_each();
  void add_report();
  void check_combinations() const;

  CheckArguments arguments_;
  std::vector<std::string> suppression_files_;
};

}  // namespace surisim::cli
