// What flow workers, flow managers, recyclers and the shutdown share: queues between them, and the
// ways in which a flow ends. Source: flow-manager.c, flow-worker.c, flow-hash.c; L30 to L36.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/eve.hpp"
#include "engine/flow_pool.hpp"
#include "engine/handover.hpp"
#include "engine/loggers.hpp"
#include "engine/thread.hpp"
#include "engine/traffic.hpp"
#include "surisim/options.hpp"

namespace surisim::engine {

class FlowWorker;

// Flows on their way, or none: just look at your flags. `handled` counts down when they are done.
struct FlowWork {
  FlowBatch flows;
  Latch* handled = nullptr;
  TimedLatch* cleaned_up = nullptr;  // the same for flow clean-up work
};

// Ends of the main loop: every capturing thread is done, or a thread has failed.
class MainLoopSignal {
 public:
  void arm(std::uint32_t captures) { state_.store(captures << 1, std::memory_order_relaxed); }
  void capture_done() {
    change([this] { state_.fetch_sub(2, std::memory_order_acq_rel); });
  }
  void thread_failed() {
    change([this] { state_.fetch_or(1, std::memory_order_acq_rel); });
  }
  // False: a thread has failed.
  bool wait() const;

 private:
  template <class Change>
  void change(Change apply) {
    mark_.leave();
    apply();
    state_.notify_all();
  }
  std::atomic<std::uint32_t> state_{0};
  ClockMark mark_;
};

// One thread lifecycle's traffic.
struct FlowEngine {
  FlowEngine(const Options& run_options, Eve& eve_of_run);
  ~FlowEngine();

  const Options& options;
  Eve& eve;
  Traffic traffic;
  std::unique_ptr<Dealer> dealer;  // of flows to capturing threads; set with the threads
  FlowPool pool;
  // Idle flows, from workers to FM, and timed-out ones from FM to FR. The credits bound how many
  // are under way, and so the memory of a run, whatever its length.
  Channel<FlowWork> manager_queue;
  Channel<FlowWork> recycler_queue;
  Credit manager_credit;
  Credit recycler_credit;
  Gate traffic_gate;  // opened when the main loop starts
  Gate time_ready;    // packet time is known: the first packet has been seen
  Gate capture_stop;  // live captures: the engine has been told to stop
  MainLoopSignal main_loop;
  const std::atomic<bool>* stop = nullptr;  // asked to end traffic early
  std::atomic<bool> abort{false};           // the engine exits: leave everything as it is
  std::vector<std::unique_ptr<FlowWorker>> workers;
  std::unique_ptr<TimedLatch> cleaned_up;      // in the shutdown: flow clean-up work under way
  FlowBatch open_at_end;                       // in the shutdown: for the recycler
  FlowBatch backstop;                          // that the recycler misses
  std::atomic<std::uint64_t> packets_seen{0};  // for a progress display
  std::atomic<std::uint64_t> flows_seen{0};

  bool should_stop() const {
    return abort.load(std::memory_order_relaxed) ||
           (stop != nullptr && stop->load(std::memory_order_relaxed));
  }

  // The engine exits: nobody waits for anybody any more. [the creating thread]
  void abandon();

  // Ends of a flow, on its thread, each with the flow's record and loggers first (L33). The Flow is
  // zeroed; give it back to the pool.
  void finish(Thread& thread, Flow& flow, End how, const FlowLoggers& loggers);  // callbacks, Free
  void drop(Thread& thread, Flow& flow, End how, const FlowLoggers& loggers);    // Free only (L32)
  // The backstop of the shutdown: neither loggers nor callbacks (L34). [creating thread]
  static void free_at_shutdown(Flow& flow);
  void to_manager(FlowBatch flows);
  void to_recycler(FlowBatch flows, Latch* handled = nullptr);

 private:
  void log_end(Thread& thread, Flow& flow, End how, const FlowLoggers& loggers);
};

// A flow worker: the part of a packet thread that runs the flow callbacks.
class FlowWorker {
 public:
  FlowWorker(FlowEngine& engine, std::uint32_t index, std::uint32_t places);

  // Loggers' thread init and deinit, in the order of the real module. [its thread]
  void outputs_init(Thread& thread);
  void outputs_deinit(Thread& thread);
  // One packet, callbacks included. [its thread]
  void handle(Thread& thread, const PacketStep& step);
  // No packet will come any more: what is idle goes its way, what is open stays. [its thread]
  void finish_traffic(Thread& thread);
  // Flows that come back to their worker, until the thread is killed. [its thread]
  void flow_loop(Thread& thread);

  // Sends work to this worker, or just wakes it. [any thread]
  void send(FlowWork work) { queue_.push(std::move(work)); }
  // The flows still open. [the shutting-down thread, once the worker is in its flow loop]
  FlowBatch take_open();
  // A flow that this worker will find timed out; false when its traffic is over. [any thread]
  bool leave_in_bucket(Flow* flow);

 private:
  void update(Thread& thread, Flow& flow, const PacketStep& step);
  Flow* open(Thread& thread, const PacketStep& step);
  void close(Flow* flow);
  void handle_without_flow(Thread& thread, const PacketStep& step);
  void end_idle(Thread& thread);
  void end_batch(Thread& thread, FlowBatch& flows, End how);
  void publish();

  FlowEngine& engine_;
  std::uint32_t index_;
  FlowLoggers decoder_loggers_;  // of its DecodeThreadVars: for flows taken under memory pressure
  FlowLoggers flow_loggers_;     // for flows that end here otherwise
  PacketLoggers packet_loggers_;
  double alerts_ = 0;          // share of packets
  std::vector<Flow*> places_;  // flows that packets still come for
  FlowBatch silent_;           // no packets come any more, not timed out when traffic ends
  FlowBatch spare_;
  FlowBatch used_;      // idle, to be taken under memory pressure
  FlowBatch replaced_;  // ended by TCP reuse in this packet
  FlowBatch to_manager_;
  Channel<FlowWork> queue_;
  std::mutex bucket_mutex_;
  FlowBatch bucket_;  // timed out, to be found by this worker
  ClockMark bucket_mark_;
  std::atomic<bool> bucket_waits_{false};
  bool bucket_closed_ = false;
  bool time_told_ = false;
  std::uint64_t packets_unpublished_ = 0;
  std::uint64_t flows_unpublished_ = 0;
  Packet packet_{};
  RawPacket raw_{};  // packet_'s bytes
};

}  // namespace surisim::engine
