// What the process with the plugin may take.
#pragma once

#include <cstdint>

#include "memory_watch.hpp"

namespace surisim::cli {

// Below this, surisim's own needs may be what ends a run.
inline constexpr std::uint64_t kLeastMemoryMib = 64;

struct ChildLimits {
  std::uint64_t seconds = 60;  // for a callback, or a phase without progress; 0: no limit
  std::uint64_t memory_mib = default_memory_limit_mib();  // of its process; 0: no limit
};

}  // namespace surisim::cli
