// The C library's C11 threads, for threads under control. In glibc they are POSIX threads.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <new>

#include "base/host_scope.hpp"
#include "schedule/c_library.hpp"

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace surisim::schedule {
namespace {

int to_c11(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

struct Start {
  thrd_start_t routine;
  void* argument;
};

void* run_start(void* given) {
  const Start start = *static_cast<Start*>(given);
  delete static_cast<Start*>(given);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start.routine(start.argument)));
}

}  // namespace
}  // namespace surisim::schedule

using namespace surisim::schedule;

SURISIM_C_LIBRARY int mtx_lock(mtx_t* mutex) {
  static const auto real = next_definition<int(mtx_t*)>(__func__);
  if (!controlled()) return real(mutex);
  return to_c11(lock_mutex(posix(mutex), SURISIM_CALLED_FROM));
}

SURISIM_C_LIBRARY int mtx_trylock(mtx_t* mutex) {
  static const auto real = next_definition<int(mtx_t*)>(__func__);
  if (!controlled()) return real(mutex);
  return to_c11(try_to_lock_mutex(posix(mutex), SURISIM_CALLED_FROM));
}

SURISIM_C_LIBRARY int mtx_timedlock(mtx_t* mutex, const timespec* until) {
  static const auto real = next_definition<int(mtx_t*, const timespec*)>(__func__);
  if (!controlled()) return real(mutex, until);
  return to_c11(lock_mutex(posix(mutex), SURISIM_CALLED_FROM, deadline_on(CLOCK_REALTIME, *until)));
}

SURISIM_C_LIBRARY int mtx_unlock(mtx_t* mutex) {
  static const auto real = next_definition<int(mtx_t*)>(__func__);
  if (!controlled()) return real(mutex);
  return to_c11(unlock_mutex(posix(mutex), SURISIM_CALLED_FROM));
}

SURISIM_C_LIBRARY int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  static const auto real = next_definition<int(cnd_t*, mtx_t*)>(__func__);
  if (!controlled()) return real(condition, mutex);
  return to_c11(wait_for_condition(posix(condition), posix(mutex), SURISIM_CALLED_FROM));
}

SURISIM_C_LIBRARY int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  static const auto real = next_definition<int(cnd_t*, mtx_t*, const timespec*)>(__func__);
  if (!controlled()) return real(condition, mutex, until);
  return to_c11(wait_for_condition(posix(condition), posix(mutex), SURISIM_CALLED_FROM,
                                   deadline_on(CLOCK_REALTIME, *until)));
}

SURISIM_C_LIBRARY int cnd_signal(cnd_t* condition) {
  static const auto real = next_definition<int(cnd_t*)>(__func__);
  if (!controlled()) return real(condition);
  return wake_for_condition(posix(condition), 1, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int cnd_broadcast(cnd_t* condition) {
  static const auto real = next_definition<int(cnd_t*)>(__func__);
  if (!controlled()) return real(condition);
  return wake_for_condition(posix(condition), kAll, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY void call_once(once_flag* flag, void (*function)()) {
  static const auto real = next_definition<void(once_flag*, void (*)())>(__func__);
  if (!controlled()) return real(flag, function);
  run_once(&flag->__data, function, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int thrd_create(thrd_t* thread, thrd_start_t routine, void* argument) {
  static const auto real = next_definition<int(thrd_t*, thrd_start_t, void*)>(__func__);
  if (!controlled()) return real(thread, routine, argument);
  const surisim::base::HostScope host;
  auto* const start = new (std::nothrow) Start{routine, argument};
  if (start == nullptr) return thrd_nomem;
  const int result = ::pthread_create(thread, nullptr, run_start, start);
  if (result != 0) delete start;
  return to_c11(result);
}

SURISIM_C_LIBRARY int thrd_join(thrd_t thread, int* result) {
  static const auto real = next_definition<int(thrd_t, int*)>(__func__);
  if (controlled()) (void)wait_for_end(thread, SURISIM_CALLED_FROM);
  return real(thread, result);
}

SURISIM_C_LIBRARY int thrd_sleep(const timespec* duration, timespec* left) {
  static const auto real = next_definition<int(const timespec*, timespec*)>(__func__);
  if (!controlled()) return real(duration, left);
  sleep_until(now() + to_duration(*duration));
  if (left != nullptr) *left = {};
  return 0;
}

SURISIM_C_LIBRARY void thrd_yield() {
  static const auto real = next_definition<void()>(__func__);
  if (!controlled()) return real();
  surisim::schedule::yield();
}

#endif
