// Where reports go: stdout, which carries nothing else, or a file.
#pragma once

#include <string>

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
  bool is_terminal() const;
  // Throws Failure, also when nobody reads the other end.
  void write(const std::string& text);

 private:
  std::string file_;
  int fd_;
};

}  // namespace surisim::cli
