// Ends the processes that the plugin has started, and their children, with the run.
//
// When:    made before the fork, destroyed after kill_all().
// Owner:   run_in_child(), and the supervisor.
// Threads: main; one at a time in a process, as it makes the process a subreaper.
#pragma once

#include <sys/types.h>

#include <vector>

namespace surisim::sandbox {

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
