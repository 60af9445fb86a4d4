// What threads under control do to each other, told as it happens: for whoever judges it (races/).
//
// When:    during a Controller's run.
// Owner:   the caller of the Controller; it outlives the run.
// Threads: the one that does it, which has the baton. It comes to no points meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "schedule/operation.hpp"

namespace surisim::schedule {

// How word is left at an object for those that take it.
enum class Leaves : std::uint8_t {
  beside_others,
  alone,      // what was left there before is forgotten
  in_memory,  // beside others; a plain load of the object takes it, too
};

class Witness {
 public:
  virtual ~Witness() = default;
  // The thread's first step, and its last: its thread_local objects are gone.
  virtual void begins(ThreadId thread) = 0;
  virtual void ends(ThreadId thread) = 0;
  // It is about to create a thread; it has seen another one's end.
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
