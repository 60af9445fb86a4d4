// Where the packets of a lifecycle come from: a generator, a capture file, and whatever joins them
// in a room of its own beside capture/. Behind a FlowWorker all traffic is the same: callbacks,
// records, loggers, recycler, shutdown.
//
// When:    check() before anything starts; make_…() while packet threads are created; damage() once
//          traffic has ended.
// Owner:   the FlowEngine, one for each lifecycle; it outlives its workers and receivers.
// Threads: [creator]
// Source:  runmode-*.c and source-*.c, which register a run mode's receive modules.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "surisim/error.hpp"
#include "threads/thread.hpp"
#include "traffic/flow_worker.hpp"

namespace surisim::engine {

struct PacketQueue;

class PacketSource {
 public:
  PacketSource() = default;
  virtual ~PacketSource() = default;
  PacketSource(const PacketSource&) = delete;
  PacketSource& operator=(const PacketSource&) = delete;

  // The error says why there would be no packets. The options are valid.
  virtual expected<void> check() const { return {}; }
  // The flow worker of the index-th worker thread, which captures for itself or, in autofp, handles
  // what receivers send.
  virtual std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) = 0;
  // The module of the index-th RX thread of autofp: a Receiver. `queues` lead to the workers.
  virtual std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                                std::vector<PacketQueue*> queues) = 0;
  // Why packets have ended early, as a sentence; empty: they have not.
  virtual std::string damage() const { return {}; }
};

}  // namespace surisim::engine
