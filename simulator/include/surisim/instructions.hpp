// How many instructions each callback of the plugins' takes: of a run with ScheduleOptions::count.
//
// When:    Runtime::instructions(), when the run is over.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace surisim {

// Instructions of the plugins' own text: functions of other libraries, and of surisim, that a
// callback calls are not in them. Each is counted for the innermost callback that runs it: a Free
// that a flow update leads to is not part of that update. An instruction with the prefix rep counts
// once for each turn and once for finding that none is left, as callgrind counts it.
struct CallbackInstructions {
  std::string kind;    // "thread init", "flow update", "thread Free", "flow Free", "EVE", …
  std::string thread;  // OS thread that it ran on: "main", "W#01-eth0"
  // How many calls took so many instructions, by the instructions.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
};

struct InstructionCounts {
  std::vector<CallbackInstructions> callbacks;  // by kind, in the order of a lifecycle; by thread
  std::uint64_t functions = 0;                  // of the plugins', whose instructions were counted
  std::uint64_t not_counted = 0;  // functions with an instruction that the translator does not know
  std::string why_not;            // nothing was counted, or not all plugins; empty: all were
};

}  // namespace surisim
