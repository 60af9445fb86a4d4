// What flow workers, flow managers, recyclers and the shutdown share: queues between them, and the
// ways in which a flow ends. Source: flow-manager.c, flow-worker.c, flow-hash.c; L30 to L36.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture/tcp_checksum.hpp"
#include "outputs/eve.hpp"
#include "outputs/loggers.hpp"
#include "surisim/options.hpp"
#include "threads/flow_pool.hpp"
#include "threads/thread.hpp"
#include "trace/handover.hpp"
#include "traffic/traffic.hpp"

namespace surisim::engine {

class FlowWorker;

// Flows on their way, or none: just look at your flags. `handled` counts down when they are done.
struct FlowWork {
  FlowBatch flows;
  Latch* handled = nullptr;
  Latch* cleaned_up = nullptr;  // the same for flow clean-up work
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
  std::string capture_damage;  // why a capture file ended early; set before its thread is done
  TcpChecksums checksums;      // of a capture file
  std::unique_ptr<Latch> cleaned_up;           // in the shutdown: flow clean-up work under way
  FlowBatch open_at_end;                       // in the shutdown: for the recycler
  FlowBatch backstop;                          // that the recycler misses
  std::atomic<std::uint64_t> packets_seen{0};  // for a progress display
  std::atomic<std::uint64_t> flows_seen{0};

  bool should_stop() const {
    return abort.load(std::memory_order_relaxed) ||
           (stop != nullptr && stop->load(std::memory_order_relaxed));
  }

  // The engine exits: nobody waits for anybody any more. [creator]
  void abandon();

  // Has flow loggers initialised for the thread, EVE's own at its place among them. [owner]
  void init_loggers(Thread& thread, FlowLoggers& loggers);
  // Ends of a flow, on its thread, each with the flow's record and loggers first (L33). The Flow is
  // zeroed; give it back to the pool.
  void finish(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);  // callbacks, Free
  void drop(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);    // Free only (L32)
  // Of all workers, in µs; 0: packets say nothing. After traffic has ended. [creator]
  std::int64_t last_packet_time() const;
  // The backstop of the shutdown: neither loggers nor callbacks (L34). [creator]
  static void free_at_shutdown(Flow& flow);
  void to_manager(FlowBatch flows);
  void to_recycler(FlowBatch flows, Latch* handled = nullptr);

 private:
  void log_end(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);
};

}  // namespace surisim::engine
