// A mutex that clang's thread-safety analysis understands, and annotations for what it guards.
// Every lock of the simulator is a Mutex or a SpinLock (trace/handover.hpp): clang builds fail if a
// guarded member is accessed without its lock. Also NoPoints, which every held Mutex implies.
//
// When:    for short work. Never held while a thread waits at a hand-over or runs a plugin's code:
//          only hand-overs decide the order of threads.
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/raw_syscall.hpp"

#ifdef __clang__
#define SURISIM_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define SURISIM_THREAD_SAFETY(attribute)
#endif

// For a type that can be locked, and for one that holds a lock for a scope.
#define SURISIM_CAPABILITY(name) SURISIM_THREAD_SAFETY(capability(name))
#define SURISIM_SCOPED_CAPABILITY SURISIM_THREAD_SAFETY(scoped_lockable)
// For a member that is only accessed with the lock held.
#define SURISIM_GUARDED_BY(lock) SURISIM_THREAD_SAFETY(guarded_by(lock))
// For a function whose caller must hold the locks, or must not hold them.
#define SURISIM_REQUIRES(...) SURISIM_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define SURISIM_EXCLUDES(...) SURISIM_THREAD_SAFETY(locks_excluded(__VA_ARGS__))
// For a function that takes locks or releases them.
#define SURISIM_ACQUIRE(...) SURISIM_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define SURISIM_RELEASE(...) SURISIM_THREAD_SAFETY(release_capability(__VA_ARGS__))
// For a function that is correct for a reason the analysis cannot see; a comment gives the reason.
#define SURISIM_NO_THREAD_SAFETY_ANALYSIS SURISIM_THREAD_SAFETY(no_thread_safety_analysis)

namespace surisim::base {

// Above 0: the calling thread has no scheduling points (schedule/controller.hpp), so that no other
// thread runs instead. Needed while it holds a lock of the simulator, unwinds its stack, or is in
// malloc, which the C library may call with its own locks held.
inline thread_local int no_points __attribute__((tls_model("initial-exec"))) = 0;

// No scheduling points within this scope.
class NoPoints {
 public:
  NoPoints() noexcept { ++no_points; }
  ~NoPoints() { --no_points; }
  NoPoints(const NoPoints&) = delete;
  NoPoints& operator=(const NoPoints&) = delete;
};

}  // namespace surisim::base

namespace surisim {

// Not a std::mutex: the library replaces that one's functions to make them scheduling points for
// plugins (schedule/c_library_locks.cpp), and the simulator's own locks must not be any.
// std::condition_variable_any, which only the command uses, can wait with it.
class SURISIM_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock() noexcept SURISIM_ACQUIRE() {
    ++base::no_points;
    std::uint32_t expected = kFree;
    if (std::atomic_ref(state_).compare_exchange_strong(expected, kTaken, std::memory_order_acquire,
                                                        std::memory_order_relaxed))
      return;
    while (std::atomic_ref(state_).exchange(kWaitedFor, std::memory_order_acquire) != kFree)
      base::futex_wait(state_, kWaitedFor);
  }
  void unlock() noexcept SURISIM_RELEASE() {
    if (std::atomic_ref(state_).exchange(kFree, std::memory_order_release) == kWaitedFor)
      base::futex_wake(state_, 1);
    --base::no_points;
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;
  static constexpr std::uint32_t kWaitedFor = 2;  // a thread may be waiting
  std::uint32_t state_ = kFree;
};

// Holds a Mutex, or anything else with lock() and unlock(), for a scope.
template <class Lockable>
class SURISIM_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Lockable& lockable) SURISIM_ACQUIRE(lockable) : lockable_(lockable) {
    lockable_.lock();
  }
  ~MutexLock() SURISIM_RELEASE() { lockable_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Lockable& lockable_;
};

}  // namespace surisim
