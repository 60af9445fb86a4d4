// Ordering edges of the C++ library: in each case, one orders NAME_right_b after NAME_right_a.
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>

#define CASES(X)  \
  X(mutex)        \
  X(shared_mutex) \
  X(condition)    \
  X(semaphore)    \
  X(latch)        \
  X(barrier)      \
  X(once)         \
  X(guard)        \
  X(thread)       \
  X(jthread)      \
  X(future)       \
  X(promise)      \
  X(async)        \
  X(acquire)      \
  X(seq_cst) X(exchange) X(waiting) X(atomic_flag) X(shared_ptr) X(thread_local_object) X(fence)
#include "edges.h"
CASES(DECLARED)
extern "C" {
CASES(DEFINED)
}
#include "fences.hpp"

DOES(nothing) { return unused; }

static std::mutex one, another;
DOES(mutex_right_a) {
  const std::lock_guard hold(one);
  mutex_right++;
  return unused;
}
#define mutex_right_b mutex_right_a
DOES(mutex_wrong_a) {
  const std::lock_guard hold(one);
  mutex_wrong++;
  return unused;
}
DOES(mutex_wrong_b) {
  const std::scoped_lock hold(another);
  mutex_wrong++;
  return unused;
}

static std::shared_mutex shared;
DOES(shared_mutex_right_a) {
  const std::unique_lock hold(shared);
  shared_mutex_right++;
  return unused;
}
DOES(shared_mutex_right_b) {
  const std::shared_lock hold(shared);
  return shared_mutex_right == 2 ? nullptr : unused;
}
DOES(shared_mutex_wrong_a) {
  const std::shared_lock hold(shared);
  shared_mutex_wrong++;
  return unused;
}
#define shared_mutex_wrong_b shared_mutex_wrong_a

static std::condition_variable changed;
static bool ready[2];
static void make_ready(int which) {
  const std::lock_guard hold(one);
  ready[which] = true;
  changed.notify_all();
}
static void wait_for(int which) {
  std::unique_lock hold(one);
  changed.wait(hold, [which] { return ready[which]; });
}
DOES(condition_right_a) {
  condition_right++;
  make_ready(0);
  return unused;
}
DOES(condition_right_b) {
  wait_for(0);
  condition_right++;
  return unused;
}
DOES(condition_wrong_a) {
  make_ready(1);
  condition_wrong++;
  return unused;
}
DOES(condition_wrong_b) {
  wait_for(1);
  condition_wrong++;
  return unused;
}

static std::counting_semaphore<4> full[2] = {std::counting_semaphore<4>(0),
                                             std::counting_semaphore<4>(0)};
DOES(semaphore_right_a) {
  semaphore_right++;
  full[0].release();
  return unused;
}
DOES(semaphore_right_b) {
  full[0].acquire();
  semaphore_right++;
  return unused;
}
DOES(semaphore_wrong_a) {
  full[1].release();
  semaphore_wrong++;
  return unused;
}
DOES(semaphore_wrong_b) {
  full[1].acquire();
  semaphore_wrong++;
  return unused;
}

static std::latch latches[2] = {std::latch(1), std::latch(1)};
DOES(latch_right_a) {
  latch_right++;
  latches[0].count_down();
  return unused;
}
DOES(latch_right_b) {
  latches[0].wait();
  latch_right++;
  return unused;
}
DOES(latch_wrong_a) {
  latches[1].count_down();
  latch_wrong++;
  return unused;
}
DOES(latch_wrong_b) {
  latches[1].wait();
  latch_wrong++;
  return unused;
}

static std::barrier meeting(2);
DOES(barrier_right_a) {
  barrier_right++;
  meeting.arrive_and_wait();
  return unused;
}
DOES(barrier_right_b) {
  meeting.arrive_and_wait();
  barrier_right++;
  return unused;
}
DOES(barrier_wrong_a) {
  meeting.arrive_and_wait();
  barrier_wrong++;
  return unused;
}
#define barrier_wrong_b barrier_wrong_a

static std::once_flag first[2];
DOES(once_right_a) {
  std::call_once(first[0], [] { once_right++; });
  return once_right == 2 ? nullptr : unused;
}
#define once_right_b once_right_a
DOES(once_wrong_a) {
  std::call_once(first[1], [] { once_wrong++; });
  return unused;
}
DOES(once_wrong_b) { return once_wrong == 2 ? nullptr : unused; }

// A function-local static: whoever uses it comes after its constructor.
template <Counter& counter>
struct Counts {
  Counts() { counter++; }
};
DOES(guard_right_a) {
  static const Counts<guard_right> made;
  return guard_right == 2 ? nullptr : unused;
}
#define guard_right_b guard_right_a
DOES(guard_wrong_a) {
  static const Counts<guard_wrong> made;
  return unused;
}
DOES(guard_wrong_b) { return guard_wrong == 2 ? nullptr : unused; }

DOES(thread_right_a) {
  thread_right++;
  std::thread other([] { thread_right++; });
  other.join();
  thread_right++;
  return unused;
}
#define thread_right_b nothing
DOES(thread_wrong_a) {
  std::thread other([] { thread_wrong++; });
  thread_wrong++;
  other.join();
  return unused;
}
#define thread_wrong_b nothing

DOES(jthread_right_a) {
  {
    const std::jthread other([] { jthread_right++; });
  }
  jthread_right++;
  return unused;
}
#define jthread_right_b nothing
DOES(jthread_wrong_a) {
  const std::jthread other([] { jthread_wrong++; });
  jthread_wrong++;
  return unused;
}
#define jthread_wrong_b nothing

DOES(future_right_a) {
  std::packaged_task<void()> task([] { future_right++; });
  std::future<void> done = task.get_future();
  std::thread other(std::move(task));
  done.get();
  future_right++;
  other.join();
  return unused;
}
#define future_right_b nothing
DOES(future_wrong_a) {
  std::packaged_task<void()> task([] { future_wrong++; });
  const std::future<void> done = task.get_future();
  std::thread other(std::move(task));
  future_wrong++;
  other.join();
  return unused;
}
#define future_wrong_b nothing

static std::promise<int> promised[2];
DOES(promise_right_a) {
  promise_right++;
  promised[0].set_value(1);
  return unused;
}
DOES(promise_right_b) {
  promised[0].get_future().wait();
  promise_right++;
  return unused;
}
DOES(promise_wrong_a) {
  promised[1].set_value(1);
  promise_wrong++;
  return unused;
}
DOES(promise_wrong_b) {
  promised[1].get_future().wait();
  promise_wrong++;
  return unused;
}

DOES(async_right_a) {
  std::async(std::launch::async, [] { async_right++; }).get();
  async_right++;
  return unused;
}
#define async_right_b nothing
DOES(async_wrong_a) {
  const auto done = std::async(std::launch::async, [] { async_wrong++; });
  async_wrong++;
  return unused;
}
#define async_wrong_b nothing

static std::atomic<int> shown[6];
DOES(acquire_right_a) {
  acquire_right++;
  shown[0].store(1, std::memory_order_release);
  return unused;
}
DOES(acquire_right_b) {
  while (shown[0].load(std::memory_order_acquire) == 0) {
  }
  acquire_right++;
  return unused;
}
DOES(acquire_wrong_a) {
  acquire_wrong++;
  shown[1].store(1, std::memory_order_relaxed);
  return unused;
}
DOES(acquire_wrong_b) {
  while (shown[1].load(std::memory_order_acquire) == 0) {
  }
  acquire_wrong++;
  return unused;
}

DOES(seq_cst_right_a) {
  seq_cst_right++;
  shown[2] = 1;
  return unused;
}
DOES(seq_cst_right_b) {
  while (shown[2] == 0) {
  }
  seq_cst_right++;
  return unused;
}
DOES(seq_cst_wrong_a) {
  shown[3] = 1;
  seq_cst_wrong++;
  return unused;
}
DOES(seq_cst_wrong_b) {
  while (shown[3] == 0) {
  }
  seq_cst_wrong++;
  return unused;
}

DOES(exchange_right_a) {
  exchange_right++;
  shown[4].fetch_add(1, std::memory_order_acq_rel);
  return unused;
}
DOES(exchange_right_b) {
  int expected = 1;
  while (!shown[4].compare_exchange_strong(expected, 2, std::memory_order_acquire,
                                           std::memory_order_relaxed))
    expected = 1;
  exchange_right++;
  return unused;
}
DOES(exchange_wrong_a) {
  exchange_wrong++;
  shown[5].fetch_add(1, std::memory_order_relaxed);
  return unused;
}
DOES(exchange_wrong_b) {
  while (shown[5].exchange(0, std::memory_order_acq_rel) == 0) {
  }
  exchange_wrong++;
  return unused;
}

static std::atomic<int> awaited[2];
DOES(waiting_right_a) {
  waiting_right++;
  awaited[0] = 1;
  awaited[0].notify_one();
  return unused;
}
DOES(waiting_right_b) {
  awaited[0].wait(0);
  waiting_right++;
  return unused;
}
DOES(waiting_wrong_a) {
  awaited[1] = 1;
  awaited[1].notify_one();
  waiting_wrong++;
  return unused;
}
DOES(waiting_wrong_b) {
  awaited[1].wait(0);
  waiting_wrong++;
  return unused;
}

static std::atomic_flag taken[2];
DOES(atomic_flag_right_a) {
  while (taken[0].test_and_set(std::memory_order_acquire)) {
  }
  atomic_flag_right++;
  taken[0].clear(std::memory_order_release);
  return unused;
}
#define atomic_flag_right_b atomic_flag_right_a
DOES(atomic_flag_wrong_a) {
  while (taken[1].test_and_set(std::memory_order_relaxed)) {
  }
  atomic_flag_wrong++;
  taken[1].clear(std::memory_order_relaxed);
  return unused;
}
#define atomic_flag_wrong_b atomic_flag_wrong_a

// The last owner destroys it, after everything that others did with it.
template <Counter& counter>
struct AddsAtEnd {
  ~AddsAtEnd() { counter++; }
};
static std::shared_ptr<AddsAtEnd<shared_ptr_right>> right_owners[2];
static std::shared_ptr<AddsAtEnd<shared_ptr_wrong>> wrong_owners[2];
DOES(shared_ptr_right_a) {
  right_owners[0].reset();
  return unused;
}
DOES(shared_ptr_right_b) {
  shared_ptr_right++;
  right_owners[1].reset();
  return unused;
}
DOES(shared_ptr_wrong_a) {
  wrong_owners[0].reset();
  shared_ptr_wrong++;
  return unused;
}
DOES(shared_ptr_wrong_b) {
  wrong_owners[1].reset();
  return unused;
}

DOES(thread_local_object_right_a) {
  std::thread other([] {
    thread_local AddsAtEnd<thread_local_object_right> mine;
    (void)mine;
  });
  other.join();
  thread_local_object_right++;
  return unused;
}
#define thread_local_object_right_b nothing
DOES(thread_local_object_wrong_a) {
  std::thread other([] {
    thread_local AddsAtEnd<thread_local_object_wrong> mine;
    (void)mine;
  });
  thread_local_object_wrong++;
  other.join();
  return unused;
}
#define thread_local_object_wrong_b nothing

static void prepare() {
  right_owners[0] = right_owners[1] = std::make_shared<AddsAtEnd<shared_ptr_right>>();
  wrong_owners[0] = wrong_owners[1] = std::make_shared<AddsAtEnd<shared_ptr_wrong>>();
}
EDGES("edges in C++", prepare)
