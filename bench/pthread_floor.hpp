// The minimum cost of a thread lifecycle: bare pthreads that wait on a futex and do the same
// storage work as the simulator, in the same serial order (L7, L24).
//
// When:    any time, alone in the process.
// Owner:   the caller.
// Threads: run() from one thread.
#pragma once

#include <suricata/threadvars.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

class PthreadFloor {
 public:
  using Callback = void (*)(ThreadVars*);
  using Free = void (*)(void*);
  // How threads wait for each other: on a futex, or as in Suricata, by polling every 100 us.
  enum class Waiting : std::uint8_t { futex, poll };

  // A thread for each name. Each has one slot, which `make` fills before the thread exists, and
  // `free` frees the value after the join.
  PthreadFloor(std::vector<std::string> names, Callback make, Free free,
               Waiting waiting = Waiting::futex);

  // For one thread after another: a zeroed ThreadVars, the callback, the thread, its name, and a
  // wait until it is initialised. Then all are released; then each in turn is stopped and joined;
  // then all values and blocks are freed.
  void run();

 private:
  std::vector<std::string> names_;
  Callback make_;
  Free free_;
  Waiting waiting_;
};

}  // namespace bench
