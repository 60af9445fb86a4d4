// What access.so exports for the benchmark: ways of access to the value of a thread or a flow.
//
// When:    once the plugin's Init has run.
// Owner:   the plugin; static.
// Threads: each accesses its own ThreadVars and flows.
#pragma once

#include <suricata/flow.h>
#include <suricata/threadvars.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

// Gets the value of `tv` or `flow` in one way and increments it.
struct Access {
  std::string name;
  void (*callback)(ThreadVars* tv, Flow* flow);  // once, called like a plugin's callback
  void (*loop)(ThreadVars* tv, Flow* flow, std::uint64_t repeats);  // in a loop in the plugin
  void (*prepare)(ThreadVars* tv, Flow* flow) = nullptr;            // once before
  bool one_value = false;  // shared by all threads, so they cannot increment it at the same time
};

struct AccessTable {
  const Access* accesses;
  std::size_t count;
};

// The plugin exports a function with this name. Groups: "thread", existing values; "empty", reads
// of an empty slot; "miss", which empties and fills the slot each time; "flow", "flow_empty",
// "flow_miss", the same for a flow's storage.
using AccessTableFunction = AccessTable (*)(const char* group);
inline constexpr const char* kAccessTableSymbol = "bench_access_table";

// Exported too: sets the function that flow init callbacks call after they have filled the storage.
using Call = void (*)(ThreadVars* tv, Flow* flow, void* user);
using CallOnFlowFunction = void (*)(Call call, void* user);
inline constexpr const char* kCallOnFlowSymbol = "bench_access_call_on_flow";

}  // namespace bench
