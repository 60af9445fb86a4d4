// Finds locks that threads take in opposite orders: two threads, or three in a ring, each of which
// may come to wait for a lock that the next one has. It need not have happened in this run.
//
// When:    one for each run under control; called for each lock that is taken, and for memory that
//          is freed.
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

// A thread takes a lock while it has another one.
struct Nested {
  ThreadId thread = 0;
  schedule::Operation outer;  // has
  schedule::Operation inner;  // takes
  const char* callback = "";  // in which it takes it
  const char* phase = "";
};

// The inner lock of each is the outer lock of the next; that of the last is the first one's outer.
using Ring = std::vector<Nested>;

class LockOrder {
 public:
  // `now`: what runs on the calling thread. `found`: called at once for a ring at new places; it
  // begins with the thread that takes its inner lock at the lowest address.
  LockOrder(std::function<Moment()> now, std::function<void(const Ring&)> found);

  // The thread has taken a lock. `held`: those that it had already. `known`: what it knows of the
  // others by hand-overs alone, which order the same things in all schedules.
  void locks(ThreadId thread, const schedule::Operation& operation,
             std::span<const schedule::Operation> held, const VectorClock& known);
  // A lock that is created there later is another one.
  void frees(const void* block, std::size_t size);

 private:
  struct Edge {
    Nested nested;
    std::vector<schedule::Operation> held;  // with the outer one
    Time time = 0;                          // of its thread, at the inner lock
    VectorClock known;                      // at the outer lock
    std::uint64_t number = 0;
  };
  using Locks = std::pair<const void*, const void*>;  // outer, inner

  const Edge& keep(Edge edge);
  const std::deque<Edge>& between(const void* outer, const void* inner) const;
  void look_for_rings(const Edge& latest);
  void report(const std::vector<const Edge*>& ring);
  static bool may_meet(const Edge& a, const Edge& b);

  const std::function<Moment()> now_;
  const std::function<void(const Ring&)> found_;
  std::map<std::pair<ThreadId, const void*>, VectorClock> known_;  // at each thread's latest lock
  std::map<Locks, std::deque<Edge>> edges_;
  const std::deque<Edge> nothing_;
  std::map<const void*, std::set<const void*>> inside_;             // inner locks, by outer
  std::set<const void*> locks_;                                     // that have an edge
  std::set<std::set<std::pair<const void*, const void*>>> places_;  // of rings that were reported
  std::uint64_t edges_seen_ = 0;
};

}  // namespace surisim::races
