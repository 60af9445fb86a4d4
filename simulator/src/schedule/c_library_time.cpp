// The C library's sleeps, clocks and yields, for threads under control: time is virtual. And
// OneProcessor, with the C library's functions that would show its affinity.
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/raw_syscall.hpp"
#include "schedule/c_library.hpp"
#include "schedule/controller.hpp"

namespace surisim::schedule {

// Calendar clocks start at 2026-01-01, so that all runs see the same times.
Nanoseconds offset_of(clockid_t clock) noexcept {
  const bool calendar =
      clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
  return calendar ? std::chrono::seconds(1'767'225'600) : Nanoseconds(0);
}

timespec read_clock(clockid_t clock) noexcept {
  const Nanoseconds time = now() + offset_of(clock);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace {

// CPU time and clocks of devices are not virtual.
bool is_virtual(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
      return true;
    default:
      return false;
  }
}

// Signals do not interrupt it.
int sleep_for(const timespec& duration, timespec* left) {
  if (!is_valid(duration) || duration.tv_sec < 0) return EINVAL;
  sleep_until(now() + to_duration(duration));
  if (left != nullptr) *left = {};
  return 0;
}

}  // namespace

#endif

}  // namespace surisim::schedule

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

using namespace surisim::schedule;

SURISIM_C_LIBRARY int nanosleep(const timespec* duration, timespec* left) {
  static const auto real = next_definition<int(const timespec*, timespec*)>(__func__);
  if (!controlled()) return real(duration, left);
  const int result = sleep_for(*duration, left);
  if (result == 0) return 0;
  errno = result;
  return -1;
}

SURISIM_C_LIBRARY int clock_nanosleep(clockid_t clock, int flags, const timespec* time,
                                      timespec* left) {
  static const auto real =
      next_definition<int(clockid_t, int, const timespec*, timespec*)>(__func__);
  if (!controlled() || !is_virtual(clock)) return real(clock, flags, time, left);
  if ((flags & TIMER_ABSTIME) == 0) return sleep_for(*time, left);
  if (!is_valid(*time)) return EINVAL;
  sleep_until(to_duration(*time) - offset_of(clock));
  return 0;
}

SURISIM_C_LIBRARY int usleep(useconds_t duration) {
  static const auto real = next_definition<int(useconds_t)>(__func__);
  if (!controlled()) return real(duration);
  sleep_until(now() + std::chrono::microseconds(duration));
  return 0;
}

SURISIM_C_LIBRARY unsigned sleep(unsigned duration) {
  static const auto real = next_definition<unsigned(unsigned)>(__func__);
  if (!controlled()) return real(duration);
  sleep_until(now() + std::chrono::seconds(duration));
  return 0;
}

SURISIM_C_LIBRARY int sched_yield() noexcept {
  static const auto real = next_definition<int()>(__func__);
  if (!controlled()) return real();
  surisim::schedule::yield();
  return 0;
}

SURISIM_C_LIBRARY int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto real = next_definition<int(clockid_t, timespec*)>(__func__);
  if (!controlled() || !is_virtual(clock)) return real(clock, time);
  *time = read_clock(clock);
  return 0;
}

SURISIM_C_LIBRARY int gettimeofday(timeval* time, void* zone) noexcept {
  static const auto real = next_definition<int(timeval*, void*)>(__func__);
  if (!controlled()) return real(time, zone);
  const timespec read = read_clock(CLOCK_REALTIME);
  *time = {read.tv_sec, read.tv_nsec / 1000};
  return 0;
}

SURISIM_C_LIBRARY time_t time(time_t* result) noexcept {
  static const auto real = next_definition<time_t(time_t*)>(__func__);
  if (!controlled()) return real(result);
  const time_t seconds = read_clock(CLOCK_REALTIME).tv_sec;
  if (result != nullptr) *result = seconds;
  return seconds;
}

#endif

namespace surisim::schedule {

namespace {

struct Processors {
  cpu_set_t all{};  // the thread's affinity before
  cpu_set_t one{};  // the processor it is pinned to
  std::atomic<bool> pinned{false};
};
constinit Processors g_processors{};

long affinity(int call, const cpu_set_t& set) noexcept {
  return base::raw_syscall(call, 0, sizeof set, base::as_argument(&set));
}

}  // namespace

OneProcessor::OneProcessor() noexcept {
  const int mine = ::sched_getcpu();
  if (mine < 0 || g_processors.pinned || affinity(SYS_sched_getaffinity, g_processors.all) < 0)
    return;
  CPU_ZERO(&g_processors.one);
  CPU_SET(static_cast<unsigned>(mine), &g_processors.one);
  if (affinity(SYS_sched_setaffinity, g_processors.one) == 0) mine_ = g_processors.pinned = true;
}

OneProcessor::~OneProcessor() {
  if (!mine_) return;
  g_processors.pinned = false;
  (void)affinity(SYS_sched_setaffinity, g_processors.all);
}

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace {

// Replaces the one processor in the answer by the affinity before.
template <class Result>
Result hide_pinning(Result answer, std::size_t size, cpu_set_t* set) noexcept {
  if (answer < 0 || !g_processors.pinned || size < sizeof g_processors.all ||
      CPU_EQUAL(set, &g_processors.one) == 0)
    return answer;
  std::memcpy(set, &g_processors.all, sizeof g_processors.all);
  return answer;
}

}  // namespace

SURISIM_C_LIBRARY int sched_getaffinity(pid_t thread, std::size_t size, cpu_set_t* set) noexcept {
  static const auto next = next_definition<int(pid_t, std::size_t, cpu_set_t*)>(__func__);
  return hide_pinning(next(thread, size, set), size, set);
}

SURISIM_C_LIBRARY int pthread_getaffinity_np(pthread_t thread, std::size_t size,
                                             cpu_set_t* set) noexcept {
  static const auto next = next_definition<int(pthread_t, std::size_t, cpu_set_t*)>(__func__);
  const int error = next(thread, size, set);
  if (error == 0) (void)hide_pinning(0, size, set);
  return error;
}

SURISIM_C_LIBRARY int get_nprocs() noexcept {
  static const auto next = next_definition<int()>(__func__);
  return g_processors.pinned ? CPU_COUNT(&g_processors.all) : next();
}

SURISIM_C_LIBRARY long sysconf(int name) noexcept {
  static const auto next = next_definition<long(int)>(__func__);
  return g_processors.pinned && name == _SC_NPROCESSORS_ONLN ? CPU_COUNT(&g_processors.all)
                                                             : next(name);
}

#endif

}  // namespace surisim::schedule
