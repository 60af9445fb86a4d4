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
// Fills what a capture of Suricata's own says of its packets; a capture plugin says it itself.
// `record`: of the capture file, from 1; 0: of none.
void fill_capture(Packet& packet, const decode::Decoded& decoded, std::uint64_t record);
// Packet.pkt_src
std::uint8_t source_of(decode::Origin origin);
// Fills a new flow from its first packet, which defines the direction to the server (T1).
void fill_flow(Flow& flow, const Packet& packet, const decode::Decoded& decoded);
bool is_to_server(const Flow& flow, const decode::Decoded& decoded);
// Counts the packet on its flow and sets its direction, before the update callbacks (L30).
void count_packet(Flow& flow, Packet& packet, const decode::Decoded& decoded, int thread_id);
// Sets the flow's state from the session's, after the update callbacks.
void set_state(Flow& flow, TcpSession::State state);
TcpSegment segment_of(const decode::Decoded& decoded, bool to_server);
// Packet time, µs (T12).
std::int64_t times_out_at(const Flow& flow);
// Whether a packet at time `now`, µs, comes after the flow's time-out (T12), which is shorter in
// emergency mode.
bool is_timed_out(const Flow& flow, std::int64_t now, bool emergency = false);
// Whether the flow has not been idle for long enough at `now`, µs, to be taken under memory
// pressure (L31).
bool is_alive(const Flow& flow, std::int64_t now);

// Of the whole key; the same for both directions of a flow.
std::uint32_t hash_of(const decode::FlowKey& key);
// Whether other flows lie in the same row of Suricata's hash, because ports are not hashed (T17).
bool shares_row(const decode::FlowKey& key);
// The row's hash. It also picks the flow's worker, and is the packet's and the flow's flow_hash.
std::uint32_t row_of(const decode::FlowKey& key);

struct TrackedFlow {
  decode::FlowKey key;
  std::uint32_t hash = 0;
  Flow* flow = nullptr;
  TcpSession tcp;  // of a TCP flow
  // The next flows in the row, if it is shared (SharedRows).
  TrackedFlow* newer = nullptr;
  TrackedFlow* older = nullptr;
  // The flows next to it in the row, the newer one before it (RowHeads).
  TrackedFlow* before_in_row = nullptr;
  TrackedFlow* after_in_row = nullptr;
};

class FlowTable {
 public:
  FlowTable();

  // Null: no such flow. `one_way`: packets of the other direction belong to another flow.
  TrackedFlow* find(const decode::FlowKey& key, std::uint32_t hash, bool one_way) const;
  // The table must not have the key yet.
  TrackedFlow& insert(const decode::FlowKey& key, std::uint32_t hash, Flow* flow);
  // Invalidates the entry; its memory is reused.
  void erase(TrackedFlow* entry);

  std::size_t size() const { return size_; }
  // Calls `visit` with each entry; `visit` must not insert or erase.
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

  std::vector<Slot> slots_;  // their number is a power of two; at most half are used
  unsigned shift_;           // reduces a 64-bit product to an index
  std::size_t size_ = 0;
  std::deque<TrackedFlow> entries_;
  std::vector<TrackedFlow*> spare_;
};

}  // namespace surisim::engine
