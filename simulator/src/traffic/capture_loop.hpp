// The loop of a thread that captures. Source: tm-modules' packet acquisition loops.
#pragma once

#include <cstdint>

#include "threads/thread.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

// Calls `next` until it says that traffic has ended, the engine is to stop, or the thread is to
// fail. False: failed on request. [worker]
template <class Next>
bool capture_all(FlowEngine& engine, Thread& thread, Next next) {
  constexpr std::uint64_t kLookEvery = 64;  // packets between two looks at the stop flag
  constexpr std::uint64_t kFailAfter = 3;   // packets before a failure on request
  std::uint64_t seen = 0;
  while (next()) {
    ++seen;
    if (thread.fail_run && seen >= kFailAfter) return false;
    if (seen % kLookEvery == 0 && engine.should_stop()) break;
  }
  return !thread.fail_run;
}

}  // namespace surisim::engine
