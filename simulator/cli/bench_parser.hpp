// The parser of surisim bench.
//
// When:    made before CLI11 parses; finish() after it.
// Owner:   parse_arguments().
// Threads: main.
#pragma once

#include <string>

#include "arguments.hpp"
#include "parser.hpp"

namespace surisim::cli {

class BenchParser : public Parser {
 public:
  explicit BenchParser(CLI::App& root);
  BenchArguments finish();

 private:
  void add_what();
  void check_combinations() const;

  BenchArguments arguments_;
  RunOptions options_;
  std::string page_;  // --html
};

}  // namespace surisim::cli
