// Runs the built command and keeps its output.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace surisim::test {

using Arguments = std::vector<std::string>;

struct Ran {
  int status = -1;  // exit status; -1 when a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

// A running command. Its output is read while it runs, so it never blocks on it.
class Subprocess {
 public:
  enum class Stdout { pipe, terminal, closed_pipe };

  explicit Subprocess(const Arguments& arguments, Stdout out = Stdout::pipe,
                      const std::vector<std::string>& environment = {});
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  ~Subprocess();

  pid_t pid() const { return pid_; }
  // Waits until stderr contains `text`. Returns the line that contains it.
  std::string wait_for_stderr(const std::string& text);
  // The same with stdout.
  std::string wait_for_stdout(const std::string& text);
  void signal(int number) const;
  // Sends a signal repeatedly until the process has ended.
  Ran finish_with(int number);
  Ran finish();

 private:
  bool read_some(int timeout_ms);
  bool reap();

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  int raw_status_ = 0;
  bool gone_ = false;
  Ran ran_;
};

// Runs `surisim ARGUMENTS…` to the end.
Ran surisim(const Arguments& arguments);

// From now on a process that outlives the command is a child of this one.
void adopt_orphans();
bool nothing_left();

// The path of a test plugin, or a sample plugin.
std::string plugin(const std::string& name);

// Whether pseudo-terminals are available: without /dev/pts, as in a bare chroot, they are not.
bool has_terminals();

std::string last_line(const std::string& text);

}  // namespace surisim::test
