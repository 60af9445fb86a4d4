// Runs a function and the threads that it starts under control.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "schedule/controller.hpp"

namespace surisim::schedule::test {

constexpr int kDeadlock = 42;
constexpr int kLivelock = 43;

// For EXPECT_EXIT: "0 lock held by 1; 1 lock held by 0; ".
inline void exit_dead(Stall how, const std::vector<Stuck>& threads) {
  for (const Stuck& one : threads) {
    std::fprintf(stderr, "%u %s", one.thread, to_string(one.waits.act));
    if (one.holder_known) std::fprintf(stderr, " held by %u", one.holder);
    std::fprintf(stderr, "; ");
  }
  ::_exit(how == Stall::deadlock ? kDeadlock : kLivelock);
}

template <class Body>
RunStats controlled_run(std::string_view strategy, std::uint64_t seed, Body body,
                        const PointCounts& earlier = {}) {
  const auto chooser = find_strategy(strategy)->make();
  chooser->begin(seed, earlier);
  Controller controller(*chooser, 100'000, exit_dead);
  const Controller::Scope scope(&controller);
  body();
  return controller.stats();
}

}  // namespace surisim::schedule::test
