// The vocabulary of controlled schedules: what a thread is about to do at a scheduling point
// (Operation), and the interface that is notified of how threads synchronize (SyncObserver).
//
// When:    during a Controller's run.
// Owner:   values.
// Threads: any.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace surisim::schedule {

// Threads are numbered in the order of their creation; 0 is the thread that made the Controller.
using ThreadId = std::uint32_t;

enum class Act : std::uint8_t {
  start,   // the thread's first step
  lock,    // a mutex or a spin lock, or a read-write lock for writing
  share,   // a read-write lock, for reading
  unlock,  // any of these
  wait,    // on a condition variable, a semaphore, a barrier, a futex, a hand-over
  wake,    // the threads that wait on one
  create,  // a thread
  join,    // a thread
  sleep,   // until a time
  yield,   // to any other thread
  once,    // pthread_once and the like
  access,  // memory, in translated code
};
inline constexpr std::size_t kActs = 12;

// "lock", "wait", …
const char* to_string(Act act) noexcept;

// A place in a plugin's code: the instruction of an access, or the return address of a call.
struct Place {
  const void* address = nullptr;
  bool is_call = false;
  auto operator<=>(const Place&) const = default;
};

struct Operation {
  Act act = Act::start;
  const void* object = nullptr;  // the lock, condition variable, …; NULL: none
  // As in Place; NULL: the engine does it, not a plugin.
  const void* caller = nullptr;
  // For lock and share: a try-lock, or one with a timeout.
  bool gives_up = false;

  Place place() const { return {caller, act != Act::access}; }
};

// How a release (in the sense of the C++ memory model) combines with earlier ones of that object.
enum class ReleaseKind : std::uint8_t {
  merge,
  replace,           // earlier ones are forgotten
  visible_to_loads,  // merge; a plain load of the object acquires it, too
};

// Is notified of what threads under control do to each other; races/ builds happens-before from it.
//
// When:    during a Controller's run.
// Owner:   the Controller's creator; outlives the run.
// Threads: the thread that does it, which has the baton. There are no scheduling points meanwhile.
class SyncObserver {
 public:
  virtual ~SyncObserver() = default;
  // The thread's first step; its last, after its thread_local objects are destroyed.
  virtual void begins(ThreadId thread) = 0;
  virtual void ends(ThreadId thread) = 0;
  // It is about to create a thread; it has waited for one to end.
  virtual void creates(ThreadId thread, ThreadId created) = 0;
  virtual void joins(ThreadId thread, ThreadId ended) = 0;
  // Other threads may run now, or a callback of the plugin begins or ends.
  virtual void pauses(ThreadId thread) = 0;
  // All that the thread has done happens before what follows a later acquire from the object.
  virtual void releases_to(ThreadId thread, const void* object, ReleaseKind how) = 0;
  virtual void acquires_from(ThreadId thread, const void* object) = 0;
  // `operation`: lock or share. `held`: the locks that the thread held before.
  virtual void locks(ThreadId thread, const Operation& operation,
                     std::span<const Operation> held) = 0;
  virtual void unlocks(ThreadId thread, const Operation& operation) = 0;
  // `caller`: the return address of free.
  virtual void frees(ThreadId thread, const void* block, std::size_t size, const void* caller) = 0;
};

}  // namespace surisim::schedule
