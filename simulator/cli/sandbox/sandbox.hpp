// Runs the plugin in a child process, watched by a supervisor process.
//
// The command forks the supervisor, and the supervisor forks the child. A plugin that signals,
// kills, stops or traces its parent hits the supervisor; the command notices, and still reports.
//
// When:    for each run, inspection and measurement, unless --in-process is given.
// Owner:   the caller owns the result. When it is returned, the supervisor, the child and all
//          processes that the child has started have ended.
// Threads: the command's main thread, one child at a time. The command must have no other thread,
//          as it forks.
#pragma once

#include <sys/mman.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/limits.hpp"
#include "surisim/violation.hpp"

namespace surisim::sandbox {

// The run could not be completed, and it is not the plugin's fault.
struct SandboxError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A T in zero-filled memory that processes share; no constructor runs.
template <class T>
class Shared {
 public:
  Shared() {
    void* const at = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw SandboxError("no memory to share with other processes");
    value_ = static_cast<T*>(at);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(value_, sizeof(T)); }
  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }

 private:
  T* value_;
};

// Why a run was ended early, if it is not the plugin's fault.
struct Stop {
  int signal = 0;           // that the command received: SIGINT, SIGTERM, SIGHUP; 0: none
  bool time_limit = false;  // of the whole run
  bool killed = false;      // the child did not end in the grace period

  explicit operator bool() const { return signal != 0 || time_limit; }
};

struct ChildResult {
  std::string result;                   // the last one that it sent; empty: none
  std::vector<std::string> violations;  // in the order in which they were found
  std::string schedule;                 // from ScheduleOptions::on_more; empty: none
  std::optional<Violation> ending;      // the crash, hang or exit that ended the run
  Stop stop;
};

// Runs `body` in a child process, its stdout redirected to stderr, and waits for it.
// - The child is killed when a callback, or a phase without progress, takes longer than the limit,
//   and when it uses too much memory. The processes that it has started are killed at the end.
// - At the first SIGINT, SIGTERM or SIGHUP, and at the time limit of the run, the child is asked to
//   end its run, and killed if it does not. A second signal kills all processes, the command too.
// - The child has only these descriptors of the command: stdin, stderr and those in `kept`.
// `meanwhile` is called in the command every few milliseconds while the child runs, and after its
// end; may be empty. Throws SandboxError if the child cannot be started, or if `body` threw.
ChildResult run_in_child(const ChildLimits& limits, const std::function<void(Channel&)>& body,
                         const std::vector<int>& kept = {},
                         const std::function<void(Channel&)>& meanwhile = {});

}  // namespace surisim::sandbox
