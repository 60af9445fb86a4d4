// What flow workers, flow managers, recyclers and the shutdown share: queues between them, and the
// ways in which a flow ends.
//
// When:    from the creation of packet threads to the flow shutdown.
// Owner:   the Engine, one for each thread lifecycle.
// Threads: as the tags say; what has none is for [creator] while no other thread runs.
// Source:  flow-manager.c, flow-worker.c, flow-hash.c; L30 to L36.
#pragma once

#include <suricata/decode.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "outputs/eve.hpp"
#include "outputs/loggers.hpp"
#include "surisim/options.hpp"
#include "threads/flow_pool.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/handover.hpp"

namespace surisim::engine {

class FlowWorker;
class PacketSource;
struct PacketQueue;

// Flows that are sent to a thread; none: a wake-up, to check its flags. `handled` counts down when
// they are done.
struct FlowWork {
  FlowBatch flows;
  Latch* handled = nullptr;
  Latch* cleaned_up = nullptr;  // the same for flow clean-up work
};

// One thread lifecycle's traffic.
struct FlowEngine {
  FlowEngine(const Options& run_options, Eve& eve_of_run,
             std::unique_ptr<PacketSource> packet_source);
  ~FlowEngine();

  const Options& options;
  Eve& eve;
  const std::unique_ptr<PacketSource> source;
  FlowPool pool;
  // Idle flows, from workers to FM, and timed-out ones from FM to FR. The credits bound how many
  // are under way, and so the memory of a run, whatever its length.
  Channel<FlowWork> manager_queue;
  Channel<FlowWork> recycler_queue;
  Credit manager_credit;
  Credit recycler_credit;
  Gate traffic_gate;  // opened when the main loop starts
  Gate time_ready;    // packet time is known: the first packet has been seen
  Gate capture_stop;  // live captures: opened when the engine stops
  MainLoopSignal main_loop;
  const std::atomic<bool>* stop = nullptr;  // set to end traffic early
  std::atomic<bool> abort{false};           // the engine exits: leave everything as it is
  std::vector<std::unique_ptr<FlowWorker>> workers;
  std::vector<std::unique_ptr<PacketQueue>> queues;  // of autofp, by worker
  std::unique_ptr<Latch> cleaned_up;           // in the shutdown: flow clean-up work under way
  FlowBatch open_at_end;                       // in the shutdown: for the recycler
  FlowBatch backstop;                          // that the recycler misses
  std::atomic<std::uint64_t> packets_seen{0};  // for a progress display
  std::atomic<std::uint64_t> flows_seen{0};

  bool should_stop() const {
    return abort.load(std::memory_order_relaxed) ||
           (stop != nullptr && stop->load(std::memory_order_relaxed));
  }

  // Calls `next` until it says that traffic has ended, the engine is to stop, or the thread is to
  // fail. False: failed, as an injected fault asks. [worker]
  template <class Next>
  bool capture_all(const Thread& thread, Next next) const {
    constexpr std::uint64_t kCheckEvery = 64;  // packets between two checks of the stop flag
    constexpr std::uint64_t kFailAfter = 3;    // packets before an injected failure
    std::uint64_t seen = 0;
    while (next()) {
      ++seen;
      if (thread.fail_run && seen >= kFailAfter) return false;
      if (seen % kCheckEvery == 0 && should_stop()) break;
    }
    return !thread.fail_run;
  }

  // The engine exits: no thread waits for another any more. [creator]
  void abandon();

  // Has flow loggers initialised for the thread, EVE's own at its place among them. [owner]
  void init_loggers(Thread& thread, FlowLoggers& loggers);
  // Ends of a flow, on its thread, each with the flow's record and loggers first (L33). The Flow is
  // zeroed; give it back to the pool.
  void finish(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);  // callbacks, Free
  void drop(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);    // Free only (L32)
  // The backstop of the shutdown: neither loggers nor callbacks (L34). [creator]
  static void free_at_shutdown(Flow& flow);
  void to_manager(FlowBatch flows);
  void to_recycler(FlowBatch flows, Latch* handled = nullptr);

 private:
  void log_end(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);
};

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
