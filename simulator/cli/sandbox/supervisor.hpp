// The process between the command and the plugin's: starts the child, enforces its limits, waits
// for its end; and ends with it the processes that the plugin has started (Descendants).
//
// When:    forked by run_in_child() (sandbox.hpp); ends when the child has ended.
// Owner:   run_in_child() owns the Watch, which both share and the child does not see.
// Threads: the supervisor process has one; the Watch is read by the command's main thread too.
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
enum class Exceeded {
  nothing,
  time,  // of a callback, or of a phase without progress
  memory,
  patience,     // the child was asked to end, and has not
  interference  // the plugin signals the processes that watch it
};

struct Ended {
  int status = 0;  // as waitpid() gives it
  Exceeded limit = Exceeded::nothing;
  const JournalEntry* culprit = nullptr;  // the thread that hangs, or allocates; null: unknown
  bool time_limit = false;                // the child was asked to end because of it
};

// Zero-filled at first.
struct Watch {
  std::atomic<std::uint32_t> beats;  // grows while the supervisor runs
  std::atomic<pid_t> child;          // 0: not yet started
  std::atomic<int> interrupt;        // a signal that is to end the run; 0: none. By the command
  std::atomic<int> interference;     // a signal that the plugin sent to a process that watches it
  std::atomic<bool> done;            // `ended` is complete
  SlowCallbacks slow;
  std::array<char, 256> failure;  // why the child could not be started; empty: it was
  Ended ended;
};

// The child's exit status after a whole run. Another one means that a destructor or an exit handler
// ended the process.
inline constexpr int kRunIsOver = 86;

// The supervisor process, from its start to its end. `command`: the process that forked it.
// `prepare` runs first in the child, which then runs `body`.
[[noreturn]] void supervise(Watch& watch, Channel& channel, const ChildLimits& limits,
                            pid_t command, const std::function<void()>& prepare,
                            const std::function<void(Channel&)>& body);

// Ends the processes that the plugin has started, and their children, with the run.
//
// When:    made before the fork, destroyed after kill_all().
// Owner:   run_in_child(), and the supervisor.
// Threads: main; one at a time in a process, as it makes the process a subreaper.

// While it exists, orphans among this process's descendants become its children, in whatever
// session they are.
class Descendants {
 public:
  Descendants();
  ~Descendants();
  Descendants(const Descendants&) = delete;
  Descendants& operator=(const Descendants&) = delete;

  // Kills all that were started since this was made, and waits until they are gone; gives up after
  // a second on what cannot be killed (it waits for a disk).
  void kill_all() const;

 private:
  std::vector<pid_t> there_before_;  // children of whoever was this process before an exec
  int subreaper_before_ = 0;
};

// True: `pid` is a child of this process, or a child's child and so on.
bool is_descendant(pid_t pid);
// The state of a process as /proc has it: 'R' runs, 't' is stopped by its tracer; 0: it is gone.
char state_of(pid_t pid);

}  // namespace surisim::sandbox
