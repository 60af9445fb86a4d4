// The workers of traffic by hand, and their conversation with the test's thread: Commands, with
// their answers and the threads that are held at a point; and ByHandWorker, which obeys them.
//
// When:    while there is traffic.
// Owner:   the ByHandSource. What a command refers to must live until it is done, which may be long
//          after run() has returned: a thread may be held on the way.
// Threads: [main], except for FlowWatch and CommandQueue, whose comments say so.
// Source:  the facts in surisim/traffic.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "base/mutex.hpp"
#include "capture/captured_worker.hpp"
#include "decode/decode.hpp"
#include "surisim/error.hpp"
#include "surisim/traffic.hpp"
#include "trace/handover.hpp"
#include "traffic/flow_engine.hpp"
#include "traffic/modules.hpp"

namespace surisim::engine {

class ByHandWorker;

using WorkerAction = std::function<void(ByHandWorker&, Thread&)>;
using Operation = std::uint64_t;  // what [main] has started, numbered from 1

// What a thread says to [main].
struct Answer {
  Operation done = 0;
  std::uint64_t ended = 0;  // number of a flow
  bool held = false;        // a thread is held now
};
using Answers = Channel<Answer>;

// What a worker does for the test.
struct Command {
  Operation operation = 0;
  std::uint32_t worker = 0;  // index
  WorkerAction action;
  bool refused = false;  // the thread takes no more commands
};

// Commands on their way to a thread that captures.
class CommandQueue {
 public:
  // False: closed. [main]
  bool send(Command& command);
  // The last command has been sent. [main]
  void end() { commands_.push(nullptr); }
  // Null: there are no more. [owner]
  Command* receive() { return commands_.pop(); }
  // The thread ends: commands that were sent, or will be, are refused. [owner]
  void close(Answers& answers);

 private:
  Channel<Command*> commands_;
  Mutex mutex_;
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
};

// A thread that is to stop at a point, or has.
struct Hold {
  enum class State { armed, held, released };

  std::string thread;              // empty: the first that comes there
  std::optional<FlowPoint> point;  // none: any
  State state = State::armed;
  std::uint64_t flow = 0;
  Flow* memory = nullptr;  // of the flow
  Gate gate;

  explicit Hold(std::string_view on, std::optional<FlowPoint> at) : thread(on), point(at) {}
};

class Commands final : public FlowWatch {
 public:
  // Workers by index, and all threads that run flow callbacks.
  // `limit_ms`: how long a callback may take; 0: no limit.
  Commands(std::vector<std::string> workers, std::vector<std::string> threads,
           std::uint32_t limit_ms)
      : workers_(std::move(workers)), threads_(std::move(threads)), limit_ms_(limit_ms) {}

  Answers& answers() { return answers_; }
  const std::vector<std::string>& workers() const { return workers_; }
  void add_input(CommandQueue& queue) { inputs_.push_back(&queue); }

  // Runs `action` on a worker, then `then` here. The result says whether both are done; if not, a
  // thread is held on the way, and `then` runs in release(). Errors: traffic_refused, wrong_phase.
  expected<bool> run(std::uint32_t worker, WorkerAction action, std::function<void()> then = {});
  // Calls `start`, which leads to the end of a flow on a recycler, then `then`. As run().
  expected<bool> run_to_end(std::uint64_t flow, const std::function<expected<void>()>& start,
                            std::function<void()> then);

  expected<void> hold(std::string_view thread, std::optional<FlowPoint> point);
  expected<void> release(std::string_view thread);
  // The hold of a thread that is held; null: it is not.
  const Hold* held_on(std::string_view thread) const;
  // An error once end() has been called.
  expected<void> check_open() const;
  // Whether the end of a flow on a recycler would wait for one that is held.
  expected<void> check_recyclers() const;
  // "W#02 is held in flow update of flow 1"; empty: no thread is held.
  std::string held() const;
  // A hold at which no thread has arrived, as a sentence; empty: there is none.
  std::string missed() const;
  static std::string describe(const Hold& hold);
  // Releases every thread; no command follows.
  void end();

  // Called by the thread that arrives there; returns when it may continue. [any thread]
  void reached(FlowPoint point, Thread& thread, Flow& flow) override;
  void ended(std::uint64_t flow) override { answers_.push({.ended = flow}); }

 private:
  struct Pending {
    Command command;
    std::string thread;        // that does it; empty: a recycler
    std::uint64_t ending = 0;  // a flow's number: it is done when that has ended
    std::function<void()> then;
  };

  // False: its thread is held on the way.
  bool wait_for(Operation operation);
  void complete(Operation operation);
  // Whether it cannot continue while the thread is held.
  static bool waits_for(const Pending& pending, const Hold& hold);
  bool is_held_up(const Pending& pending) const;
  void open(Hold& hold);
  // A callback does not return: reports where each thread is.
  [[noreturn]] void give_up(const Pending& pending) const;

  const std::vector<std::string> workers_;
  const std::vector<std::string> threads_;
  const std::uint32_t limit_ms_;
  std::vector<CommandQueue*> inputs_;  // one for each worker, or one for all
  Answers answers_;
  std::map<Operation, Pending> pending_;
  Operation last_operation_ = 0;
  bool over_ = false;
  mutable Mutex mutex_;
  std::deque<Hold> holds_ SURISIM_GUARDED_BY(mutex_);  // kept: a thread may still leave one
  // The last point of each thread by its name, and the flow's number.
  std::map<std::string, std::pair<FlowPoint, std::uint64_t>> last_ SURISIM_GUARDED_BY(mutex_);
};

// The flow worker of traffic by hand: waits for a command of the test's, obeys it and answers; and
// the receiver of autofp, which passes commands on.
//
// When:    while there is traffic.
// Owner:   the FlowEngine.
// Threads: its own, within a command.
// Source:  as captured_worker.hpp.

// In autofp: a command on its way through a receiver.
struct CommandBatch final : PacketBatch {
  std::size_t size() const override { return command == nullptr ? 0 : 1; }
  void clear() override { command = nullptr; }
  Command* command = nullptr;
};

inline constexpr int kEthernet = 1;  // link type

// What all workers of a lifecycle share.
struct ByHandShared {
  TcpChecksums checksums;
  std::atomic<std::uint64_t> numbers{0};  // of flows
  std::int64_t now = 0;                   // packet time, µs; changes while no command runs
};

// What a worker finds a flow by in its table.
struct FlowLookup {
  decode::FlowKey key;
  bool one_way = false;
};

class ByHandWorker final : public CapturedWorker {
 public:
  ByHandWorker(FlowEngine& engine, std::uint32_t index, ByHandShared& shared, Answers& answers)
      : CapturedWorker(engine, index, shared.checksums), shared_(shared), answers_(answers) {}

  CommandQueue& commands() { return commands_; }
  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  FlowBatch take_open_flows() override;

  // One frame, and the flow that its last packet with a flow belonged to.
  struct Delivery {
    std::string frame;
    bool reuse = false;        // it must replace its flow
    std::uint64_t record = 0;  // Packet.pcap_cnt
    FlowLookup lookup = {};
    Flow* memory = nullptr;
    std::uint64_t flow = 0;  // 0: none
    bool refused = false;    // it does not replace its flow, and has not been handled
  };
  void receive(Thread& thread, Delivery& delivery);

  // Null: it is not open.
  TrackedFlow* at(const FlowLookup& lookup) const { return find(lookup.key, lookup.one_way); }
  // Flows by their numbers that have timed out then. [main] while the worker is idle or held
  std::vector<std::pair<std::uint64_t, FlowLookup>> timed_out_by(std::int64_t time) const;
  // The flow manager finds the flow timed out; `ended` counts down when it has ended, and its
  // memory can be used again.
  void time_out(Thread& thread, TrackedFlow& tracked, Latch& ended);
  // Takes an open flow out, for a worker that ends it with end_met() or end_taken().
  Flow* take(TrackedFlow& tracked);
  void end_met(Thread& thread, Flow* flow);
  void end_taken(Thread& thread, Flow* flow);
  void choose_at_shutdown(std::uint64_t number, FlowEnd how) { at_shutdown_[number] = how; }

 private:
  void obey(Thread& thread, Command& command);
  std::uint64_t number_of(const CapturedPacket&) override {
    return shared_.numbers.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  std::int64_t last_packet_time() const override { return shared_.now; }

  ByHandShared& shared_;
  Answers& answers_;
  CommandQueue commands_;
  decode::Decoder decoder_{abi::host().decoding};
  std::unordered_map<std::uint64_t, FlowEnd> at_shutdown_;
};

// In autofp: passes commands on to their workers.
class ByHandReceiver final : public Receiver {
 public:
  ByHandReceiver(FlowEngine& engine, std::vector<PacketQueue*> queues, Answers& answers)
      : Receiver(engine, std::move(queues)), answers_(answers) {}
  CommandQueue& commands() { return commands_; }

 private:
  bool capture(Thread& thread) override;
  std::unique_ptr<PacketBatch> make_batch() const override {
    return std::make_unique<CommandBatch>();
  }

  Answers& answers_;
  CommandQueue commands_;
};

}  // namespace surisim::engine
