// The C library's condition variables, semaphores, barriers, once functions and futexes, for
// threads under control. C++'s atomic::wait and Rust's std use the futex.
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <vector>

#include "base/host_scope.hpp"
#include "base/raw_syscall.hpp"
#include "schedule/c_library.hpp"

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace surisim::schedule {
namespace {

int wait_for_semaphore(sem_t* semaphore, const Deadline& deadline, const void* caller) {
  static const auto attempt = next_definition<int(sem_t*)>("sem_trywait");
  const Operation wait{Act::wait, semaphore, caller};
  point(wait);
  ::pthread_testcancel();
  while (attempt(semaphore) != 0) {
    if (errno != EAGAIN) return -1;
    if (!block(wait, deadline)) {
      errno = ETIMEDOUT;
      return -1;
    }
    ::pthread_testcancel();
  }
  acquire_from(semaphore);
  return 0;
}

// A barrier's count cannot be read, so it is noted in pthread_barrier_init.
struct Barrier {
  pthread_barrier_t* barrier;
  unsigned count;
  unsigned waiting;
  std::uint64_t rounds;
};

// Used only by the thread that has the baton, or before there is a second thread.
std::vector<Barrier>& barriers() {
  static std::vector<Barrier> all;
  return all;
}

Barrier* find(pthread_barrier_t* barrier) {
  auto& all = barriers();
  const auto at = std::find_if(all.begin(), all.end(),
                               [barrier](const Barrier& one) { return one.barrier == barrier; });
  return at == all.end() ? nullptr : &*at;
}

int wait_at(pthread_barrier_t* object, const void* caller) {
  const Operation wait{Act::wait, object, caller};
  point(wait);
  Barrier* barrier = find(object);
  release_to(object);
  if (++barrier->waiting == barrier->count) {
    barrier->waiting = 0;
    ++barrier->rounds;
    wake(object, kAll);
    acquire_from(object);
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  const std::uint64_t round = barrier->rounds;
  do {
    (void)block(wait);
    barrier = find(object);
  } while (barrier != nullptr && barrier->rounds == round);
  acquire_from(object);
  return 0;
}

// The controls of once functions that are running.
std::vector<pthread_once_t*>& running_once() {
  static std::vector<pthread_once_t*> all;
  return all;
}

using Once = int(pthread_once_t*, void (*)());

void do_nothing() {}

class OnceScope {
 public:
  explicit OnceScope(pthread_once_t* control) : control_(control) {
    const base::HostScope host;
    running_once().push_back(control);
  }
  OnceScope(const OnceScope&) = delete;
  OnceScope& operator=(const OnceScope&) = delete;
  // Also if the function throws or its thread is cancelled: then another thread runs it.
  ~OnceScope() {
    std::erase(running_once(), control_);
    wake(control_, kAll);
  }

 private:
  pthread_once_t* control_;
};

bool is_futex_wait(int command) { return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET; }
bool is_futex_wake(int command) {
  return command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET || command == FUTEX_REQUEUE ||
         command == FUTEX_CMP_REQUEUE;
}

// FUTEX_WAIT takes a duration, FUTEX_WAIT_BITSET a point in time.
Deadline deadline_of(int operation, const timespec* time) {
  if (time == nullptr) return {};
  if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT) return now() + to_duration(*time);
  const bool calendar = (operation & FUTEX_CLOCK_REALTIME) != 0;
  return deadline_on(calendar ? CLOCK_REALTIME : CLOCK_MONOTONIC, *time);
}

// Returns what the kernel would.
long futex(std::uint32_t* word, int operation, std::uint32_t value, const timespec* time,
           const void* caller) {
  const int command = operation & FUTEX_CMD_MASK;
  if (is_futex_wake(command)) {
    point({Act::wake, word, caller});
    // Requeued waiters are woken: they check their condition and wait again.
    wake(word, command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET ? value : kAll);
    surisim::base::futex_wake(*word, value);  // for threads that are not under control
    return value;
  }
  const Operation wait{Act::wait, word, caller};
  point(wait);
  if (std::atomic_ref(*word).load() != value) return -EAGAIN;
  return block(wait, deadline_of(operation, time)) ? 0 : -ETIMEDOUT;
}

// The clock of pthread_cond_timedwait (pthread_condattr_setclock), where glibc keeps it.
clockid_t clock_of(const pthread_cond_t* condition) {
  constexpr unsigned kMonotonic = 2;
  return (condition->__data.__wrefs & kMonotonic) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace

// The C library's object is not used: waiting threads are known only to the Controller.
int wait_for_condition(pthread_cond_t* condition, pthread_mutex_t* mutex, const void* caller,
                       const Deadline& deadline) {
  const Operation wait{Act::wait, condition, caller};
  point(wait);
  ::pthread_testcancel();
  if (const int result = unlock_mutex_to_wait(mutex); result != 0) return result;
  const bool in_time = block(wait, deadline);
  if (const int result = lock_mutex(mutex, caller); result != 0) return result;
  ::pthread_testcancel();
  return in_time ? 0 : ETIMEDOUT;
}

int wake_for_condition(pthread_cond_t* condition, std::uint32_t max, const void* caller) {
  using Call = int(pthread_cond_t*);
  static const auto real_signal = next_definition<Call>("pthread_cond_signal");
  static const auto real_broadcast = next_definition<Call>("pthread_cond_broadcast");
  point({Act::wake, condition, caller});
  wake(condition, max);
  // For threads that are not under control.
  return max == 1 ? real_signal(condition) : real_broadcast(condition);
}

int run_once(pthread_once_t* control, void (*function)(), const void* caller) {
  static const auto real = next_definition<Once>("pthread_once");
  constexpr int kDone = 2;  // glibc's
  // Checked before the point too: the handler of a crash may come here for a backtrace.
  const auto is_done = [control] { return (std::atomic_ref(*control).load() & kDone) != 0; };
  if (is_done()) {
    acquire_from(control);
    return 0;
  }
  const Operation once{Act::once, control, caller};
  point(once);
  for (;;) {
    if (is_done()) {
      acquire_from(control);
      return 0;
    }
    const auto& running = running_once();
    if (std::find(running.begin(), running.end(), control) == running.end()) break;
    (void)block(once);
  }
  const OnceScope scope(control);
  function();
  release_to(control);
  return real(control, do_nothing);
}

}  // namespace surisim::schedule

using namespace surisim::schedule;

SURISIM_C_LIBRARY int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static const auto real = next_definition<int(pthread_cond_t*, pthread_mutex_t*)>(__func__);
  if (!controlled()) return real(condition, mutex);
  return wait_for_condition(condition, mutex, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                             const timespec* until) {
  static const auto real =
      next_definition<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(condition, mutex, until);
  return wait_for_condition(condition, mutex, SURISIM_CALLED_FROM,
                            deadline_on(clock_of(condition), *until));
}

SURISIM_C_LIBRARY int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                             clockid_t clock, const timespec* until) {
  static const auto real =
      next_definition<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(condition, mutex, clock, until);
  return wait_for_condition(condition, mutex, SURISIM_CALLED_FROM, deadline_on(clock, *until));
}

SURISIM_C_LIBRARY int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static const auto real = next_definition<int(pthread_cond_t*)>(__func__);
  if (!controlled()) return real(condition);
  return wake_for_condition(condition, 1, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  static const auto real = next_definition<int(pthread_cond_t*)>(__func__);
  if (!controlled()) return real(condition);
  return wake_for_condition(condition, kAll, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int sem_wait(sem_t* semaphore) {
  static const auto real = next_definition<int(sem_t*)>(__func__);
  if (!controlled()) return real(semaphore);
  return wait_for_semaphore(semaphore, {}, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int sem_timedwait(sem_t* semaphore, const timespec* until) {
  static const auto real = next_definition<int(sem_t*, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(semaphore, until);
  return wait_for_semaphore(semaphore, deadline_on(CLOCK_REALTIME, *until), SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  static const auto real = next_definition<int(sem_t*, clockid_t, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(semaphore, clock, until);
  return wait_for_semaphore(semaphore, deadline_on(clock, *until), SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int sem_trywait(sem_t* semaphore) noexcept {
  static const auto real = next_definition<int(sem_t*)>(__func__);
  if (!controlled()) return real(semaphore);
  point({Act::wait, semaphore, SURISIM_CALLED_FROM});
  const int result = real(semaphore);
  if (result == 0) acquire_from(semaphore);
  return result;
}

SURISIM_C_LIBRARY int sem_post(sem_t* semaphore) noexcept {
  static const auto real = next_definition<int(sem_t*)>(__func__);
  if (!controlled()) return real(semaphore);
  point({Act::wake, semaphore, SURISIM_CALLED_FROM});
  release_to(semaphore);
  const int result = real(semaphore);
  wake(semaphore, kAll);
  return result;
}

SURISIM_C_LIBRARY int pthread_barrier_init(pthread_barrier_t* barrier,
                                           const pthread_barrierattr_t* attributes,
                                           unsigned count) noexcept {
  static const auto real =
      next_definition<int(pthread_barrier_t*, const pthread_barrierattr_t*, unsigned)>(__func__);
  const int result = real(barrier, attributes, count);
  if (result != 0 || !controlled()) return result;
  const surisim::base::HostScope host;
  if (Barrier* const known = find(barrier))
    *known = {barrier, count, 0, known->rounds + 1};
  else
    barriers().push_back({barrier, count, 0, 0});
  return 0;
}

SURISIM_C_LIBRARY int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  static const auto real = next_definition<int(pthread_barrier_t*)>(__func__);
  if (!controlled() || find(barrier) == nullptr) return real(barrier);
  return wait_at(barrier, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_once(pthread_once_t* control, void (*function)()) {
  static const auto real = next_definition<Once>(__func__);
  if (!controlled()) return real(control, function);
  return run_once(control, function, SURISIM_CALLED_FROM);
}

// The guards of C++'s static local variables. Once the variable is initialized, threads only load
// the guard's first byte. Initializing one of our own has no points: a thread that is not under
// control may wait for it in the C++ library, or be waited for there. These functions must have no
// static variables themselves.
SURISIM_C_LIBRARY int __cxa_guard_acquire(long long* guard) {
  static std::atomic<int (*)(long long*)> real{nullptr};
  if (real.load() == nullptr) real = next_definition<int(long long*)>("__cxa_guard_acquire");
  if (SURISIM_CALLED_FROM == nullptr) {
    ++surisim::base::no_points;
    const int result = real.load()(guard);
    if (result == 0) --surisim::base::no_points;
    return result;
  }
  const int result = real.load()(guard);
  if (controlled()) acquire_from(guard);
  return result;
}

SURISIM_C_LIBRARY void __cxa_guard_release(long long* guard) {
  static std::atomic<void (*)(long long*)> real{nullptr};
  if (real.load() == nullptr) real = next_definition<void(long long*)>("__cxa_guard_release");
  const bool ours = SURISIM_CALLED_FROM == nullptr;
  if (!ours && controlled()) release_to(guard, ReleaseKind::visible_to_loads);
  real.load()(guard);
  if (ours) --surisim::base::no_points;
}

std::optional<long> surisim::schedule::system_call(long number,
                                                   const std::array<long, 6>& arguments,
                                                   const void* caller) noexcept {
  const auto& [a, b, c, d, e, f] = arguments;
  const auto as_result = [](int returned) { return returned == 0 ? 0L : -long{errno}; };
  switch (number) {
    case SYS_futex: {
      const int command = static_cast<int>(b) & FUTEX_CMD_MASK;
      if (!is_futex_wait(command) && !is_futex_wake(command)) return std::nullopt;
      return futex(reinterpret_cast<std::uint32_t*>(a), static_cast<int>(b),
                   static_cast<std::uint32_t>(c), reinterpret_cast<const timespec*>(d), caller);
    }
    case SYS_sched_yield:
      return as_result(::sched_yield());
    case SYS_nanosleep:
      return as_result(
          ::nanosleep(reinterpret_cast<const timespec*>(a), reinterpret_cast<timespec*>(b)));
    case SYS_clock_nanosleep:
      return -::clock_nanosleep(static_cast<clockid_t>(a), static_cast<int>(b),
                                reinterpret_cast<const timespec*>(c),
                                reinterpret_cast<timespec*>(d));
    case SYS_clock_gettime:
      return as_result(::clock_gettime(static_cast<clockid_t>(a), reinterpret_cast<timespec*>(b)));
    default:
      return std::nullopt;
  }
}

SURISIM_C_LIBRARY long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  std::array<long, 6> arguments;
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  const auto& [a, b, c, d, e, f] = arguments;
  std::optional<long> made;
  if (controlled()) made = system_call(number, arguments, SURISIM_CALLED_FROM);
  const long result = made ? *made : surisim::base::raw_syscall(number, a, b, c, d, e, f);
  constexpr long kLastError = -4095;
  if (result >= 0 || result < kLastError) return result;
  errno = static_cast<int>(-result);
  return -1;
}

#else

// No thread is under control.
std::optional<long> surisim::schedule::system_call(long /*number*/,
                                                   const std::array<long, 6>& /*arguments*/,
                                                   const void* /*caller*/) noexcept {
  return std::nullopt;
}

#endif
