// Runs the built command and keeps what it said.
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

// A command under way. Its output is read while it runs, so it never waits for us.
class Subprocess {
 public:
  enum class Stdout { pipe, terminal, closed_pipe };

  explicit Subprocess(const Arguments& arguments, Stdout out = Stdout::pipe,
                      const std::vector<std::string>& environment = {});
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  ~Subprocess();

  pid_t pid() const { return pid_; }
  // Waits until stderr holds `text`. The line in which it stands.
  std::string wait_for_stderr(const std::string& text);
  void signal(int number) const;
  // Sends a signal again and again until the process is gone.
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

// `surisim ARGUMENTS…`, to the end.
Ran surisim(const Arguments& arguments);

// From now on a process that outlives the command is a child of this one.
void adopt_orphans();
bool nothing_left();

// A test plugin, or a sample plugin, by its name.
std::string plugin(const std::string& name);

// Whether a pseudo-terminal can be had: without /dev/pts, as in a bare chroot, it cannot.
bool has_terminals();

std::string last_line(const std::string& text);

}  // namespace surisim::test
