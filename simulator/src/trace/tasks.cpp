#include "trace/tasks.hpp"

#include <dirent.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>

#include <cstdlib>
#include <memory>

namespace surisim::engine {

std::set<pid_t> threads_of_process() {
  std::set<pid_t> tids;
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir("/proc/self/task"), ::closedir);
  if (tasks == nullptr) return tids;
  while (const dirent* const entry = ::readdir(tasks.get())) {
    const int tid = std::atoi(entry->d_name);
    if (tid > 0) tids.insert(tid);
  }
  return tids;
}

std::set<pid_t> new_threads(const std::set<pid_t>& before) {
  constexpr int kLooks = 100;
  constexpr timespec kMoment{0, 1'000'000};
  std::set<pid_t> found;
  for (int look = 0; look < kLooks; ++look) {
    found = threads_of_process();
    std::erase_if(found, [&before](pid_t tid) { return before.contains(tid); });
    if (found.empty()) break;
    ::nanosleep(&kMoment, nullptr);
  }
  return found;
}

}  // namespace surisim::engine
