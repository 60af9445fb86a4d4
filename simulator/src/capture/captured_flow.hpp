// The flows of a capture file: what a packet says in Suricata's Packet and Flow, and one worker's
// flows by key, each with its TCP session.
//
// When:    for each packet of a capture file; the shutdown takes out the flows that are left.
// Owner:   the caller has the structs. The table owns its entries, not their flows; an entry stays
//          where it is until erased.
// Threads: the flow's worker, with the flow locked or not yet known to others; in the shutdown the
//          thread that shuts down.
// Source:  flow-util.c (FlowInit), flow.c (FlowHandlePacketUpdate), flow-hash.c (FlowGetHash,
//          FlowCompare), decode.h, flow-private.h; T1, T2, T12.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"

namespace surisim::engine {

void fill_packet(Packet& packet, const decode::Decoded& decoded, std::uint32_t hash);
// A new flow from its first packet, which is to the server (T1).
void fill_flow(Flow& flow, const Packet& packet, const decode::Decoded& decoded);
bool is_to_server(const Flow& flow, const decode::Decoded& decoded);
// Counts the packet on its flow and sets its direction, before the update callbacks (L30).
void count_packet(Flow& flow, Packet& packet, const decode::Decoded& decoded, int thread_id);
// What the TCP session has come to, after them.
void set_state(Flow& flow, TcpSession::State state);
TcpSegment segment_of(const decode::Decoded& decoded, bool to_server);
// Whether a packet of that time, in µs, comes too late for the flow (T12).
bool is_timed_out(const Flow& flow, std::int64_t now);

// The same for both directions of a flow. It also picks the flow's worker.
std::uint32_t hash_of(const decode::FlowKey& key);

struct TrackedFlow {
  decode::FlowKey key;
  std::uint32_t hash = 0;
  Flow* flow = nullptr;
  TcpSession tcp;  // of a TCP flow
};

class FlowTable {
 public:
  FlowTable();

  // Null: there is none. `one_way`: the other direction is another flow.
  TrackedFlow* find(const decode::FlowKey& key, std::uint32_t hash, bool one_way) const;
  // The key must not be there.
  TrackedFlow& insert(const decode::FlowKey& key, std::uint32_t hash, Flow* flow);
  // Ends the entry; its memory is used again.
  void erase(TrackedFlow* entry);

  std::size_t size() const { return size_; }
  // Calls `visit` with each entry; entries must not come or go meanwhile.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.entry != nullptr) visit(*slot.entry);
    }
  }

 private:
  struct Slot {
    TrackedFlow* entry = nullptr;
    std::uint32_t hash = 0;
  };
  std::size_t home_of(std::uint32_t hash) const;
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;  // a power of two of them, at most half used; linear probing
  unsigned shift_;           // of a 64-bit product, down to an index
  std::size_t size_ = 0;
  std::deque<TrackedFlow> entries_;
  std::vector<TrackedFlow*> spare_;
};

}  // namespace surisim::engine
