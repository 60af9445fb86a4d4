// Signals that would end the command, counted instead while a child is watched.
//
// When:    from before the supervisor is forked until the child has ended.
// Owner:   run_in_child(). The supervisor keeps its copy; the child restores the handlers.
// Threads: the handler runs on any thread, the rest on the main thread of its process.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>

namespace surisim::sandbox {

// One at a time: the signals of a process are process-wide.
class Interrupts {
 public:
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
  void restore() const noexcept;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace surisim::sandbox
