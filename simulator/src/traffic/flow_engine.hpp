// What flow workers, flow managers, recyclers and the shutdown share: queues between them, and the
// ways in which a flow ends.
//
// When:    from the creation of packet threads to the flow shutdown.
// Owner:   the Engine, one for each thread lifecycle.
// Threads: as the tags say; what has none is for [creator] while no other thread runs.
// Source:  flow-manager.c, flow-worker.c, flow-hash.c; L30 to L36.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "outputs/eve.hpp"
#include "outputs/loggers.hpp"
#include "surisim/options.hpp"
#include "threads/flow_pool.hpp"
#include "threads/thread.hpp"
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

}  // namespace surisim::engine
