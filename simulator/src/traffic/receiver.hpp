// RX of autofp: captures, and spreads packets over the workers' queues by flow hash.
//
// Threads: its own; queues lead to the workers'.
// Source:  runmodes of autofp, tmqh-flow.c (TmqhOutputFlowHash).
#pragma once

#include <cstdint>
#include <vector>

#include "threads/thread.hpp"
#include "traffic/flow_engine.hpp"
#include "traffic/packet_queue.hpp"

namespace surisim::engine {

class Receiver : public Module {
 public:
  Receiver(FlowEngine& engine, std::vector<PacketQueue*> queues)
      : engine_(engine), queues_(std::move(queues)), batches_(queues_.size()) {}
  Ecode init(Thread& thread) final;
  Ecode run(Thread& thread) final;
  void deinit(Thread& thread) final { decoder_loggers_.thread_deinit(thread); }
  bool receives() const final { return true; }

 protected:
  // Until traffic ends. False: failed on request.
  virtual bool capture(Thread& thread) = 0;

  std::size_t workers() const { return queues_.size(); }
  // What is collected for a worker, until it is sent. It may have to wait for the worker.
  PacketBatch& batch_of(std::size_t worker) { return batches_[worker]; }
  void send(std::size_t worker);

  FlowEngine& engine_;

 private:
  std::vector<PacketQueue*> queues_;
  std::vector<PacketBatch> batches_;
  FlowLoggers decoder_loggers_;
};

// Of generated traffic: one of `receivers`, with `open` flows in flight.
class GeneratedReceiver final : public Receiver {
 public:
  GeneratedReceiver(FlowEngine& engine, std::vector<PacketQueue*> queues, std::uint32_t index,
                    std::uint32_t receivers, std::uint32_t open)
      : Receiver(engine, std::move(queues)), index_(index), receivers_(receivers), open_(open) {}

 private:
  bool capture(Thread& thread) override;
  std::uint32_t index_;
  std::uint32_t receivers_;
  std::uint32_t open_;
};

// Of a capture file: it decodes, too.
class PcapReceiver final : public Receiver {
 public:
  using Receiver::Receiver;

 private:
  bool capture(Thread& thread) override;
  void queue(const decode::Decoded& decoded, std::uint64_t number, std::uint32_t hash);
  std::size_t next_ = 0;  // worker of the next packet that wants no flow
  std::size_t most_ = 1;  // packets in a batch
};

}  // namespace surisim::engine
