// Traffic that a test sends. The class Commands sends each command from the test's thread [main] to
// a worker, waits until it is done, and holds threads at points of a flow. A ByHandWorker executes
// commands; in autofp a ByHandReceiver passes them on to it.
//
// When:    while there is traffic.
// Owner:   the ByHandSource owns the Commands, the FlowEngine the workers. What a command refers to
//          must live until it is done, which may be long after run() has returned: a thread may be
//          held meanwhile.
// Threads: Commands: [main]; workers and receivers: their own thread; or as tags say.
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
using Operation = std::uint64_t;  // identifies what [main] has started; counted from 1

// What a thread reports to [main]: one of these.
struct Answer {
  Operation done = 0;       // this operation is done
  std::uint64_t ended = 0;  // the flow with this number has ended
  bool held = false;        // a thread is held now
};
using Answers = Channel<Answer>;

// What a worker is to do for the test.
struct Command {
  Operation operation = 0;
  std::uint32_t worker = 0;  // index
  WorkerAction action;
  bool refused = false;  // the thread has ended
};

// Commands on their way to a thread that captures.
class CommandQueue {
 public:
  // False: the queue is closed. [main]
  bool send(Command& command);
  // Call it after the last command. [main]
  void end() { commands_.push(nullptr); }
  // Waits for a command. Null: there are no more. [owner]
  Command* receive() { return commands_.pop(); }
  // Refuses all commands that have not been received, because the thread ends. [owner]
  void close(Answers& answers);

 private:
  Channel<Command*> commands_;
  Mutex mutex_;
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
};

// A request to stop a thread at a point of a flow, and what has become of it.
struct Hold {
  enum class State { armed, held, released };

  std::string thread;              // empty: the first to get there
  std::optional<FlowPoint> point;  // nullopt: any point
  State state = State::armed;
  std::uint64_t flow = 0;
  Flow* memory = nullptr;  // of the flow
  Gate gate;

  Hold(std::string_view on, std::optional<FlowPoint> at) : thread(on), point(at) {}
};

class Commands final : public FlowWatch {
 public:
  // `workers`: names by index. `threads`: of all threads that run flow callbacks. `limit_ms`: how
  // long a callback may take; 0: no limit.
  Commands(std::vector<std::string> workers, std::vector<std::string> threads,
           std::uint32_t limit_ms)
      : workers_(std::move(workers)), threads_(std::move(threads)), limit_ms_(limit_ms) {}

  Answers& answers() { return answers_; }
  const std::vector<std::string>& workers() const { return workers_; }
  void add_input(CommandQueue& queue) { inputs_.push_back(&queue); }

  // Runs `action` on a worker, then `then` on the calling thread. Returns whether both are done; if
  // not, a thread is held, and `then` runs in release(). Errors: traffic_refused, wrong_phase.
  expected<bool> run(std::uint32_t worker, WorkerAction action, std::function<void()> then = {});
  // Calls `start`, which makes the flow end on a recycler, waits for that, and calls `then`. The
  // result and errors are those of run().
  expected<bool> run_to_end(std::uint64_t flow, const std::function<expected<void>()>& start,
                            std::function<void()> then);

  expected<void> hold(std::string_view thread, std::optional<FlowPoint> point);
  expected<void> release(std::string_view thread);
  // Where the thread is held; null: it is not held.
  const Hold* held_on(std::string_view thread) const;
  // An error after end().
  expected<void> check_open() const;
  // An error if a recycler is held: the end of a flow would have to wait for it.
  expected<void> check_recyclers() const;
  // "W#02 is held in flow update of flow 1"; empty: no thread is held.
  std::string held() const;
  // A hold that no thread has reached, as a sentence; empty: there is none.
  std::string missed() const;
  static std::string describe(const Hold& hold);
  // Releases every thread. No command may follow.
  void end();

  // Returns when the thread may continue. [any thread]
  void reached(FlowPoint point, Thread& thread, Flow& flow) override;
  void ended(std::uint64_t flow) override { answers_.push({.ended = flow}); }

 private:
  struct Pending {
    Command command;
    std::string thread;        // executes the command; empty: a recycler
    std::uint64_t ending = 0;  // if not 0: done when the flow with this number has ended
    std::function<void()> then;
  };

  // False: the operation's thread is held.
  bool wait_for(Operation operation);
  void complete(Operation operation);
  // Whether the operation cannot continue until the hold is released.
  static bool waits_for(const Pending& pending, const Hold& hold);
  bool is_held_up(const Pending& pending) const;
  void open(Hold& hold);
  // Called when a callback does not return in time: prints where each thread is, and aborts.
  [[noreturn]] void give_up(const Pending& pending) const;

  const std::vector<std::string> workers_;
  const std::vector<std::string> threads_;
  const std::uint32_t limit_ms_;
  std::vector<CommandQueue*> inputs_;  // one for each worker, or one for all
  Answers answers_;
  std::map<Operation, Pending> pending_;
  Operation last_operation_ = 0;
  bool ended_ = false;
  mutable Mutex mutex_;
  std::deque<Hold> holds_ SURISIM_GUARDED_BY(mutex_);  // never erased: a thread may be leaving one
  // By name, the last point that each thread has reached, and the flow's number.
  std::map<std::string, std::pair<FlowPoint, std::uint64_t>> last_ SURISIM_GUARDED_BY(mutex_);
};

// In autofp: a command on its way from a receiver to a worker.
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
  std::int64_t now = 0;                   // packet time, µs; changes only while no command runs
};

// What a flow is looked up by in its worker's table.
struct FlowLookup {
  decode::FlowKey key;
  bool one_way = false;
};

// Waits for the test's commands, executes each one and answers.
class ByHandWorker final : public CapturedWorker {
 public:
  ByHandWorker(FlowEngine& engine, std::uint32_t index, ByHandShared& shared, Answers& answers)
      : CapturedWorker(engine, index, shared.checksums), shared_(shared), answers_(answers) {}

  CommandQueue& commands() { return commands_; }
  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  FlowBatch take_open_flows() override;

  // A frame. Once it is handled, also the flow of the last of its packets that has one.
  struct Delivery {
    std::string frame;
    bool reuse = false;        // refuse the frame if it does not replace its flow
    std::uint64_t record = 0;  // Packet.pcap_cnt
    FlowLookup lookup = {};
    Flow* memory = nullptr;
    std::uint64_t flow = 0;  // number; 0: none
    bool refused = false;    // not handled, because of `reuse`
  };
  void receive(Thread& thread, Delivery& delivery);

  // Null: the flow is not open.
  TrackedFlow* at(const FlowLookup& lookup) const { return find(lookup.key, lookup.one_way); }
  // The flows that have timed out at `time`, by number. [main] while the worker is idle or held
  std::vector<std::pair<std::uint64_t, FlowLookup>> timed_out_by(std::int64_t time) const;
  // Ends the flow as if the flow manager had found it timed out. `ended` counts down when it has
  // ended and its memory can be used again.
  void time_out(Thread& thread, TrackedFlow& tracked, Latch& ended);
  // Takes an open flow out of the table. A worker, this one or another, must end it: in a search of
  // its row, or under memory pressure.
  Flow* take(TrackedFlow& tracked);
  void end_in_row(Thread& thread, Flow* flow);
  void end_under_pressure(Thread& thread, Flow* flow);
  void choose_at_shutdown(std::uint64_t number, FlowEnd how) { at_shutdown_[number] = how; }

 private:
  void execute(Thread& thread, Command& command);
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

// In autofp: passes the test's commands on to their workers.
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
