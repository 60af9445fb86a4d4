// Signals that would end the command, counted instead while a child is watched.
//
// When:    from before the first process is forked until the last has ended.
// Owner:   whoever forks. The supervisor keeps its copy; the child restores the handlers.
// Threads: the handler runs on any thread, the rest on the main thread of its process.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>

namespace surisim::sandbox {

// Signals are counted while there is at least one.
class Interrupts {
 public:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  // Signals that are ignored stay ignored.
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  struct Received {
    int count = 0;     // 2 and more: everything is to end at once
    int last = 0;      // the last one's number
    pid_t sender = 0;  // the process that sent it; 0: a terminal
  };
  static Received received() noexcept;
  static void forget() noexcept;
  // The handlers from before the first; in a process that has been forked.
  void restore() const noexcept;
};

}  // namespace surisim::sandbox
