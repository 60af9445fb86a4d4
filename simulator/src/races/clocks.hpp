// Vector clocks: what a thread, or an object that threads leave word at, knows of each thread.
//
// When:    during a Detector's run.
// Owner:   values.
// Threads: with the baton.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "schedule/operation.hpp"

namespace surisim::races {

using schedule::ThreadId;
using Time = std::uint32_t;  // of one thread: it advances when others are told of what it did

class VectorClock {
 public:
  Time of(ThreadId thread) const { return thread < times_.size() ? times_[thread] : 0; }
  void advance(ThreadId thread) {
    if (times_.size() <= thread) times_.resize(thread + 1);
    ++times_[thread];
  }
  void see(const VectorClock& other) {
    if (times_.size() < other.times_.size()) times_.resize(other.times_.size());
    for (std::size_t i = 0; i < other.times_.size(); ++i)
      times_[i] = std::max(times_[i], other.times_[i]);
  }

 private:
  std::vector<Time> times_;
};

// How sure it is that one thread has waited for another one.
enum class Edge : std::uint8_t {
  hand_over,  // of the engine's, start or end of a thread: one is before the other in all schedules
  sync,       // locks, atomics, …: in this schedule
  perhaps,    // an access that may be an atomic, as far as can be told
};

// Each has all edges of the one before it.
struct Clocks {
  VectorClock hand_over;
  VectorClock sync;
  VectorClock perhaps;

  void advance(ThreadId thread) {
    hand_over.advance(thread);
    sync.advance(thread);
    perhaps.advance(thread);
  }
  void see(const Clocks& other, Edge edge) {
    if (edge == Edge::hand_over) hand_over.see(other.hand_over);
    if (edge != Edge::perhaps) sync.see(other.sync);
    perhaps.see(other.perhaps);
  }
};

}  // namespace surisim::races
