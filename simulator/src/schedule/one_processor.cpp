// The system's affinity, and the C library's functions that tell of it.
#include "schedule/controller.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "base/raw_syscall.hpp"
#include "schedule/c_library.hpp"

namespace surisim::schedule {

namespace {

struct Processors {
  cpu_set_t all{};  // that the thread may use
  cpu_set_t one{};  // of them
  std::atomic<bool> kept{false};
};
constinit Processors g_processors{};

long affinity(int call, const cpu_set_t& set) noexcept {
  return base::raw_syscall(call, 0, sizeof set, base::as_argument(&set));
}

}  // namespace

OneProcessor::OneProcessor() noexcept {
  const int mine = ::sched_getcpu();
  if (mine < 0 || g_processors.kept || affinity(SYS_sched_getaffinity, g_processors.all) < 0)
    return;
  CPU_ZERO(&g_processors.one);
  CPU_SET(static_cast<unsigned>(mine), &g_processors.one);
  if (affinity(SYS_sched_setaffinity, g_processors.one) == 0) mine_ = g_processors.kept = true;
}

OneProcessor::~OneProcessor() {
  if (!mine_) return;
  g_processors.kept = false;
  (void)affinity(SYS_sched_setaffinity, g_processors.all);
}

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace {

// What a thread may use, if the answer is the one processor.
template <class Result>
Result as_without(Result answer, std::size_t size, cpu_set_t* set) noexcept {
  if (answer < 0 || !g_processors.kept || size < sizeof g_processors.all ||
      CPU_EQUAL(set, &g_processors.one) == 0)
    return answer;
  std::memcpy(set, &g_processors.all, sizeof g_processors.all);
  return answer;
}

}  // namespace

SURISIM_C_LIBRARY int sched_getaffinity(pid_t thread, std::size_t size, cpu_set_t* set) noexcept {
  static const auto next = next_definition<int(pid_t, std::size_t, cpu_set_t*)>(__func__);
  return as_without(next(thread, size, set), size, set);
}

SURISIM_C_LIBRARY int pthread_getaffinity_np(pthread_t thread, std::size_t size,
                                             cpu_set_t* set) noexcept {
  static const auto next = next_definition<int(pthread_t, std::size_t, cpu_set_t*)>(__func__);
  const int error = next(thread, size, set);
  if (error == 0) (void)as_without(0, size, set);
  return error;
}

SURISIM_C_LIBRARY int get_nprocs() noexcept {
  static const auto next = next_definition<int()>(__func__);
  return g_processors.kept ? CPU_COUNT(&g_processors.all) : next();
}

SURISIM_C_LIBRARY long sysconf(int name) noexcept {
  static const auto next = next_definition<long(int)>(__func__);
  return g_processors.kept && name == _SC_NPROCESSORS_ONLN ? CPU_COUNT(&g_processors.all)
                                                           : next(name);
}

#endif

}  // namespace surisim::schedule
