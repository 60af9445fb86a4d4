// Runs surisim itself with other command lines, several at a time, and keeps what they print.
//
// When:    while a subcommand that is made of others runs.
// Owner:   the subcommand. All processes are gone when it is destroyed.
// Threads: main, which must be the only one, as it forks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "sandbox/interrupts.hpp"

namespace surisim::cli {

// How a command has ended.
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
  // Ends what still runs.
  ~CommandPool();

  bool full() const;
  bool idle() const;
  // Starts `surisim WORDS…`; not while full(). `index`: for `take`. Throws Failure.
  void start(std::size_t index, const std::vector<std::string>& words);
  // Until a command has ended or a fifth of a second has passed. SIGINT, SIGTERM, SIGHUP and
  // SIGQUIT are passed on to all that run; their results are taken like others.
  void wait(const std::function<void(std::size_t index, CommandResult)>& take);
  // Asks all that run to end, as SIGTERM does.
  void end_all() const;
  // The last signal that was passed on; 0: none has come.
  int signal() const { return signal_; }

 private:
  class Reader;
  struct Running;

  CommandResult result_of(Running& run);
  void pass_interrupts_on();

  const std::size_t jobs_;
  sandbox::Interrupts interrupts_;
  std::vector<Running> running_;
  int passed_on_ = 0;  // signals
  int signal_ = 0;
};

}  // namespace surisim::cli
