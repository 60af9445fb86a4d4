// Everything by which the engine's threads wait for each other and read the time: latches, gates,
// credits, queues, thread start and join, clocks.
//
// They are in one place so that (1) threads wait on futexes instead of polling, (2) each hand-over
// carries the sender's logical clock, by which the event log is ordered without a counter shared by
// workers, and (3) a scheduler can take over in the functions below.
// tests/layout/promises_test.cpp fails if the engine waits, wakes or reads the time elsewhere.
//
// When:    at any time.
// Owner:   whoever declares one; it outlives all its users.
// Threads: any, unless noted.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "schedule/c_library.hpp"

namespace surisim::engine {

// Everything below waits, wakes and reads the time only through these functions, which ask the
// scheduler if there is one.

using TimePoint = std::chrono::steady_clock::time_point;
using Deadline = std::optional<TimePoint>;  // nullopt: none

TimePoint steady_now() noexcept;
std::timespec wall_now() noexcept;
inline TimePoint deadline_in(std::uint64_t ms) noexcept {
  return steady_now() + std::chrono::milliseconds(ms);
}
// Waits while `word` is `expected`; may return early. False: the deadline has passed.
bool wait_on(std::uint32_t& word, std::uint32_t expected, Deadline deadline = {}) noexcept;
// Wakes up to `most` threads that wait on `word`, whose memory may already be freed.
void wake(std::uint32_t& word, std::uint32_t most) noexcept;
// Give up the processor, briefly or for a duration.
void yield() noexcept;
void pause_for(std::chrono::nanoseconds duration) noexcept;
// False: there is only one processor, so nothing changes while a thread spins.
bool spinning_helps() noexcept;
// A flow's lock, which plugins may take too; callbacks run with it held (L35).
inline void lock_flow(pthread_mutex_t& mutex) noexcept {
  if (schedule::controlled()) [[unlikely]]
    (void)schedule::lock_mutex(&mutex, nullptr);
  else
    pthread_mutex_lock(&mutex);
}
inline void unlock_flow(pthread_mutex_t& mutex) noexcept {
  if (schedule::controlled()) [[unlikely]]
    (void)schedule::unlock_mutex(&mutex, nullptr);
  else
    pthread_mutex_unlock(&mutex);
}
// A scheduling point: with --schedule another thread may run here (schedule/controller.hpp).
inline void may_switch(schedule::Act act, const void* object) noexcept {
  if (schedule::controlled()) [[unlikely]]
    schedule::point({act, object, nullptr});
}

// A thread's logical clock: advances with each event that the thread records, and is never behind a
// clock it has seen. [owner]
class Clock {
 public:
  std::uint64_t tick() noexcept { return ++now_; }
  std::uint64_t now() const noexcept { return now_; }
  void see(std::uint64_t other) noexcept {
    if (other > now_) now_ = other;
  }

 private:
  std::uint64_t now_ = 0;
};

// The calling thread's clock.
Clock& my_clock() noexcept;

// The newest clock that any thread has left here.
class ClockMark {
 public:
  void leave() noexcept {
    if (schedule::t_me != nullptr) [[unlikely]]
      schedule::release_to(this);
    const std::uint64_t mine = my_clock().now();
    std::uint64_t seen = newest_.load(std::memory_order_relaxed);
    while (seen < mine && !newest_.compare_exchange_weak(seen, mine, std::memory_order_release,
                                                         std::memory_order_relaxed)) {
    }
  }
  void take() const noexcept {
    if (schedule::t_me != nullptr) [[unlikely]]
      schedule::acquire_from(this);
    my_clock().see(newest_.load(std::memory_order_acquire));
  }

 private:
  std::atomic<std::uint64_t> newest_{0};
};

// The OS thread behind a simulated one. [creator]
class OsThread {
 public:
  // Runs `entry(argument)` on a new thread with this clock. Returns 0 or an errno value.
  int start(Clock& clock, void* (*entry)(void*), void* argument) noexcept;
  // Waits for the end of the thread, which must have been started.
  void join() noexcept;

 private:
  pthread_t handle_{};
  Clock* clock_ = nullptr;
};

// A lock for a few instructions, which may be taken inside malloc.
class SURISIM_CAPABILITY("spin lock") SpinLock {
 public:
  void lock() noexcept SURISIM_ACQUIRE() {
    // A holder that takes longer than this many spins is not running, perhaps because this thread
    // is.
    constexpr int kMostSpins = 64;
    ++base::no_points;
    for (int spins = 0; taken_.exchange(true, std::memory_order_acquire);) {
      for (; taken_.load(std::memory_order_relaxed); ++spins) {
        if (spins < kMostSpins) {
          __builtin_ia32_pause();
        } else {
          yield();
        }
      }
    }
  }
  void unlock() noexcept SURISIM_RELEASE() {
    taken_.store(false, std::memory_order_release);
    --base::no_points;
  }

 private:
  std::atomic<bool> taken_{false};
};

// The threads that wait for a word to change.
class Waiters {
 public:
  // Waits while `word` is `seen`; may return early. False: the deadline has passed.
  bool wait(std::uint32_t& word, std::uint32_t seen, Deadline deadline = {}) const noexcept;
  // Call it after each change of `word` that a thread may wait for.
  void wake(std::uint32_t& word) const noexcept;

 private:
  mutable std::atomic<std::uint32_t> waiting_{0};
};

// Spins for a moment or until `done`, before the caller goes to sleep: most answers come faster
// than a thread can go to sleep and wake up (bench/lifecycle_bench.cpp).
template <class Done>
void spin_briefly(Done done) noexcept {
  constexpr std::chrono::microseconds kMoment{25};
  if (!spinning_helps()) return;
  const TimePoint until = steady_now() + kMoment;
  while (!done() && steady_now() < until) {
  }
}

// Yields a few times or until `done`, before the caller goes to sleep: if the other side is busy,
// its next item is about to arrive.
template <class Done>
void yield_briefly(Done done) noexcept {
  constexpr int kTurns = 16;
  if (schedule::controlled()) return;
  for (int turn = 0; turn < kTurns && !done(); ++turn) yield();
}

// Counts down to zero, which releases the waiting threads. A released thread may destroy the latch
// at once.
class Latch {
 public:
  explicit Latch(std::uint32_t count) : left_(count) {}
  void count_down() noexcept {
    may_switch(schedule::Act::wake, this);
    mark_.leave();
    if (std::atomic_ref(left_).fetch_sub(1, std::memory_order_acq_rel) == 1)
      wake(left_, kEveryone);  // uses only the address: the latch may be gone
  }
  // False: the deadline has passed.
  bool wait(Deadline deadline = {}) noexcept {
    for (std::uint32_t left; (left = std::atomic_ref(left_).load(std::memory_order_acquire)) != 0;)
      if (!wait_on(left_, left, deadline)) return false;
    mark_.take();
    return true;
  }

 private:
  static constexpr std::uint32_t kEveryone = 0x7fffffff;
  std::uint32_t left_;
  ClockMark mark_;
};

// Opens once, which releases the waiting threads.
class Gate {
 public:
  void open() noexcept {
    mark_.leave();
    std::atomic_ref(open_).store(1, std::memory_order_release);
    waiters_.wake(open_);
  }
  bool is_open() noexcept {
    if (std::atomic_ref(open_).load(std::memory_order_acquire) == 0) return false;
    mark_.take();
    return true;
  }
  void wait() noexcept {
    while (!is_open()) waiters_.wait(open_, 0);
  }

 private:
  std::uint32_t open_ = 0;
  ClockMark mark_;
  Waiters waiters_;
};

// Limits what is in flight: take() waits while all credit is taken.
class Credit {
 public:
  explicit Credit(std::uint32_t limit) : left_(limit) {}
  void take() noexcept;
  void give() noexcept;
  // From now on take() never waits.
  void close() noexcept;

 private:
  static constexpr std::uint32_t kClosed = 0xffffffff;
  std::uint32_t left_;
  ClockMark mark_;
  Waiters waiters_;
};

// Ends the main loop when all capturing threads are done, or a thread has failed (L14, L15).
class MainLoopSignal {
 public:
  // Call it before any reporting thread is released. [main]
  void arm(std::uint32_t captures) noexcept;
  void capture_done() noexcept;
  void thread_failed() noexcept;
  // False: a thread has failed. [main]
  bool wait() noexcept { return *wait_until({}); }
  // The same; nullopt: the deadline has passed. [main]
  std::optional<bool> wait_until(Deadline deadline) noexcept;

 private:
  static constexpr std::uint32_t kFailed = 1;
  static constexpr std::uint32_t kCapture = 2;  // for each capturing thread that is not done
  std::uint32_t state_ = 0;
  ClockMark mark_;
  Waiters waiters_;
};

// A FIFO queue from any number of threads to any number of threads. Items are few and large
// (batches, jobs), so a plain lock is fast enough.
template <class T>
class Channel {
 public:
  void push(T item) {
    may_switch(schedule::Act::wake, this);
    {
      const MutexLock lock(mutex_);
      queue_.push_back({std::move(item), my_clock().now()});
      if (schedule::t_me != nullptr) [[unlikely]]
        schedule::release_to(&queue_.back(), schedule::ReleaseKind::replace);
      std::atomic_ref(pushed_).fetch_add(1, std::memory_order_release);
    }
    waiters_.wake(pushed_);
  }
  T pop() {
    for (;;) {
      std::uint32_t seen = 0;
      {
        const MutexLock lock(mutex_);
        if (!queue_.empty()) return take_first();
        seen = pushed();
      }
      waiters_.wait(pushed_, seen);
    }
  }
  // The same; nullopt: the deadline has passed.
  std::optional<T> pop_until(Deadline deadline) {
    for (;;) {
      const std::uint32_t seen = pushed();
      if (std::optional<T> first = try_pop()) return first;
      if (!waiters_.wait(pushed_, seen, deadline)) return try_pop();
    }
  }
  // The same as pop(), for a receiver whose next item is likely to arrive soon.
  T pop_soon() {
    for (;;) {
      const std::uint32_t seen = pushed();
      if (std::optional<T> first = try_pop()) return *std::move(first);
      yield_briefly([&] { return pushed() != seen; });
      waiters_.wait(pushed_, seen);
    }
  }
  std::optional<T> try_pop() {
    may_switch(schedule::Act::wait, this);
    const MutexLock lock(mutex_);
    if (queue_.empty()) return std::nullopt;
    return take_first();
  }
  bool empty() const {
    const MutexLock lock(mutex_);
    return queue_.empty();
  }

 private:
  struct Stamped {
    T item;
    std::uint64_t clock;
  };
  std::uint32_t pushed() noexcept {
    return std::atomic_ref(pushed_).load(std::memory_order_acquire);
  }
  T take_first() SURISIM_REQUIRES(mutex_) {
    if (schedule::t_me != nullptr) [[unlikely]]
      schedule::acquire_from(&queue_.front());
    Stamped first = std::move(queue_.front());
    queue_.pop_front();
    my_clock().see(first.clock);
    return std::move(first.item);
  }
  mutable Mutex mutex_;
  std::deque<Stamped> queue_ SURISIM_GUARDED_BY(mutex_);
  std::uint32_t pushed_ = 0;  // changed with mutex_ held, waited for without
  Waiters waiters_;
};

// A queue from any number of threads to one, which checks it between other work and never waits.
template <class T>
class Inbox {
 public:
  // False: closed; the item was not taken.
  bool put(T item) {
    may_switch(schedule::Act::wake, this);
    const MutexLock lock(mutex_);
    if (closed_) return false;
    items_.push_back(std::move(item));
    mark_.leave();
    has_items_.store(true, std::memory_order_relaxed);
    return true;
  }
  // A single load; may miss an item that has just arrived. [owner]
  bool has_items() const noexcept { return has_items_.load(std::memory_order_relaxed); }
  std::vector<T> take_all() {
    may_switch(schedule::Act::wait, this);
    const MutexLock lock(mutex_);
    mark_.take();
    has_items_.store(false, std::memory_order_relaxed);
    return std::exchange(items_, {});
  }
  // Its items stay until they are taken.
  void close() {
    const MutexLock lock(mutex_);
    closed_ = true;
  }

 private:
  Mutex mutex_;
  std::vector<T> items_ SURISIM_GUARDED_BY(mutex_);
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
  std::atomic<bool> has_items_{false};
  ClockMark mark_;
};

}  // namespace surisim::engine
