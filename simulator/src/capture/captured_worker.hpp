// The FlowWorker of packets that are decoded from bytes: finds each packet's flow in its table,
// starts and ends flows by packet time, and follows TCP sessions. Sources derive from it: capture
// files, capture plugins, tests.
//
// When:    for each packet; the shutdown takes out the flows that are left.
// Owner:   the FlowEngine; the flows in the table belong to its pool.
// Threads: the worker's, as FlowWorker says.
// Source:  flow-hash.c (FlowGetFlowFromHash), flow.c (FlowHandlePacketUpdate), flow-util.c
//          (FlowInit), flow-manager.c; T1 to T3, T6, T12 to T14, T17.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/captured_flow.hpp"
#include "capture/flow_table.hpp"
#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

// A packet while it is handled.
struct CapturedPacket {
  const decode::Decoded& decoded;
  std::uint64_t number;      // from 1, derived packets included
  std::uint32_t row;         // row_of() its key
  std::uint64_t record = 0;  // Packet.pcap_cnt
};

class CapturedWorker : public FlowWorker {
 public:
  CapturedWorker(FlowEngine& engine, std::uint32_t index, TcpChecksums& checksums)
      : FlowWorker(engine, index), checksums_(checksums) {}

  FlowBatch take_open_flows() override;
  std::int64_t packet_time() const { return now_; }

 protected:
  // Handles a packet, callbacks included. Returns its flow, or null if it has none.
  TrackedFlow* handle_packet(Thread& thread, const CapturedPacket& captured);
  // The number of the flow that this packet starts.
  virtual std::uint64_t number_of(const CapturedPacket& captured) { return captured.number; }
  // The latest packet time of all workers, µs. [creator] once traffic has ended
  virtual std::int64_t last_packet_time() const = 0;

  // Null: there is no such flow. `one_way`: FlowRule::one_way.
  TrackedFlow* find(const decode::FlowKey& key, bool one_way) const;
  std::vector<TrackedFlow*> timed_out_at(std::int64_t now) const;
  // Decides how a timed-out flow ends: on its worker if it has unread data (T14), otherwise on the
  // recycler.
  static void settle_end(const TrackedFlow& tracked, std::int64_t now);
  // Takes a flow that is about to end out of the table, and gives its room in flow memory back.
  void forget(TrackedFlow* tracked);
  // Forgets a flow that a packet at `time` ends, and adds it to `batch`.
  void end_by_packet(TrackedFlow* tracked, std::int64_t time, FlowBatch& batch);
  // Sends timed-out flows to the flow manager every kSweepEvery packets. Call it after each packet.
  void sweep_if_due() {
    if (--until_sweep_ == 0) sweep();
  }

 private:
  TrackedFlow* flow_of(Thread& thread, const CapturedPacket& captured);
  // hash_of() the packet's key.
  static std::uint32_t hash_of(const CapturedPacket& captured);
  // Starts the packet's flow. Null: there is no memory for it (L35).
  TrackedFlow* open(Thread& thread, const CapturedPacket& captured);
  Flow* new_flow(Thread& thread);
  // A flow whose memory this worker may take; null: none in the rows that Suricata searches.
  TrackedFlow* find_used();
  // Takes the flow out of the table, but keeps its room in flow memory.
  void remove(TrackedFlow* tracked);
  void handle_in_flow(Thread& thread, TrackedFlow& tracked, const decode::Decoded& decoded);
  // Adds the packet's data and acknowledgement to the streams that streaming loggers read.
  void follow_streams(const TrackedFlow& tracked, const decode::Decoded& decoded,
                      bool to_server) const;
  // Sends timed-out flows to the flow manager.
  void sweep();

  // Packets between two searches for flows that have timed out. Suricata's flow manager searches
  // about once a second of real time, in which a worker handles at least this many packets. With
  // more open flows than that, the interval is the number of flows.
  static constexpr std::uint64_t kSweepEvery = 65'536;

  std::uint64_t until_sweep_ = kSweepEvery;
  TcpChecksums& checksums_;
  FlowTable flows_;
  SharedRows rows_;
  RowHeads heads_;
  std::int64_t searched_at_ = 0;  // packet time when full flow memory last caused a sweep
  FlowBatch timed_out_;           // flows that end after this packet: timed out,
  FlowBatch replaced_;            // or replaced by TCP reuse
  std::int64_t now_ = 0;          // packet time, µs
};

}  // namespace surisim::engine
