// The process between the command and the child: starts the child, enforces its limits, waits for
// its end, and then kills the processes that the plugin has started (Descendants).
//
// When:    forked by run_in_child() (sandbox.hpp); ends when the child has ended.
// Owner:   run_in_child() owns the WatchState. The supervisor shares it, the child does not.
// Threads: the supervisor process has one; the command's main thread reads the WatchState, too.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/limits.hpp"
#include "sandbox/slow_callbacks.hpp"

namespace surisim::sandbox {

// Why the supervisor ends the run.
enum class EndCause {
  nothing,
  time,          // the limit for a callback, or for a phase without progress
  memory,        // the limit
  grace_period,  // the child was asked to end, and has not
  interference,  // the plugin has sent a signal to the command or the supervisor
};

struct Ended {
  int status = 0;  // from waitpid()
  EndCause cause = EndCause::nothing;
  const JournalEntry* culprit = nullptr;  // the thread that hangs, or allocates; null: unknown
  bool time_limit = false;                // the run has reached its time limit
};

// Zero-filled at first.
struct WatchState {
  std::atomic<std::uint32_t> beats;  // grows while the supervisor runs
  std::atomic<pid_t> child;          // 0: not yet started
  std::atomic<int> interrupt;        // a signal that asks to end the run; 0: none
  std::atomic<int> interference;     // a signal that the plugin sent to command or supervisor
  std::atomic<bool> done;            // `ended` is complete
  SlowCallbacks slow;
  std::array<char, 256> failure;  // why the child could not be started; empty: it was
  Ended ended;
};

// The child's exit status after a complete run. With another status a destructor or an exit handler
// has ended the process.
inline constexpr int kRunIsOver = 86;

// Runs in the supervisor process, until its end. `command`: the process that forked it. The child
// runs `prepare`, then `body`.
[[noreturn]] void supervise(WatchState& watch, Channel& channel, const ChildLimits& limits,
                            pid_t command, const std::function<void()>& prepare,
                            const std::function<void(Channel&)>& body);

// Finds and kills the processes that the plugin has started, and their descendants: while it
// exists, this process is a subreaper, so orphans become its children. Made before the fork, in the
// command and in the supervisor. [main]
class Descendants {
 public:
  Descendants();
  ~Descendants();
  Descendants(const Descendants&) = delete;
  Descendants& operator=(const Descendants&) = delete;

  // Kills all descendants that were started since this was made, and waits up to a second until
  // they have ended.
  void kill_all() const;

 private:
  std::vector<pid_t> there_before_;  // descendants from before an exec
  int subreaper_before_ = 0;
};

// Whether `pid` is a child of this process, or a child's child, and so on.
bool is_descendant(pid_t pid);
// The state of a process in /proc: 'R' running, 't' stopped by its tracer; 0: it has ended.
char state_of(pid_t pid);

}  // namespace surisim::sandbox
