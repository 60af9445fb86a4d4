// The C library's mutexes, read-write locks and spin locks, for threads under control. A thread
// takes one with the C library's try-lock; while that fails, the Controller blocks it until another
// thread unlocks.
#include <pthread.h>

#include <cerrno>

#include "schedule/c_library.hpp"

namespace surisim::schedule {
namespace {

// Calls `attempt` until it returns something other than EBUSY, or until the deadline.
template <class Attempt>
int acquire(Act act, void* lock, const void* caller, const Deadline& deadline, Attempt attempt) {
  const Operation operation{act, lock, caller, deadline.has_value()};
  point(operation);
  for (;;) {
    const int result = attempt();
    if (result == 0 || result == EOWNERDEAD) has_locked(operation);
    if (result != EBUSY) return result;
    if (!block(operation, deadline)) return ETIMEDOUT;
  }
}

template <class Attempt>
int acquire_once(Act act, void* lock, const void* caller, Attempt attempt) {
  const Operation operation{act, lock, caller, /*gives_up=*/true};
  point(operation);
  const int result = attempt();
  if (result == 0 || result == EOWNERDEAD) has_locked(operation);
  return result;
}

// Without a scheduling point.
template <class Release>
int unlock_and_wake(void* lock, Release unlock) {
  const int result = unlock();
  if (result != 0) return result;
  has_unlocked(lock);
  wake(lock, kAll);
  return 0;
}

template <class Release>
int release(void* lock, const void* caller, Release unlock) {
  const int result = unlock_and_wake(lock, unlock);
  if (result == 0) point({Act::unlock, lock, caller});
  return result;
}

int real_unlock(pthread_mutex_t* mutex) {
  static const auto real = next_definition<int(pthread_mutex_t*)>("pthread_mutex_unlock");
  return real(mutex);
}

// True if the thread already holds this mutex, and the mutex is of the kind that reports that.
bool reports_relock(const pthread_mutex_t* mutex) {
  constexpr int kKinds = 3;
  return (mutex->__data.__kind & kKinds) == PTHREAD_MUTEX_ERRORCHECK && holds(mutex, Act::lock);
}

int real_trylock(pthread_mutex_t* mutex) {
  static const auto real = next_definition<int(pthread_mutex_t*)>("pthread_mutex_trylock");
  return real(mutex);
}

}  // namespace

int lock_mutex(pthread_mutex_t* mutex, const void* caller, const Deadline& deadline) {
  if (reports_relock(mutex)) return EDEADLK;
  return acquire(Act::lock, mutex, caller, deadline, [mutex] { return real_trylock(mutex); });
}

int try_to_lock_mutex(pthread_mutex_t* mutex, const void* caller) {
  return acquire_once(Act::lock, mutex, caller, [mutex] { return real_trylock(mutex); });
}

int unlock_mutex(pthread_mutex_t* mutex, const void* caller) {
  return release(mutex, caller, [mutex] { return real_unlock(mutex); });
}

int unlock_mutex_to_wait(pthread_mutex_t* mutex) {
  return unlock_and_wake(mutex, [mutex] { return real_unlock(mutex); });
}

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

namespace {

using RwLockCall = int(pthread_rwlock_t*);

int try_to_share(pthread_rwlock_t* lock) {
  static const auto real = next_definition<RwLockCall>("pthread_rwlock_tryrdlock");
  return real(lock);
}

int try_to_own(pthread_rwlock_t* lock) {
  static const auto real = next_definition<RwLockCall>("pthread_rwlock_trywrlock");
  return real(lock);
}

// These two return EDEADLK, as in the C library, if the thread holds the lock exclusively.
int timed_share(pthread_rwlock_t* lock, const Deadline& deadline, const void* caller) {
  if (holds(lock, Act::lock)) return EDEADLK;
  return acquire(Act::share, lock, caller, deadline, [lock] { return try_to_share(lock); });
}

int timed_own(pthread_rwlock_t* lock, const Deadline& deadline, const void* caller) {
  if (holds(lock, Act::lock)) return EDEADLK;
  return acquire(Act::lock, lock, caller, deadline, [lock] { return try_to_own(lock); });
}

}  // namespace

#endif

}  // namespace surisim::schedule

#ifndef SURISIM_SANITIZER_OWNS_MALLOC

using namespace surisim::schedule;

SURISIM_C_LIBRARY int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static const auto real = next_definition<int(pthread_mutex_t*)>(__func__);
  if (!controlled()) return real(mutex);
  return lock_mutex(mutex, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  if (!controlled()) return real_trylock(mutex);
  return try_to_lock_mutex(mutex, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                              const timespec* until) noexcept {
  static const auto real = next_definition<int(pthread_mutex_t*, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(mutex, until);
  return lock_mutex(mutex, SURISIM_CALLED_FROM, deadline_on(CLOCK_REALTIME, *until));
}

SURISIM_C_LIBRARY int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                              const timespec* until) noexcept {
  static const auto real =
      next_definition<int(pthread_mutex_t*, clockid_t, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(mutex, clock, until);
  return lock_mutex(mutex, SURISIM_CALLED_FROM, deadline_on(clock, *until));
}

SURISIM_C_LIBRARY int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  static const auto real = next_definition<int(pthread_mutex_t*)>(__func__);
  if (!controlled()) return real(mutex);
  return unlock_mutex(mutex, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  static const auto real = next_definition<RwLockCall>(__func__);
  if (!controlled()) return real(lock);
  return timed_share(lock, {}, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  static const auto real = next_definition<RwLockCall>(__func__);
  if (!controlled()) return real(lock);
  return timed_own(lock, {}, SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  if (!controlled()) return try_to_share(lock);
  return acquire_once(Act::share, lock, SURISIM_CALLED_FROM, [lock] { return try_to_share(lock); });
}

SURISIM_C_LIBRARY int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  if (!controlled()) return try_to_own(lock);
  return acquire_once(Act::lock, lock, SURISIM_CALLED_FROM, [lock] { return try_to_own(lock); });
}

SURISIM_C_LIBRARY int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                                 const timespec* until) noexcept {
  static const auto real = next_definition<int(pthread_rwlock_t*, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(lock, until);
  return timed_share(lock, deadline_on(CLOCK_REALTIME, *until), SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                                 const timespec* until) noexcept {
  static const auto real = next_definition<int(pthread_rwlock_t*, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(lock, until);
  return timed_own(lock, deadline_on(CLOCK_REALTIME, *until), SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                                 const timespec* until) noexcept {
  static const auto real =
      next_definition<int(pthread_rwlock_t*, clockid_t, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(lock, clock, until);
  return timed_share(lock, deadline_on(clock, *until), SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                                 const timespec* until) noexcept {
  static const auto real =
      next_definition<int(pthread_rwlock_t*, clockid_t, const timespec*)>(__func__);
  if (!controlled() || !is_valid(*until)) return real(lock, clock, until);
  return timed_own(lock, deadline_on(clock, *until), SURISIM_CALLED_FROM);
}

SURISIM_C_LIBRARY int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  static const auto real = next_definition<RwLockCall>(__func__);
  if (!controlled()) return real(lock);
  return release(lock, SURISIM_CALLED_FROM, [lock] { return real(lock); });
}

SURISIM_C_LIBRARY int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  static const auto real = next_definition<int(pthread_spinlock_t*)>(__func__);
  static const auto attempt = next_definition<int(pthread_spinlock_t*)>("pthread_spin_trylock");
  if (!controlled()) return real(lock);
  return acquire(Act::lock, const_cast<int*>(lock), SURISIM_CALLED_FROM, {},
                 [lock] { return attempt(lock); });
}

SURISIM_C_LIBRARY int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  static const auto real = next_definition<int(pthread_spinlock_t*)>(__func__);
  if (!controlled()) return real(lock);
  return acquire_once(Act::lock, const_cast<int*>(lock), SURISIM_CALLED_FROM,
                      [lock] { return real(lock); });
}

SURISIM_C_LIBRARY int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  static const auto real = next_definition<int(pthread_spinlock_t*)>(__func__);
  if (!controlled()) return real(lock);
  return release(const_cast<int*>(lock), SURISIM_CALLED_FROM, [lock] { return real(lock); });
}

#endif
