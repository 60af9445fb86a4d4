// The flow worker of generated traffic: what becomes of a flow is in its specification.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "traffic/flow_worker.hpp"

namespace surisim::engine {

class GeneratedWorker final : public FlowWorker {
 public:
  GeneratedWorker(FlowEngine& engine, std::uint32_t index, std::uint32_t places)
      : FlowWorker(engine, index), places_(places, nullptr) {}

  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  void finish_traffic(Thread& thread) override;
  FlowBatch take_open() override;

 private:
  void handle(Thread& thread, const PacketStep& step);
  void handle(Thread& thread, Flow& flow, const PacketStep& step);
  // Null: no memory for one.
  Flow* open(Thread& thread, const PacketStep& step);
  void close(Flow* flow);
  void end_idle(Thread& thread);
  // A flow that this worker will find timed out; false when its traffic is over. [any thread]
  bool leave_in_bucket(Flow* flow);

  std::vector<Flow*> places_;  // flows that packets still come for
  FlowBatch silent_;           // no packets come any more, not timed out when traffic ends
  FlowBatch used_;             // idle, to be taken under memory pressure
  FlowBatch replaced_;         // ended by TCP reuse in this packet
  std::mutex bucket_mutex_;
  FlowBatch bucket_;  // timed out, to be found by this worker
  ClockMark bucket_mark_;
  std::atomic<bool> bucket_waits_{false};
  bool bucket_closed_ = false;
  RawPacket raw_{};  // packet_'s bytes
};

}  // namespace surisim::engine
