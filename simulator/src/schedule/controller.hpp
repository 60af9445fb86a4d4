// Controls threads: only one of them runs at a time, and at each point a Strategy decides which one
// continues. Nothing here is particular to Suricata; the engine's hand-overs and the C library's
// functions (c_library_*.cpp) bring threads to points. And two helpers: Histories and OneProcessor.
//
// When:    within a Controller's Scope. Threads that are not under control come to no points.
// Owner:   the caller. A thread that has not ended by the Controller's end never runs again, so the
//          process is not to be used for another run.
// Threads: as noted. Between two points of a thread no other thread under control runs, so the
//          functions need no locks.
#pragma once

#include <pthread.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "schedule/operation.hpp"
#include "schedule/strategy.hpp"

namespace surisim::schedule {

// Virtual time: work takes none; each reading of a clock advances it a little.
using Nanoseconds = std::chrono::nanoseconds;
using Deadline = std::optional<Nanoseconds>;  // by now(); nullopt: none

// A thread that cannot go on, and why.
struct Stuck {
  ThreadId thread;
  std::string name;  // as the kernel knows it
  Operation waits;
  bool holder_known = false;
  ThreadId holder = 0;              // of the lock that it waits for
  const void* locked_at = nullptr;  // the holder's call
};

enum class Dead : std::uint8_t {
  deadlock,  // no thread can go on
  livelock,  // threads keep running, but none makes progress
};

// What a thread has done, in the order of the run.
struct Step {
  ThreadId thread;
  Operation operation;
  std::uint64_t times_gone_on;  // the thread, until then
};

// A run under control, in numbers.
struct Course {
  std::uint64_t points = 0;
  std::uint64_t switches = 0;
  std::uint64_t order = 0;  // equal for schedules in which all threads see the same
  PointCounts counts;
  std::uint32_t left_over = 0;  // threads that had not ended
};

class Thread;

class Controller {
 public:
  // Called on the thread that notices, with nothing else running. It does not return.
  using OnDead = std::function<void(Dead, const std::vector<Stuck>&)>;

  // `strategy` has begun. At most `most_points` points: more are a livelock.
  Controller(Strategy& strategy, std::uint64_t most_points, OnDead on_dead);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // While a Scope exists, the thread that made the Controller (thread 0) is under control, and so
  // are the threads that it creates, and those that they create. Without a Scope none of them runs.
  class Scope {
   public:
    explicit Scope(Controller* controller) noexcept;  // NULL: nothing happens
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Thread* before_;
  };

  // From exit() on, thread 0 is under control again: plugins' destructors may wait for threads that
  // have not ended. Called once; afterwards the Controller is never destroyed.
  void control_exit();

  // Before the first Scope. NULL: there is none.
  void set_witness(Witness* witness);
  // From now on keeps the run's last steps, at most this many.
  void keep_steps(std::size_t most);
  // The steps that were kept, then what each thread that has not ended was about to do.
  std::vector<Step> steps() const;
  // Which the threads have taken since then.
  std::vector<Turn> turns() const;

  // The run so far. On thread 0, or in OnDead.
  Course course() const;

 private:
  friend class Thread;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The calling thread, if it is under control.
extern constinit thread_local Thread* t_me __attribute__((tls_model("initial-exec")));

// The calling thread is under control, and may be stopped here. [any thread]
inline bool controlled() noexcept { return t_me != nullptr && base::no_points == 0; }

// The functions below are for threads under control only.

// Another thread may run here, before the operation.
void point(const Operation& operation) noexcept;
// Returns when another thread has called wake() for the object, or, with false, at the deadline.
// There is no point before it: what the caller has checked still holds.
bool block(const Operation& operation, const Deadline& deadline = {}) noexcept;
// Unblocks up to `most` of the threads that are blocked on the object, the longest blocked first.
void wake(const void* object, std::uint32_t most) noexcept;
// Lets other threads run first.
void yield() noexcept;
Nanoseconds now() noexcept;
// Blocks until then.
void sleep_until(Nanoseconds time) noexcept;

// The thread has taken a lock, or has released it. `operation`: lock or share.
void has_locked(const Operation& operation) noexcept;
void has_unlocked(const void* lock) noexcept;
// Whether the thread holds the lock, for itself (Act::lock) or shared (Act::share).
bool holds(const void* lock, Act how) noexcept;

// What the thread has done so far is known to those that take it from the object: of hand-overs and
// of functions that wait, locks apart.
void leave(const void* object, Leaves how = Leaves::beside_others) noexcept;
void take(const void* object) noexcept;
// Another function of the plugin's begins or ends on the thread.
void between_functions() noexcept;
// The thread is about to free this block. `caller`: the return address.
void frees(const void* block, std::size_t size, const void* caller) noexcept;
// The calling thread's number.
ThreadId my_id() noexcept;

// A system call that the thread makes without the C library: its result, an error as a negative
// number. Nothing: it waits neither for threads nor for time, and was not made.
std::optional<long> system_call(long number, const std::array<long, 6>& arguments,
                                const void* caller) noexcept;

// pthread_create and pthread_join for a thread under control. `real`: the C library's.
int create_thread(int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*),
                  pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                  void* argument) noexcept;
// Returns when it is at its end, or time is up: false. A thread that is not under control is not
// waited for.
bool wait_for_end(pthread_t handle, const void* caller, const Deadline& deadline = {}) noexcept;
// Unblocks that thread, as if it had been woken.
void interrupt(pthread_t handle) noexcept;

// What threads have seen of each other, as a number: equal for schedules that they cannot tell
// apart, whatever the addresses of what they have used.
//
// When:    from a Controller's begin() to its end().
// Owner:   the Controller.
// Threads: the one that has the baton.

class Histories {
 public:
  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
    a ^= b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2);
    a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9;
    return a ^ (a >> 27);
  }

  // The thread's history, and its object's from now on, when it has done this.
  std::uint64_t after(std::uint64_t history, ThreadId thread, const Operation& done) {
    std::uint64_t nothing = 0;
    std::uint64_t& object = done.object == nullptr ? nothing : objects_[done.object];
    return object =
               mixed(mixed(mixed(history, object), thread), static_cast<std::uint64_t>(done.act));
  }
  // A block is freed: what is at its addresses later is another object.
  void forget(const void* block, std::size_t size) {
    const auto last = objects_.lower_bound(static_cast<const char*>(block) + size);
    for (auto at = objects_.lower_bound(block); at != last; at = objects_.erase(at))
      forgotten_ += mixed(at->second, 1);
  }
  // Of all objects, in whatever order.
  std::uint64_t sum() const {
    std::uint64_t all = forgotten_;
    for (const auto& [object, history] : objects_) all += mixed(history, 1);
    return all;
  }

 private:
  std::map<const void*, std::uint64_t> objects_;
  std::uint64_t forgotten_ = 0;
};

// Keeps a run under control on one processor: only one of its threads runs at a time, and handing
// over to a thread on another processor takes many times as long. Plugins still see all processors.
//
// When:    made before the run's threads, which inherit it; from then on until it is destroyed.
// Owner:   the run.
// Threads: [creator], which has its processors again afterwards.

class OneProcessor {
 public:
  // The processor that the thread is on now. Does nothing while another OneProcessor exists.
  OneProcessor() noexcept;
  ~OneProcessor();
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  bool mine_ = false;  // this one keeps the run there
};

}  // namespace surisim::schedule
