// Where reports go: stdout, which carries nothing else, or a file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "report_to.hpp"

namespace surisim::cli {

class Output {
 public:
  // To `file`, or to stdout when it is empty. A file that cannot be written is a UsageError now,
  // and not after a long run. What the file held stays until there is a report.
  explicit Output(std::string file);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // From now on whatever this process prints to stdout goes to stderr, except through write().
  void take_stdout();
  bool is_stdout() const { return file_.empty(); }
  bool is_terminal() const;
  // Throws Failure, also when nobody reads the other end.
  void write(const std::string& text);

 private:
  std::string file_;
  int fd_;
};

// All the places that one report goes to, each in its form.
class Outputs {
 public:
  // Opens them all; see Output.
  explicit Outputs(const ReportTo& to);

  void take_stdout();
  // `make` makes the report of a form; `color`: it is for a terminal that wants colours. What can
  // be written is, before a Failure about the rest.
  void write(const std::function<std::string(Format, bool color)>& make);

 private:
  struct Open {
    Format format;
    std::unique_ptr<Output> output;
  };
  std::vector<Open> outputs_;
};

}  // namespace surisim::cli
