// Runs other surisim commands as processes, several at a time, and keeps their output.
//
// When:    in surisim check and surisim test.
// Owner:   the subcommand. All processes have ended when it is destroyed.
// Threads: main, which must be the only one, as it forks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "sandbox/interrupts.hpp"

namespace surisim::cli {

// The result of a command that has ended.
struct CommandResult {
  int status = 0;      // exit status, or 128 and the number of the signal that ended it
  std::string out;     // what it printed to stdout
  std::string errors;  // the end of what it printed to stderr
  double seconds = 0;

  // The last line of `errors`, without the name of the command. Empty: there is none.
  std::string last_error() const;
};

class CommandPool {
 public:
  explicit CommandPool(std::size_t jobs);  // commands at a time, from 1
  CommandPool(const CommandPool&) = delete;
  CommandPool& operator=(const CommandPool&) = delete;
  // Terminates commands that still run.
  ~CommandPool();

  bool full() const;
  bool idle() const;
  // Starts `surisim WORDS…`; not while full(). `index` is passed to `take`. Throws Failure.
  void start(std::size_t index, const std::vector<std::string>& words);
  // Waits until a command has ended, at most 200 ms, and calls `take` for those that have. Forwards
  // SIGINT, SIGTERM, SIGHUP and SIGQUIT to all commands.
  void wait(const std::function<void(std::size_t index, CommandResult)>& take);
  // Sends SIGTERM to all commands.
  void end_all() const;
  // The last signal that was forwarded; 0: none.
  int signal() const { return signal_; }

 private:
  class Reader;
  struct Running;

  CommandResult result_of(Running& run);
  void forward_interrupts();

  const std::size_t jobs_;
  sandbox::Interrupts interrupts_;
  std::vector<Running> running_;
  int forwarded_ = 0;  // signals
  int signal_ = 0;
};

}  // namespace surisim::cli
