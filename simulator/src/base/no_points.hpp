// Where a thread under control (schedule/controller.hpp) must not be stopped for another one: while
// it has a lock of ours, or unwinds its stack, in malloc too, which the C library calls with locks
// of its own.
//
// When:    at any time.
// Owner:   a scope, or whoever has counted up.
// Threads: its own.
#pragma once

namespace surisim::base {

// Above 0: the calling thread comes to no points.
inline thread_local int no_points __attribute__((tls_model("initial-exec"))) = 0;

class NoPoints {
 public:
  NoPoints() noexcept { ++no_points; }
  ~NoPoints() { --no_points; }
  NoPoints(const NoPoints&) = delete;
  NoPoints& operator=(const NoPoints&) = delete;
};

}  // namespace surisim::base
