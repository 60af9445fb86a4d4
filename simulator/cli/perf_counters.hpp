// The processor's own counters for the calling thread, where the machine has them.
#pragma once

#include <cstdint>
#include <optional>

namespace surisim::cli {

struct PerfCounts {
  std::uint64_t instructions = 0;
  std::uint64_t cache_misses = 0;
};

// Counts in user mode, on the thread that made it. Virtual machines often have no counters, and a
// system may forbid them (kernel.perf_event_paranoid): read() then gives nothing.
class PerfCounters {
 public:
  PerfCounters();
  PerfCounters(const PerfCounters&) = delete;
  PerfCounters& operator=(const PerfCounters&) = delete;
  ~PerfCounters();

  std::optional<PerfCounts> read() const;

 private:
  int group_ = -1;
  int misses_ = -1;
};

}  // namespace surisim::cli
