// Counts the signals that would end the command, instead of ending, while a child runs.
//
// When:    from before the first fork until the last child has ended.
// Owner:   the function that forks. The supervisor keeps its copy; the child restores the handlers.
// Threads: the handler runs on any thread, the rest on the main thread of its process.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>

namespace surisim::sandbox {

// Signals are counted while at least one object exists.
class Interrupts {
 public:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  // Signals that are ignored stay ignored.
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  struct Received {
    int count = 0;     // from 2 on all processes are to be killed
    int last = 0;      // the number of the last one
    pid_t sender = 0;  // the process that sent it; 0: a terminal
  };
  static Received received() noexcept;
  static void forget() noexcept;
  // In a forked process: restores the handlers that were there before the first object.
  void restore() const noexcept;
};

}  // namespace surisim::sandbox
