// How many instructions the plugins' callbacks execute, in a run with ScheduleOptions::count.
//
// When:    from Runtime::instructions(), after the run.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace surisim {

// Counts instructions of the plugins' own code: functions of other libraries and of surisim that a
// callback calls are not included. Each instruction counts for the innermost callback: a Free
// during a flow update is not part of the update. As in callgrind, an instruction with the prefix
// rep counts once for each iteration, and once more for the end.
struct CallbackInstructions {
  std::string kind;    // "thread init", "flow update", "thread Free", "flow Free", "EVE", …
  std::string thread;  // OS thread that it ran on: "main", "W#01-eth0"
  // A number of instructions, and how many calls executed that many; sorted.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
};

struct InstructionCounts {
  std::vector<CallbackInstructions> callbacks;  // by kind, in the order of a lifecycle; by thread
  std::uint64_t functions = 0;                  // functions whose instructions were counted
  std::uint64_t not_counted = 0;  // functions with an instruction that the translator does not know
  std::string why_not;            // why nothing, or not every plugin, was counted; empty: all were
};

}  // namespace surisim
