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

// One way to reach the value of `tv` and read a field of it.
struct Access {
  const char* name;
  void (*callback)(ThreadVars* tv, void* user);         // once, called like a plugin's callback
  void (*loop)(ThreadVars* tv, std::uint64_t repeats);  // often, in a loop of the plugin's own
};

struct AccessTable {
  const Access* accesses;
  std::size_t count;
};

// The plugin exports it under this name.
using AccessTableFunction = AccessTable (*)();
inline constexpr const char* kAccessTableSymbol = "bench_access_table";

}  // namespace bench
