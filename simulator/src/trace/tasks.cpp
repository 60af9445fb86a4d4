#include "trace/tasks.hpp"

#include <dirent.h>

#include <chrono>
#include <cstdlib>
#include <memory>

#include "trace/handover.hpp"

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
  constexpr std::chrono::milliseconds kMoment{1};
  std::set<pid_t> found;
  for (int look = 0; look < kLooks; ++look) {
    found = threads_of_process();
    std::erase_if(found, [&before](pid_t tid) { return before.contains(tid); });
    if (found.empty()) break;
    pause_for(kMoment);
  }
  return found;
}

}  // namespace surisim::engine
