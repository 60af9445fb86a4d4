// Every hand-over between simulated threads: flags, channels, latches.
//
// One place, so that (1) waiting is by futex everywhere and never by polling, (2) each hand-over
// carries the sender's logical clock, from which the event log rebuilds its order without any
// counter shared between workers, and (3) a deterministic scheduler could take over here later.
#pragma once

#include <oneapi/tbb/concurrent_queue.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace surisim::engine {

// A thread's logical clock: grows with each event it records and never lags behind what it has
// seen.
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

// The newest clock that anyone left here.
class ClockMark {
 public:
  void leave() noexcept {
    const std::uint64_t mine = my_clock().now();
    std::uint64_t seen = newest_.load(std::memory_order_relaxed);
    while (seen < mine && !newest_.compare_exchange_weak(seen, mine, std::memory_order_release,
                                                         std::memory_order_relaxed)) {
    }
  }
  void take() const noexcept { my_clock().see(newest_.load(std::memory_order_acquire)); }

 private:
  std::atomic<std::uint64_t> newest_{0};
};

// A word of flags that threads wait on, with a time limit where wanted.
class FlagWait {
 public:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  // Waits while `word` is `seen`; may return early. False: the deadline has passed.
  bool wait(std::uint32_t& word, std::uint32_t seen, Deadline deadline) const noexcept;
  // To be called after each change of `word` that somebody may wait for.
  void wake(std::uint32_t& word) const noexcept;

 private:
  mutable std::atomic<std::uint32_t> waiting_{0};
};

// Looks whether it is `done` for a moment, before the caller goes to sleep: to sleep and to be
// woken takes longer than most answers do (bench/lifecycle_bench.cpp). No use with one processor.
template <class Done>
void watch_briefly(Done done) noexcept {
  constexpr std::chrono::microseconds kMoment{25};
  static const bool alone = std::thread::hardware_concurrency() == 1;
  if (alone) return;
  const auto until = std::chrono::steady_clock::now() + kMoment;
  while (!done() && std::chrono::steady_clock::now() < until) {
  }
}

// Counts down to zero; whoever waits goes on when it gets there.
class Latch {
 public:
  explicit Latch(std::uint32_t count) : left_(count) {}
  void count_down() noexcept {
    mark_.leave();
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
  }
  void wait() const noexcept {
    for (std::uint32_t left; (left = left_.load(std::memory_order_acquire)) != 0;) left_.wait(left);
    mark_.take();
  }

 private:
  std::atomic<std::uint32_t> left_;
  ClockMark mark_;
};

// The same, for one who waits with a time limit.
class TimedLatch {
 public:
  explicit TimedLatch(std::uint32_t count) : left_(count) {}
  void count_down() noexcept {
    mark_.leave();
    if (std::atomic_ref(left_).fetch_sub(1, std::memory_order_acq_rel) == 1) waiters_.wake(left_);
  }
  // False: the deadline has passed.
  bool wait_until(FlagWait::Deadline deadline) noexcept {
    for (;;) {
      const std::uint32_t left = std::atomic_ref(left_).load(std::memory_order_acquire);
      if (left == 0) break;
      if (!waiters_.wait(left_, left, deadline)) return false;
    }
    mark_.take();
    return true;
  }

 private:
  std::uint32_t left_;
  ClockMark mark_;
  FlagWait waiters_;
};

// Opens once; whoever waits goes on then.
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
    while (!is_open()) waiters_.wait(open_, 0, std::nullopt);
  }

 private:
  std::uint32_t open_ = 0;
  ClockMark mark_;
  FlagWait waiters_;
};

// Bounds what is under way: take() waits while all credit is given out.
class Credit {
 public:
  explicit Credit(std::uint32_t limit) : left_(limit) {}
  void take() noexcept {
    for (;;) {
      std::uint32_t left = left_.load(std::memory_order_acquire);
      if (left == kClosed) return;
      if (left == 0) {
        left_.wait(0, std::memory_order_acquire);
      } else if (left_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) {
        return;
      }
    }
  }
  void give() noexcept {
    std::uint32_t left = left_.load(std::memory_order_relaxed);
    while (left != kClosed &&
           !left_.compare_exchange_weak(left, left + 1, std::memory_order_acq_rel)) {
    }
    if (left == 0) left_.notify_all();
  }
  // From now on nobody waits.
  void close() noexcept {
    left_.store(kClosed, std::memory_order_release);
    left_.notify_all();
  }

 private:
  static constexpr std::uint32_t kClosed = 0xffffffff;
  std::atomic<std::uint32_t> left_;
};

// First in, first out, from any number of threads to any number of threads. What goes through is
// few and large (batches, jobs), so a plain lock is as fast as anything.
template <class T>
class Channel {
 public:
  void push(T item) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({std::move(item), my_clock().now()});
      std::atomic_ref(pushed_).fetch_add(1, std::memory_order_relaxed);
    }
    waiters_.wake(pushed_);
  }
  T pop() {
    for (;;) {
      std::uint32_t seen = 0;
      {
        const std::lock_guard lock(mutex_);
        if (!queue_.empty()) return take_first();
        seen = std::atomic_ref(pushed_).load(std::memory_order_relaxed);
      }
      waiters_.wait(pushed_, seen, std::nullopt);
    }
  }
  std::optional<T> try_pop() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return std::nullopt;
    return take_first();
  }
  bool empty() const {
    const std::lock_guard lock(mutex_);
    return queue_.empty();
  }

 private:
  struct Stamped {
    T item;
    std::uint64_t clock;
  };
  T take_first() {
    Stamped first = std::move(queue_.front());
    queue_.pop_front();
    my_clock().see(first.clock);
    return std::move(first.item);
  }
  mutable std::mutex mutex_;
  std::uint32_t pushed_ = 0;
  FlagWait waiters_;
  std::deque<Stamped> queue_;
};

// The same for packets on their way to a queue-fed worker, where many are under way: oneTBB's
// queue.
template <class T>
class PacketChannel {
 public:
  void push(T item) { queue_.push(new Stamped{std::move(item), my_clock().now()}); }
  T pop() {
    Stamped* got = nullptr;
    queue_.pop(got);
    const std::unique_ptr<Stamped> stamped(got);
    my_clock().see(stamped->clock);
    return std::move(stamped->item);
  }
  ~PacketChannel() {
    for (Stamped* left = nullptr; queue_.try_pop(left);) delete left;
  }

 private:
  struct Stamped {
    T item;
    std::uint64_t clock;
  };
  oneapi::tbb::concurrent_bounded_queue<Stamped*> queue_;
};

}  // namespace surisim::engine
