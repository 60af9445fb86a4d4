// The memory of flows, which is recycled, so that a run's memory is bounded by its open flows; and
// the data of a flow's TCP session on its way to streaming loggers.
//
// When:    one pool for each thread lifecycle.
// Owner:   the pool owns all flows; a thread that takes one clears it and gives it back.
// Threads: any; a flow itself is only touched with its FlowLock held.
// Source:  flow-spare-pool.c, flow-util.c; L33, L35.
#pragma once

#include <suricata/flow.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "abi/eve_header.hpp"
#include "abi/host.hpp"
#include "base/mutex.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {

// A call of a streaming logger.
struct StreamPiece {
  std::span<const std::uint8_t> data;  // NULL at the end of the session
  std::uint8_t flags = 0;              // OUTPUT_STREAMING_FLAG_…
};

// The data that one end of a TCP session sends.
class TcpStream {
 public:
  using Bytes = std::span<const std::uint8_t>;

  // Adds the accepted data of a segment, from sequence number `seq` on. `first`: the number of the
  // stream's first byte, used only by the first call. `depth`: no bytes after this many are kept;
  // 0: no limit.
  void add(std::uint32_t first, std::uint32_t seq, Bytes bytes, std::uint64_t depth);
  // The same for bytes that follow the last ones.
  void append(Bytes bytes, std::uint64_t depth);
  // The next data for loggers, up to the sequence number `acked`; if the session `closes`, all that
  // is left, and an empty piece for the end. `direction`: a flag for all pieces.
  std::vector<StreamPiece> take(std::uint32_t acked, bool closes, std::uint8_t direction);
  // The number after the last byte.
  std::uint32_t end() const { return first_ + static_cast<std::uint32_t>(end_); }

 private:
  struct Segment {
    std::uint64_t begin;
    std::uint64_t end;
  };

  // The offset in the stream of the byte with this sequence number. All offsets are from 0.
  std::uint64_t place_of(std::uint32_t seq) const;
  void forget_logged();
  void put(std::uint64_t at, Bytes bytes);

  bool started_ = false;
  bool too_deep_ = false;
  std::uint32_t first_ = 0;
  std::uint64_t logged_ = 0;  // everything before this offset has been logged
  std::uint64_t end_ = 0;
  std::vector<Segment> segments_;
  // Data by its offset, with gaps between blocks.
  std::map<std::uint64_t, std::vector<std::uint8_t>> blocks_;
};

struct TcpStreams {
  TcpStream to_server;
  TcpStream to_client;
  // The sequence numbers up to which the other end has acknowledged data.
  std::uint32_t acked_to_server = 0;
  std::uint32_t acked_to_client = 0;
  bool closed = false;  // the session has ended

  TcpStream& of(bool server) { return server ? to_server : to_client; }
  std::uint32_t& acked(bool server) { return server ? acked_to_server : acked_to_client; }
};

using FlowBatch = std::vector<Flow*>;

// The TCP session's part of a flow's EVE record; only flows of a capture file have one.
struct TcpSeen {
  std::uint8_t state = 0;     // TcpSession::State
  std::uint8_t flags_ts = 0;  // of all packets to the server, once there is a session
  std::uint8_t flags_tc = 0;
};

// The directions of a TCP flow that have unread data when the flow ends: its worker handles a
// pseudo packet for each of them (L32, T14).
struct DataLeft {
  bool to_server = false;
  bool to_client = false;
  bool any() const { return to_server || to_client; }
};

// What the engine knows about a flow besides Suricata's struct. It lies just before it in memory.
struct alignas(16) FlowSide {
  std::uint64_t number = 0;         // of the flow, from 1 in the order of the seed
  std::uint64_t handle = 0;         // of this memory, from 1
  End end = End::recycler;          // how it will end
  DataLeft data;                    // if any, the shutdown hands the flow back to its worker
  bool backstop = false;            // the recycler misses the flow, and the backstop frees it
  std::atomic<bool> locked{false};  // a thread handles it (FlowLock)
  std::atomic<bool> open{false};    // from flow init until its storage is freed
  bool finished = false;            // its finish callbacks have run; the storage is not freed yet
  std::uint32_t worker = 0;         // index of the flow worker that opened it
  std::int64_t ended_at = 0;        // packet time in µs; 0: with its last packet
  TcpSeen tcp;
  std::unique_ptr<abi::EtherAddresses> addresses;  // null: they are not kept
  std::unique_ptr<TcpStreams> streams;             // null: no TCP session, or no logger for it
};

// Suricata's time from µs since 1970.
inline SCTime_t time_of(std::int64_t micros) {
  const auto time = static_cast<std::uint64_t>(micros);
  SCTime_t ts;
  ts.secs = (time / 1'000'000) & ((1ULL << 44) - 1);
  ts.usecs = (time % 1'000'000) & ((1ULL << 20) - 1);
  return ts;
}

// The reverse.
inline std::int64_t micros_of(SCTime_t time) {
  return static_cast<std::int64_t>(time.secs) * 1'000'000 + static_cast<std::int64_t>(time.usecs);
}

inline FlowSide* side_of(Flow* flow) { return reinterpret_cast<FlowSide*>(flow) - 1; }
inline const FlowSide* side_of(const Flow* flow) {
  return reinterpret_cast<const FlowSide*>(flow) - 1;
}
// The flow as events describe it.
FlowFields fields_of(const Flow& flow, std::uint8_t packet_proto = 0);
// By flow slot: the name of the OS thread that set the value.
const char** made_on_of(Flow* flow);

// Sets the result of protocol detection, which always fails as there are no parsers here. Call it
// after the packet's update callbacks, because only later ones see the result. The flow is locked.
inline void detect_protocol(Flow& flow) {
  flow.alproto = flow.alproto_ts = ALPROTO_FAILED;
  if (flow.tosrcpktcnt > 0) flow.alproto_tc = ALPROTO_FAILED;
}

// Holds the flow's lock (L35), and marks it as the flow that this thread is handling.
class FlowLock {
 public:
  explicit FlowLock(Flow& flow) : flow_(flow), context_(context()) {
    lock_flow(abi::in_flow().m(flow_));
    side_of(&flow_)->locked.store(true, std::memory_order_relaxed);
    if (context_ != nullptr) before_ = std::exchange(context_->flow, &flow_);
  }
  ~FlowLock() {
    if (context_ != nullptr) context_->flow = before_;
    side_of(&flow_)->locked.store(false, std::memory_order_relaxed);
    unlock_flow(abi::in_flow().m(flow_));
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

  // A zeroed flow: the caller's last spare, else one of a batch from the pool, else new memory.
  // Null: an injected fault. Throws std::bad_alloc. [worker]
  Flow* take(FlowBatch& spare);
  void give_back(FlowBatch batch) { spare_.push(std::move(batch)); }

  // Frees the flow's storage through each slot's Free, and zeroes the flow for its next use. The
  // caller holds its lock. [any thread]
  static void clear(Flow& flow);

 private:
  Flow* allocate();

  Channel<FlowBatch> spare_;
  Mutex mutex_;
  std::vector<void*> blocks_ SURISIM_GUARDED_BY(mutex_);
};

}  // namespace surisim::engine
