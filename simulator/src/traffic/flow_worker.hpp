// A flow worker: the part of a packet thread that runs the flow callbacks. Which packets there are
// and which flow each belongs to is up to the PacketSource that makes it.
//
// When:    from the thread's start to its end.
// Owner:   FlowEngine, one for each worker thread of a lifecycle.
// Threads: its thread, except where noted.
// Source:  flow-worker.c, flow.c, flow-util.c; L30 to L36.
#pragma once

#include <suricata/decode.h>

#include <cstdint>

#include "traffic/flow_engine.hpp"

namespace surisim::engine {

struct PacketBatch;

class FlowWorker {
 public:
  FlowWorker(FlowEngine& engine, std::uint32_t index) : engine_(engine), index_(index) {}
  virtual ~FlowWorker() = default;
  FlowWorker(const FlowWorker&) = delete;
  FlowWorker& operator=(const FlowWorker&) = delete;

  // Captures for itself until traffic ends. False: failed, as an injected fault asks.
  virtual bool capture(Thread& thread) = 0;
  // Packets that a receiver of the same source has sent, callbacks included.
  virtual void handle(Thread& thread, PacketBatch& batch) = 0;
  // No packet will come any more: idle flows go to the flow manager, open ones stay.
  virtual void finish_traffic(Thread& thread);
  // The flows still open. [creator] once the worker is in its flow loop
  virtual FlowBatch take_open() = 0;

  // Loggers' thread init and deinit, in the order of the real module.
  void outputs_init(Thread& thread);
  void outputs_deinit(Thread& thread);
  // Ends flows that come back to their worker, until the thread is killed.
  void flow_loop(Thread& thread);
  // An injected fault makes the thread fail once it has had a few packets.
  bool fails_now(const Thread& thread) const { return thread.fail_run && packets_ >= kFailAfter; }

  // Sends work to this worker, or just wakes it. [any thread]
  void send(FlowWork work) { queue_.push(std::move(work)); }

 protected:
  // A packet is about to be handled; `bytes`: its length.
  void count_packet(Thread& thread, std::size_t bytes);
  // packet_ is the flow's first, and the flow is filled: counts it and runs the init callbacks.
  void begin(Thread& thread, Flow& flow);
  // The update callbacks; packet_ has been counted on the flow, which is locked. Then the loggers.
  void update(Thread& thread, Flow& flow);
  void log_packet(Thread& thread, bool alert = false) {
    packet_loggers_.log(thread, packet_, engine_.eve.packet_loggers_before(), [&] {
      if (alert) engine_.eve.alert(thread, packet_);
    });
    thread.context().flow = nullptr;
  }
  // packet_ has no flow, and so no callback. Loggers see it.
  void without_flow(Thread& thread);
  // Flows that end here without a finish (L32).
  void end_batch(Thread& thread, FlowBatch& flows, End how);
  // Now and then: flows that the flow manager has sent back.
  void end_handed_back(Thread& thread);
  // Timed out: for the flow manager, once there are enough of them.
  void to_manager(Flow* flow);

  FlowEngine& engine_;
  const std::uint32_t index_;
  FlowLoggers decoder_loggers_;  // of its DecodeThreadVars: for flows taken under memory pressure
  FlowBatch spare_;
  FlowBatch to_manager_;
  Packet packet_{};

 private:
  static constexpr std::uint64_t kFailAfter = 3;  // packets
  void publish();
  // Ends a flow without a finish.
  void drop(Thread& thread, Flow& flow, End how);

  FlowLoggers flow_loggers_;  // for flows that end here otherwise
  PacketLoggers packet_loggers_;
  TxLoggers tx_loggers_;
  Channel<FlowWork> queue_;
  bool time_announced_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t packets_unpublished_ = 0;
  std::uint64_t flows_unpublished_ = 0;
};

}  // namespace surisim::engine
