// Lists the process's threads from /proc, and sets up signal stacks.
#include "trace/os_threads.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include "trace/handover.hpp"

namespace surisim::engine {

namespace {
// Enough for a handler that walks the interrupted stack. Untouched pages cost nothing.
constexpr std::size_t kSignalStackBytes = 65536;
}  // namespace

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
  constexpr int kTries = 100;
  constexpr std::chrono::milliseconds kMoment{1};
  std::set<pid_t> found;
  for (int i = 0; i < kTries; ++i) {
    found = threads_of_process();
    std::erase_if(found, [&before](pid_t tid) { return before.contains(tid); });
    if (found.empty()) break;
    pause_for(kMoment);
  }
  return found;
}

SignalStack::SignalStack() {
  stack_t now{};
  if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
  void* const memory = ::mmap(nullptr, kSignalStackBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t mine{};
  mine.ss_sp = memory;
  mine.ss_size = kSignalStackBytes;
  if (::sigaltstack(&mine, nullptr) == 0) {
    memory_ = memory;
  } else {
    ::munmap(memory, kSignalStackBytes);
  }
}

SignalStack::~SignalStack() {
  if (memory_ == nullptr) return;
  stack_t now{};
  if (::sigaltstack(nullptr, &now) == 0 && now.ss_sp == memory_) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  ::munmap(memory_, kSignalStackBytes);
}

}  // namespace surisim::engine
