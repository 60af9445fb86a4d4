// What access.so offers to the benchmark: the ways to the value of a thread, or of a flow.
//
// When:    once the plugin's Init has run.
// Owner:   the plugin; static.
// Threads: as the storage of each ThreadVars, and of each flow.
#pragma once

#include <suricata/flow.h>
#include <suricata/threadvars.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

// One way to reach the value of `tv`, or of `flow`, and count in it.
struct Access {
  std::string name;
  void (*callback)(ThreadVars* tv, Flow* flow);  // once, called like a plugin's callback
  void (*loop)(ThreadVars* tv, Flow* flow, std::uint64_t repeats);  // in a loop of the plugin's own
  void (*prepare)(ThreadVars* tv, Flow* flow) = nullptr;            // once before
  bool one_value = false;  // of all threads, which so cannot count in it at the same time
};

struct AccessTable {
  const Access* accesses;
  std::size_t count;
};

// The plugin exports it under this name. Groups: "thread", values that are there; "empty", reads of
// a slot that has none; "miss", which empties the slot and fills it each time; "flow",
// "flow_empty", "flow_miss", the same of a flow's storage.
using AccessTableFunction = AccessTable (*)(const char* group);
inline constexpr const char* kAccessTableSymbol = "bench_access_table";

// So is this: what the flow init callbacks call from now on, after they have filled the storage.
using Call = void (*)(ThreadVars* tv, Flow* flow, void* user);
using CallOnFlowFunction = void (*)(Call call, void* user);
inline constexpr const char* kCallOnFlowSymbol = "bench_access_call_on_flow";

}  // namespace bench
