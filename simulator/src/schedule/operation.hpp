// What a thread under control is about to do at a point: the terms that the whole room, its
// strategies and its reports use. And Witness, which learns what threads do to each other.
//
// When:    from a Controller's begin() to its end().
// Owner:   values.
// Threads: any.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace surisim::schedule {

// Threads are numbered in the order in which they are created; the one that begins is 0.
using ThreadId = std::uint32_t;

enum class Act : std::uint8_t {
  start,   // the thread's first step
  lock,    // of a mutex, a read-write lock or a spin lock, for itself
  share,   // of a read-write lock, for reading
  unlock,  // any of them
  wait,    // for a condition variable, a semaphore, a barrier, a futex, a hand-over
  wake,    // of those that wait
  create,  // of a thread
  join,    // with a thread
  sleep,   // until a time
  yield,   // to any other thread
  once,    // of a function that runs once
  access,  // of memory, in translated code
};
inline constexpr std::size_t kActs = 12;

// "lock", "wait", …
const char* to_string(Act act) noexcept;

// A place in a plugin's code: of an access its instruction, of a call where it returns.
struct Place {
  const void* address = nullptr;
  bool is_call = false;
  auto operator<=>(const Place&) const = default;
};

struct Operation {
  Act act = Act::start;
  const void* object = nullptr;  // what it is done to; NULL: nothing
  // The return address in the plugin's code, of an access its instruction; NULL: the engine's.
  const void* caller = nullptr;
  // Of lock and share: it does not wait until the lock is free, or not for ever.
  bool gives_up = false;

  Place place() const { return {caller, act != Act::access}; }
};

// How a thread leaves at an object, for threads that take it from there, what it has done so far.
enum class Leaves : std::uint8_t {
  beside_others,
  alone,      // what was left there before is forgotten
  in_memory,  // beside others; a plain load of the object takes it, too
};

// Learns, as it happens, what threads under control do to each other, and checks it (races/).
//
// When:    during a Controller's run.
// Owner:   the caller of the Controller; it outlives the run.
// Threads: the one that does it, which has the baton. It comes to no points meanwhile.
class Witness {
 public:
  virtual ~Witness() = default;
  // The thread's first step, and its last: its thread_local objects are gone.
  virtual void begins(ThreadId thread) = 0;
  virtual void ends(ThreadId thread) = 0;
  // It is about to create a thread; it has waited for another one's end.
  virtual void creates(ThreadId thread, ThreadId created) = 0;
  virtual void joins(ThreadId thread, ThreadId ended) = 0;
  // Other threads may run now, or another function of the plugin's begins or ends.
  virtual void pauses(ThreadId thread) = 0;
  // What the thread has done so far is known to those that take it from the object.
  virtual void leaves(ThreadId thread, const void* object, Leaves how) = 0;
  virtual void takes(ThreadId thread, const void* object) = 0;
  // `operation`: lock or share. `held`: by the thread, `operation` not among them.
  virtual void locks(ThreadId thread, const Operation& operation,
                     std::span<const Operation> held) = 0;
  virtual void unlocks(ThreadId thread, const Operation& operation) = 0;
  // `caller`: the return address of free.
  virtual void frees(ThreadId thread, const void* block, std::size_t size, const void* caller) = 0;
};

}  // namespace surisim::schedule
