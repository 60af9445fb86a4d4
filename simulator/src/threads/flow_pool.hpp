// The memory of flows: allocated once, used again and again.
//
// When:    one pool for each thread lifecycle.
// Owner:   the pool owns all flows; who has taken one gives it back, cleared.
// Threads: any; a flow itself is touched with its FlowLock held.
// Source:  flow-spare-pool.c, flow-util.c; L33, L35.
#pragma once

#include <suricata/flow.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {

using FlowBatch = std::vector<Flow*>;

// What the EVE record also says of a TCP session; only packets of a capture file make one.
struct TcpSeen {
  std::uint8_t state = 0;     // TcpSession::State
  std::uint8_t flags_ts = 0;  // of all packets to the server, once there is a session
  std::uint8_t flags_tc = 0;
};

// What is left to look at of a TCP flow's data when the flow ends: its worker does so, with a
// packet that it makes up for each of these directions (L32, T14).
struct DataLeft {
  bool to_server = false;
  bool to_client = false;
  bool any() const { return to_server || to_client; }
};

// What the engine knows of a flow beside Suricata's own struct; stands right before it in memory.
struct alignas(16) FlowSide {
  std::uint64_t number = 0;  // of the flow, from 1 in the order of the seed
  std::uint64_t handle = 0;  // of this memory
  End end = End::recycler;   // how it will end
  DataLeft data;             // if any, the shutdown hands it back to its worker
  bool backstop = false;     // the recycler will miss it
  bool locked = false;
  std::atomic<bool> open{false};  // begun, and its storage not freed yet
  std::uint32_t worker = 0;       // index of the flow worker that opened it
  std::int64_t ended_at = 0;      // packet time in µs; 0: with its last packet
  TcpSeen tcp;
};

inline FlowSide* side_of(Flow* flow) { return reinterpret_cast<FlowSide*>(flow) - 1; }
inline const FlowSide* side_of(const Flow* flow) {
  return reinterpret_cast<const FlowSide*>(flow) - 1;
}
// What events say of the flow.
FlowFields fields_of(const Flow& flow, std::uint8_t packet_proto = 0);
// By flow slot: the OS thread that set the value.
const char** made_on_of(Flow* flow);

// Suricata's protocol detection has looked at data of the flow, and found nothing: there are no
// parsers here. What it finds shows after the update callbacks of the packet. The flow is locked.
inline void detect_protocol(Flow& flow) {
  flow.alproto = flow.alproto_ts = ALPROTO_FAILED;
  if (flow.tosrcpktcnt > 0) flow.alproto_tc = ALPROTO_FAILED;
}

// Holds the flow's lock (L35). Meanwhile it is the flow that this thread handles.
class FlowLock {
 public:
  explicit FlowLock(Flow& flow) : flow_(flow), context_(context()) {
    lock_flow(flow_.m);
    side_of(&flow_)->locked = true;
    if (context_ != nullptr) before_ = std::exchange(context_->flow, &flow_);
  }
  ~FlowLock() {
    if (context_ != nullptr) context_->flow = before_;
    side_of(&flow_)->locked = false;
    unlock_flow(flow_.m);
  }
  FlowLock(const FlowLock&) = delete;
  FlowLock& operator=(const FlowLock&) = delete;

 private:
  Flow& flow_;
  Context* context_;
  Flow* before_ = nullptr;
};

class FlowPool {
 public:
  ~FlowPool();
  FlowPool() = default;
  FlowPool(const FlowPool&) = delete;
  FlowPool& operator=(const FlowPool&) = delete;

  // A zeroed flow: the caller's last spare, else a batch of the pool, else new memory. Null: there
  // is none, on request. Throws std::bad_alloc. [worker]
  Flow* take(FlowBatch& spare);
  void give_back(FlowBatch batch) { spare_.push(std::move(batch)); }

  // Frees the flow's storage, Free by Free, and zeroes it for the next use. The
  // caller holds its lock. [any thread]
  static void clear(Flow& flow);

 private:
  Flow* allocate();

  Channel<FlowBatch> spare_;
  Mutex mutex_;
  std::vector<void*> blocks_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::engine
