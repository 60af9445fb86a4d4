// The traffic of one thread lifecycle. FlowEngine: the queues between workers, flow managers and
// recyclers, and the ways in which a flow ends. FlowWorker: the part of a packet thread that runs
// flow callbacks and loggers. A PacketSource makes the workers, and decides which packets there are
// and which flow each belongs to.
//
// When:    from the creation of packet threads to the flow shutdown.
// Owner:   the Engine owns one FlowEngine per thread lifecycle, and that one FlowWorker per worker
//          thread.
// Threads: FlowWorker: its own thread, unless a tag says otherwise. FlowEngine: any; fields that
//          are neither atomic nor hand-overs are set by [creator] while no other thread runs.
// Source:  flow-manager.c, flow-worker.c, flow-hash.c, flow.c, flow-util.c; L30 to L36.
#pragma once

#include <suricata/decode.h>
#include <suricata/suricata.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "outputs/eve.hpp"
#include "outputs/loggers.hpp"
#include "surisim/options.hpp"
#include "surisim/traffic.hpp"
#include "threads/flow_pool.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"
#include "traffic/flow_memory.hpp"

namespace surisim::engine {

class FlowWorker;
class PacketSource;
struct PacketBatch;
struct PacketQueue;

// Flows that are sent to a thread; without flows, a wake-up to check its flags.
struct FlowWork {
  FlowBatch flows;
  Latch* handled = nullptr;     // counts down when the recycler has ended the flows
  Latch* cleaned_up = nullptr;  // counts down when the worker has ended them in the shutdown
  HandOver sent{};
};

// Told when a thread reaches a point of a flow's life, for traffic that a test sends; may hold the
// thread there. [any thread]
class FlowWatch {
 public:
  virtual void reached(FlowPoint point, Thread& thread, Flow& flow) = 0;
  // The flow with this number has ended, and its storage is freed.
  virtual void ended(std::uint64_t flow) = 0;

 protected:
  ~FlowWatch() = default;
};

struct FlowEngine {
  FlowEngine(const Options& run_options, Eve& eve_of_run,
             std::unique_ptr<PacketSource> packet_source, FlowLimits limits = {});
  ~FlowEngine();

  const Options& options;
  Eve& eve;
  const std::unique_ptr<PacketSource> source;
  FlowPool pool;
  FlowMemory memory;  // not for generated traffic, which decides itself which packets get no flow
  // Idle flows from workers to FM, and timed-out flows from FM to FR. The credits limit how many
  // are under way, and so the memory of a run.
  Channel<FlowWork> manager_queue;
  Channel<FlowWork> recycler_queue;
  Credit manager_credit;
  Credit recycler_credit;
  Gate traffic_gate;  // opened when the main loop starts
  Gate time_ready;    // packet time is known: the first packet has been seen
  Gate capture_stop;  // live captures: opened when the engine stops
  MainLoopSignal main_loop;
  FlowWatch* watch = nullptr;               // null: no test sends the traffic
  const std::atomic<bool>* stop = nullptr;  // set to end traffic early, as EngineStop does
  bool ends_early = false;                  // an injected signal ends traffic after a few packets
  std::atomic<bool> abort{false};           // the engine exits: leave everything as it is
  std::vector<std::unique_ptr<FlowWorker>> workers;
  std::vector<std::unique_ptr<PacketQueue>> queues;  // autofp: one per worker
  std::unique_ptr<Latch> cleaned_up;                 // shutdown: flow clean-up work under way
  FlowBatch open_at_end;                             // shutdown: flows for the recycler
  FlowBatch backstop;                                // shutdown: flows that the recycler misses
  std::atomic<std::uint64_t> packets_seen{0};        // for the progress display
  std::atomic<std::uint64_t> flows_seen{0};

  bool should_stop() const {
    return abort.load(std::memory_order_relaxed) ||
           (stop != nullptr && stop->load(std::memory_order_relaxed)) ||
           (__atomic_load_n(&suricata_ctl_flags, __ATOMIC_ACQUIRE) & SURICATA_STOP) != 0;
  }

  // Advances the time that plugins see to this packet's.
  static void clock_reached(std::uint32_t worker, const Packet& packet) {
    abi::state().packet_time.reached(worker, packet.ts);
  }

  void reached(FlowPoint point, Thread& thread, Flow& flow) const {
    if (watch != nullptr) watch->reached(point, thread, flow);
  }

  // Calls `next` until it returns false at the end of traffic, the engine is to stop, or an
  // injected fault ends it early. False: the fault made the thread fail. [worker]
  template <class Next>
  bool capture_all(const Thread& thread, Next next) const {
    constexpr std::uint64_t kCheckEvery = 64;  // packets between two checks of the stop flag
    constexpr std::uint64_t kFew = 3;          // before an injected fault
    const std::uint64_t last = thread.fail_run || ends_early ? kFew : UINT64_MAX;
    std::uint64_t seen = 0;
    while (next()) {
      if (++seen == last) break;
      if (seen % kCheckEvery == 0 && should_stop()) break;
    }
    return !thread.fail_run;
  }

  // The engine exits: wakes every waiting thread. [creator]
  void abandon();

  // End a flow on the calling thread, a worker or recycler: first its EVE record and loggers (L33),
  // in finish() also the finish callbacks (L32), then each slot's Free. The Flow is zeroed; give it
  // back to the pool.
  void finish(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);
  void drop(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);
  // The backstop of the shutdown: Free only, without loggers and callbacks (L34). [creator]
  static void free_at_shutdown(Flow& flow);
  // Send flows to FM and FR. With `handled`, all of the flows must end on the recycler.
  void to_manager(FlowBatch flows, Latch* handled = nullptr);
  void to_recycler(FlowBatch flows, Latch* handled = nullptr);

 private:
  void log_end(Thread& thread, Flow& flow, End how, FlowLoggers& loggers);
  void free_values(Thread& thread, Flow& flow, End how);
};

class FlowWorker {
 public:
  FlowWorker(FlowEngine& engine, std::uint32_t index) : engine_(engine), index_(index) {}
  virtual ~FlowWorker() = default;
  FlowWorker(const FlowWorker&) = delete;
  FlowWorker& operator=(const FlowWorker&) = delete;

  // Captures and handles packets until traffic ends. False: an injected fault made the thread fail.
  virtual bool capture(Thread& thread) = 0;
  // Handles packets from a receiver of the same source.
  virtual void handle(Thread& thread, PacketBatch& batch) = 0;
  // Called when traffic has ended: sends idle flows to the flow manager; open flows stay.
  virtual void finish_traffic(Thread& thread);
  // Removes and returns the flows that are still open. [creator] once the worker is in its flow
  // loop
  virtual FlowBatch take_open_flows() = 0;

  // Thread init and deinit of all loggers, in Suricata's order.
  void outputs_init(Thread& thread);
  void outputs_deinit(Thread& thread);
  // Ends flows that are sent back to this worker, until the thread is killed.
  void flow_loop(Thread& thread);
  // Whether an injected fault makes the thread fail now, after a few packets.
  bool fails_now(const Thread& thread) const { return thread.fail_run && packets_ >= kFailAfter; }

  // Sends work to this worker, or just wakes it. [any thread]
  void send(FlowWork work);

 protected:
  // Counts a packet of `bytes` bytes that is about to be handled.
  void count_packet(Thread& thread, std::size_t bytes);
  // Counts a new flow and runs its init callbacks; *packet_ is its first packet.
  void begin(Thread& thread, Flow& flow);
  // Runs the update callbacks. *packet_ has been counted on the flow, which is locked; log_packet()
  // comes next.
  void update(Thread& thread, Flow& flow);
  // Runs the loggers on *packet_, whose flow is locked.
  void log_packet(Thread& thread, bool alert = false) {
    if (alert)
      log_alert(thread);
    else
      packet_loggers_.log(thread, *packet_, [](abi::OwnLogger, OutputJsonThreadCtx*) {});
    if (side_of(packet_->flow)->streams != nullptr) log_stream(thread, *packet_, false);
    thread.context().flow = nullptr;
  }
  // Handles *packet_, which has no flow: runs the packet loggers, but no flow callbacks.
  void without_flow(Thread& thread);
  // Ends flows on this worker without a finish (L32).
  void end_batch(Thread& thread, FlowBatch& flows, End how);
  // Ends flows that the flow manager has sent back; checks for them only every few packets.
  void end_handed_back(Thread& thread);
  // The same, but checks now.
  void end_handed_back_now(Thread& thread);
  // Adds what has been counted since the last call to the engine's progress counters.
  void publish();
  // Waits for the flow manager to send flows back, and ends them.
  void wait_for_handed_back(Thread& thread);
  // Sends a timed-out flow to the flow manager, in batches.
  void to_manager(Flow* flow);

  FlowEngine& engine_;
  const std::uint32_t index_;
  FlowLoggers decoder_loggers_;  // for flows taken under memory pressure
  FlowBatch spare_;
  FlowBatch to_manager_;
  Packet own_packet_{};
  Packet* packet_ = &own_packet_;  // the packet that is being handled

 private:
  static constexpr std::uint64_t kFailAfter = 3;  // packets
  // Runs the packet loggers on *packet_. record(logger) writes the EVE record of Suricata's own
  // logger `which`; without an EVE output `logger` is null.
  template <class Record>
  void log_with(Thread& thread, abi::OwnLogger which, Record record);
  void log_alert(Thread& thread);
  // Gives streaming loggers the data that the packet newly acknowledges; with `is_last` all the
  // data that they have not seen.
  void log_stream(Thread& thread, const Packet& packet, bool is_last);
  void drop(Thread& thread, Flow& flow, End how);

  FlowLoggers flow_loggers_;  // for all other flows that end here
  PacketLoggers packet_loggers_;
  TxLoggers tx_loggers_;
  StreamingLoggers streaming_loggers_;
  Channel<FlowWork> queue_;
  bool time_announced_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t packets_unpublished_ = 0;
  std::uint64_t flows_unpublished_ = 0;
};

}  // namespace surisim::engine
