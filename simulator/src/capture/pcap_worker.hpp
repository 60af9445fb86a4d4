// The flow worker of a capture file: finds each packet's flow, and ends flows by packet time.
//
// Source:  flow-hash.c (FlowGetFlowFromHash), flow.c (FlowHandlePacketUpdate), flow-util.c
//          (FlowInit), flow-manager.c; T1, T2, T6, T12 to T14.
#pragma once

#include <cstdint>

#include "capture/flow_table.hpp"
#include "traffic/flow_worker.hpp"

namespace surisim::engine {

class PcapWorker final : public FlowWorker {
 public:
  using FlowWorker::FlowWorker;

  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  FlowBatch take_open() override;
  std::int64_t packet_time() const override { return now_; }

 private:
  void handle(Thread& thread, const decode::Decoded& decoded, std::uint64_t number,
              std::uint32_t hash);
  TrackedFlow* flow_of(Thread& thread, const decode::Decoded& decoded, std::uint64_t number,
                       std::uint32_t hash);
  // Null: no memory for one.
  TrackedFlow* open(Thread& thread, const decode::Decoded& decoded, std::uint64_t number,
                    std::uint32_t hash);
  void handle(Thread& thread, TrackedFlow& tracked, const decode::Decoded& decoded);
  void sweep();

  FlowTable flows_;
  FlowBatch timed_out_;   // found so by a packet of their own
  FlowBatch replaced_;    // by TCP reuse
  std::int64_t now_ = 0;  // packet time, µs
  std::uint64_t until_sweep_ = kSweepEvery;

  // Suricata's flow manager looks about once a second of real time at flows whose packet time has
  // come; a worker handles at least as many packets meanwhile. With more flows than that, a look
  // at them all must be worth it.
  static constexpr std::uint64_t kSweepEvery = 65'536;
};

}  // namespace surisim::engine
