// A scenario that is being played, and how its expectations are judged.
//
// When:    in play_scenario().
// Owner:   play_scenario().
// Threads: the Runtime's main thread, with no other at work.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "scenario/script.hpp"
#include "surisim/callback.hpp"
#include "surisim/runtime.hpp"

namespace surisim::scenario {

struct PlayedFlow {
  FlowId id = 0;                    // 0: not added yet
  std::set<std::uint64_t> numbers;  // of the flows that it has been
};

struct Playing {
  Runtime& runtime;
  const ScenarioScript& script;
  Traffic* traffic = nullptr;
  std::vector<PlayedFlow> flows = {};
  bool stopped = false;
};

// The thread's whole name: "W#02-eth0" for "W#02", or for 2. A sentence if there is no such worker.
expected<std::string> name_of(const Playing& playing, const ThreadRef& thread);
// What was expected and what came; empty: the expectation is met.
std::string unmet(const Playing& playing, const Expectation& expectation);

}  // namespace surisim::scenario
