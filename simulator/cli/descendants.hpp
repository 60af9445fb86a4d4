// Processes that the plugin has started, and their children: none of them outlives the run.
#pragma once

#include <sys/types.h>

#include <vector>

namespace surisim::cli {

// While this lives, orphans among this process's descendants become its children, however often
// they have forked and whatever session they are in. [main] one at a time
class Descendants {
 public:
  Descendants();
  ~Descendants();
  Descendants(const Descendants&) = delete;
  Descendants& operator=(const Descendants&) = delete;

  // Kills all that came since this was made, and waits until they are gone; gives up after a
  // second on what cannot be killed (it waits for a disk). How many there were.
  std::size_t kill_all() const;

 private:
  std::vector<pid_t> there_before_;  // children of whoever was this process before an exec
  int adopted_before_ = 0;
};

}  // namespace surisim::cli
