// The least that a thread lifecycle can cost: bare pthreads, woken and waited for by futex, that do
// the same storage work as the simulator in the same strictly serial order (L7, L24).
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
  // How threads wait for each other: by futex, or as Suricata does, with a look every 100 us.
  enum class Waiting : std::uint8_t { futex, poll };

  // A thread for each name. Each has one slot, which `make` fills before the thread exists and
  // whose value `free` frees after the join.
  PthreadFloor(std::vector<std::string> names, Callback make, Free free,
               Waiting waiting = Waiting::futex);

  // One at a time: a zeroed ThreadVars, the callback, the thread, its name, and the wait until it
  // says that it is initialised. Then all are released, and after that each in turn is told to
  // stop and joined. Then all values and blocks are freed.
  void run();

 private:
  std::vector<std::string> names_;
  Callback make_;
  Free free_;
  Waiting waiting_;
};

}  // namespace bench
