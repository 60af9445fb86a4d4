// Threads for measurements: each pinned to its own processor, measured by its processor time.
//
// When:    in a thread that a benchmark measures.
// Owner:   the benchmark.
// Threads: the calling thread.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace bench {

// The processors that this process may use, as of the first call.
inline const std::vector<int>& allowed_processors() {
  static const std::vector<int> allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) CPU_SET(0, &set);
    std::vector<int> found;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
    if (found.size() < 2)
      std::fprintf(stderr, "there are fewer processors than threads: what is shared is not seen\n");
    return found;
  }();
  return allowed;
}

// At least two, so that threads compete.
inline unsigned processors() {
  return std::max(2u, static_cast<unsigned>(allowed_processors().size()));
}

// Call processors() first, on a thread that is not pinned.
inline void pin(std::size_t thread) {
  const std::vector<int>& allowed = allowed_processors();
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(allowed[thread % allowed.size()]), &set);
  if (const int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set); error != 0) {
    std::fprintf(stderr, "a thread could not be pinned: %s\n", std::strerror(error));
    std::exit(1);
  }
}

inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace bench
