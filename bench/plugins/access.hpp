// What access.so offers to the benchmark: the ways to a thread's value.
//
// When:    once the plugin's Init has run.
// Owner:   the plugin; static.
// Threads: as each ThreadVars' storage.
#pragma once

#include <suricata/threadvars.h>

#include <cstddef>
#include <cstdint>

namespace bench {

// One way to reach the value of `tv` and count in it.
struct Access {
  const char* name;
  void (*callback)(ThreadVars* tv, void* user);         // once, called like a plugin's callback
  void (*loop)(ThreadVars* tv, std::uint64_t repeats);  // often, in a loop of the plugin's own
  void (*prepare)() = nullptr;                          // once before, when storage is finalized
};

struct AccessTable {
  const Access* accesses;
  std::size_t count;
};

// The plugin exports it under this name. Groups: "thread"; "miss", which empties the slot each
// time; "flow", storage of a flow instead.
using AccessTableFunction = AccessTable (*)(const char* group);
inline constexpr const char* kAccessTableSymbol = "bench_access_table";

// So is this: what the next thread init callback calls, once, after it has filled the storage.
using Call = void (*)(ThreadVars* tv, void* user);
using CallOnceFunction = void (*)(Call call, void* user);
inline constexpr const char* kCallOnceSymbol = "bench_access_call_once";

}  // namespace bench
