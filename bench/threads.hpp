// Threads that are measured: each on a processor of its own, by its own processor time.
//
// When:    in a thread that a benchmark measures.
// Owner:   the benchmark.
// Threads: the calling one.
#pragma once

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <thread>

namespace bench {

// At least two, so that threads meet.
inline unsigned processors() { return std::max(2u, std::thread::hardware_concurrency()); }

inline void pin(std::size_t thread) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(thread % std::max(1u, std::thread::hardware_concurrency()), &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace bench
