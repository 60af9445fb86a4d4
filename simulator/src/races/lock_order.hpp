// Finds possible deadlocks: two threads that take locks in opposite orders, or three that do so in
// a cycle, each of which may wait for a lock that the next one holds. It need not have happened.
//
// When:    during a run under control (--schedule): for each lock that is taken, and for memory
//          that is freed.
// Owner:   the engine's ScheduledRun.
// Threads: the one that has the baton.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "races/detector.hpp"
#include "races/shadow.hpp"
#include "schedule/operation.hpp"

namespace surisim::races {

// A thread takes a lock while it holds another one.
struct Nested {
  ThreadId thread = 0;
  schedule::Operation outer;  // the lock that it holds
  schedule::Operation inner;  // the lock that it takes
  const char* callback = "";  // in which it takes it
  const char* phase = "";
};

// The inner lock of each is the outer lock of the next, and of the last that of the first.
using Cycle = std::vector<Nested>;

class LockOrder {
 public:
  // `now`: what runs on the calling thread. `found` is called at once for each cycle at new places;
  // a cycle begins with the thread that takes its inner lock at the lowest address.
  LockOrder(std::function<Moment()> now, std::function<void(const Cycle&)> found);

  // The thread has taken a lock. `held`: the locks that it held already. `known`: what it knows of
  // other threads from hand-overs alone, which order the same things in all schedules.
  void locks(ThreadId thread, const schedule::Operation& operation,
             std::span<const schedule::Operation> held, const VectorClock& known);
  // Forgets the locks in the block: one that is created there later is a different lock.
  void frees(const void* block, std::size_t size);

 private:
  struct Edge {
    Nested nested;
    std::vector<schedule::Operation> held;  // all locks, the outer one too
    Time time = 0;                          // of the thread, when it took the inner lock
    VectorClock known;                      // when it took the outer lock
    std::uint64_t number = 0;
  };
  using Locks = std::pair<const void*, const void*>;  // outer, inner

  const Edge& keep(Edge edge);
  const std::deque<Edge>& between(const void* outer, const void* inner) const;
  void find_cycles(const Edge& latest);
  void report(const std::vector<const Edge*>& cycle);
  static bool may_meet(const Edge& a, const Edge& b);

  const std::function<Moment()> now_;
  const std::function<void(const Cycle&)> found_;
  // What the thread knew when it took this lock last.
  std::map<std::pair<ThreadId, const void*>, VectorClock> known_;
  std::map<Locks, std::deque<Edge>> edges_;
  const std::deque<Edge> nothing_;
  std::map<const void*, std::set<const void*>> inside_;             // inner locks, by outer
  std::set<const void*> locks_;                                     // all that have an edge
  std::set<std::set<std::pair<const void*, const void*>>> places_;  // of reported cycles
  std::uint64_t edges_seen_ = 0;
};

}  // namespace surisim::races
