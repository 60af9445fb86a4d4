// Controls threads: only one of them, the one that has the baton, runs at a time. At each
// scheduling point a Strategy decides which one continues. Points are in the engine's hand-overs
// (trace/handover.hpp), in the C library's functions (c_library_*.cpp) and in translated code.
// Nothing here is specific to Suricata.
//
// When:    within a Controller's Scope. Threads that are not under control have no points.
// Owner:   the caller. A thread that has not ended by the Controller's end never runs again: the
//          process cannot be used for another run then.
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

// Virtual time: work takes none, each reading of a clock advances it a little.
using Nanoseconds = std::chrono::nanoseconds;
using Deadline = std::optional<Nanoseconds>;  // on the clock of now(); nullopt: none

// A thread that cannot continue, and why.
struct Stuck {
  ThreadId thread;
  std::string name;  // the kernel's
  Operation waits;   // the operation it is blocked in
  bool holder_known = false;
  ThreadId holder = 0;              // of the lock that it waits for
  const void* locked_at = nullptr;  // the holder's call
};

enum class Stall : std::uint8_t {
  deadlock,  // no thread can continue
  livelock,  // threads keep running, but none makes progress
};

// One operation of a run.
struct Step {
  ThreadId thread;
  Operation operation;
  std::uint64_t times_resumed;  // how often the thread had been resumed until then
};

struct RunStats {
  std::uint64_t points = 0;
  std::uint64_t switches = 0;
  std::uint64_t order = 0;  // equal for schedules that no thread can tell apart
  PointCounts counts;
  std::uint32_t left_over = 0;  // threads that have not ended
};

class Thread;

class Controller {
 public:
  // Called on the thread that notices, while no other one runs. It does not return.
  using OnStall = std::function<void(Stall, const std::vector<Stuck>&)>;

  // strategy.begin() has been called. More than `max_points` points are a livelock.
  Controller(Strategy& strategy, std::uint64_t max_points, OnStall on_stall);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // While a Scope exists, the thread that made the Controller (thread 0) is under control, and so
  // are the threads that it creates, directly or not. Without a Scope none of those runs.
  class Scope {
   public:
    explicit Scope(Controller* controller) noexcept;  // NULL: has no effect
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Thread* before_;
  };

  // Puts thread 0 under control again from exit() on, as plugins' destructors may wait for threads
  // that have not ended. Called once; the Controller must then never be destroyed.
  void control_exit();

  // Before the first Scope. NULL: none.
  void set_observer(SyncObserver* observer);
  // From now on keeps the run's turns, and at most this many of its last steps.
  void keep_steps(std::size_t max);
  // The steps kept, then what each thread that has not ended was about to do.
  std::vector<Step> steps() const;
  // All turns since keep_steps().
  std::vector<Turn> turns() const;

  // The run so far. On thread 0, or in OnStall.
  RunStats stats() const;

 private:
  friend class Thread;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The calling thread; NULL if it is not under control.
extern constinit thread_local Thread* t_me __attribute__((tls_model("initial-exec")));

// Whether the calling thread is under control and may be stopped here. [any thread]
inline bool controlled() noexcept { return t_me != nullptr && base::no_points == 0; }

// The functions below are only for threads under control.

// A scheduling point: other threads may run before the operation.
void point(const Operation& operation) noexcept;
// Returns true when another thread has called wake() for the object, false at the deadline. There
// is no point before it blocks: what the caller has checked still holds.
bool block(const Operation& operation, const Deadline& deadline = {}) noexcept;
// Unblocks up to `max` of the threads that are blocked on the object, the longest blocked first.
void wake(const void* object, std::uint32_t max) noexcept;
// Lets other threads run first.
void yield() noexcept;
Nanoseconds now() noexcept;
// Blocks until then.
void sleep_until(Nanoseconds time) noexcept;

// The thread has taken a lock, or has released it. `operation`: lock or share.
void has_locked(const Operation& operation) noexcept;
void has_unlocked(const void* lock) noexcept;
// Whether the thread holds the lock exclusively (Act::lock) or shared (Act::share).
bool holds(const void* lock, Act how) noexcept;

// What the thread has done happens before what follows a later acquire from the object. For
// hand-overs and waiting functions; locks do this in has_unlocked() and has_locked().
void release_to(const void* object, ReleaseKind how = ReleaseKind::merge) noexcept;
void acquire_from(const void* object) noexcept;
// A callback of a plugin begins or ends on the thread.
void callback_boundary() noexcept;
// The thread is about to free this block. `caller`: the return address.
void frees(const void* block, std::size_t size, const void* caller) noexcept;
// The calling thread's number.
ThreadId my_id() noexcept;

// Makes a system call that the thread makes without the C library, if it waits for threads or for
// time. Returns its result, an error as a negative number. nullopt: it was not made.
std::optional<long> system_call(long number, const std::array<long, 6>& arguments,
                                const void* caller) noexcept;

// pthread_create and pthread_join for a thread under control. `real`: the C library's.
int create_thread(int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*),
                  pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                  void* argument) noexcept;
// Waits until that thread has ended; false: the deadline came first. Returns at once for a thread
// that is not under control.
bool wait_for_end(pthread_t handle, const void* caller, const Deadline& deadline = {}) noexcept;
// Unblocks that thread, as a signal would.
void interrupt(pthread_t handle) noexcept;

// Hashes what each thread has seen of the others. The sum is equal for schedules that no thread can
// tell apart, whatever the addresses of the objects they used.
class Histories {
 public:
  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
    a ^= b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2);
    a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9;
    return a ^ (a >> 27);
  }

  // The thread's history after this operation, which becomes the object's as well.
  std::uint64_t after(std::uint64_t history, ThreadId thread, const Operation& done) {
    std::uint64_t nothing = 0;
    std::uint64_t& object = done.object == nullptr ? nothing : objects_[done.object];
    return object =
               mixed(mixed(mixed(history, object), thread), static_cast<std::uint64_t>(done.act));
  }
  // A block is freed: later objects at its addresses are others.
  void forget(const void* block, std::size_t size) {
    const auto last = objects_.lower_bound(static_cast<const char*>(block) + size);
    for (auto at = objects_.lower_bound(block); at != last; at = objects_.erase(at))
      forgotten_ += mixed(at->second, 1);
  }
  // Over all objects, independent of their order.
  std::uint64_t sum() const {
    std::uint64_t all = forgotten_;
    for (const auto& [object, history] : objects_) all += mixed(history, 1);
    return all;
  }

 private:
  std::map<const void*, std::uint64_t> objects_;
  std::uint64_t forgotten_ = 0;
};

// Pins a run under control to one processor: only one of its threads runs at a time, and switching
// to a thread on another processor takes many times as long. Plugins still see all processors.
//
// When:    made before the run's threads, which inherit the affinity.
// Threads: the creator, whose affinity is restored at the end.
class OneProcessor {
 public:
  // Pins to the processor that the thread is on. Has no effect while another OneProcessor exists.
  OneProcessor() noexcept;
  ~OneProcessor();
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  bool mine_ = false;  // this one has pinned the run
};

}  // namespace surisim::schedule
