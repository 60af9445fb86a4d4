// How many flows fit into flow.memcap, and the emergency mode that starts when no more fit.
//
// When:    read_flow_limits() once storage is finalized; FlowMemory while there is traffic.
// Owner:   the FlowEngine owns a FlowMemory.
// Threads: any.
// Source:  flow.c (FlowInitConfig), flow-private.h (FLOW_CHECK_MEMCAP), flow-hash.c (FlowGetNew,
//          FlowGetUsedFlow), flow-manager.c (FlowManager); L31, L35.
#pragma once

#include <atomic>
#include <cstdint>

#include "surisim/error.hpp"

namespace surisim::engine {

struct FlowLimits {
  std::uint64_t most = UINT64_MAX;  // flows
  std::uint32_t rows = 65'536;      // of the flow hash
  std::uint64_t recovered = 0;  // emergency mode ends when there is room for more flows than this
};

// From flow.memcap, flow.hash-size, flow.prealloc and flow.emergency-recovery. Errors
// (invalid_option): one cannot be read, or the hash table or the preallocated flows need more than
// flow.memcap; Suricata would not start.
expected<FlowLimits> read_flow_limits();

class FlowMemory {
 public:
  explicit FlowMemory(FlowLimits limits) : limits_(limits) {}

  // Makes room for one more flow. False: there is no room, and emergency mode starts.
  bool take() {
    if (used_.fetch_add(1, std::memory_order_relaxed) < limits_.most) return true;
    give_back();
    emergency_.store(true, std::memory_order_relaxed);
    return false;
  }
  void give_back() { used_.fetch_sub(1, std::memory_order_relaxed); }
  bool in_emergency() const { return emergency_.load(std::memory_order_relaxed); }
  // Called when all flows that have timed out have been ended: emergency mode may end.
  void searched();

  std::uint32_t rows() const { return limits_.rows; }
  // The first of the kTries rows in which a worker looks for a flow to take. As in Suricata, each
  // search starts where the previous one ended.
  static constexpr std::uint32_t kTries = 5;
  std::uint32_t next_rows() {
    return next_row_.fetch_add(kTries, std::memory_order_relaxed) % limits_.rows;
  }

 private:
  const FlowLimits limits_;
  std::atomic<bool> emergency_{false};
  std::atomic<std::uint32_t> next_row_{0};
  alignas(64) std::atomic<std::uint64_t> used_{0};  // changes with each flow
};

}  // namespace surisim::engine
