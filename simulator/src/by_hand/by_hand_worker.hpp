// The flow worker of traffic by hand: waits for a command of the test's, obeys it and answers.
//
// When:    while there is traffic.
// Owner:   the FlowEngine. A Command belongs to the thread that sends it and waits for its end.
// Threads: a worker's functions on its thread, within a command; commands are sent by [main].
// Source:  as captured_worker.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "capture/captured_worker.hpp"
#include "decode/decode.hpp"
#include "surisim/traffic.hpp"
#include "trace/handover.hpp"
#include "traffic/modules.hpp"

namespace surisim::engine {

class ByHandWorker;

// Something that a worker does for the test.
struct Command {
  std::uint32_t worker = 0;  // index
  const std::function<void(ByHandWorker&, Thread&)>* act = nullptr;
  bool refused = false;  // the thread takes no commands any more
  Latch answered{1};
};

// Commands on their way to a thread that captures.
class CommandQueue {
 public:
  // False: closed.
  bool send(Command& command);
  // Null: there are no more.
  Command* receive() { return commands_.pop(); }
  // The thread leaves: what has been sent, and what would be, is refused.
  void close();
  // The last command has been sent.
  void end() { commands_.push(nullptr); }

 private:
  Channel<Command*> commands_;
  Mutex mutex_;
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
};

// In autofp: a command on its way through a receiver.
struct CommandBatch final : PacketBatch {
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

// A flow as its worker finds it.
struct FlowPlace {
  decode::FlowKey key;
  bool one_way = false;
};

class ByHandWorker final : public CapturedWorker {
 public:
  ByHandWorker(FlowEngine& engine, std::uint32_t index, ByHandShared& shared)
      : CapturedWorker(engine, index, shared.checksums), shared_(shared) {}

  CommandQueue& commands() { return commands_; }
  bool capture(Thread& thread) override;
  void handle(Thread& thread, PacketBatch& batch) override;
  FlowBatch take_open_flows() override;
  void obey(Thread& thread, Command& command);

  // One frame, and the flow that its last packet with a flow belonged to.
  struct Delivery {
    std::string_view frame;
    bool reuse = false;      // it must replace its flow
    FlowPlace place = {};
    std::uint64_t flow = 0;  // 0: none
    bool refused = false;    // it does not replace its flow, and has not been handled
  };
  void receive(Thread& thread, Delivery& delivery);

  // Null: it is not open.
  TrackedFlow* at(const FlowPlace& place) const { return find(place.key, place.one_way); }
  std::vector<TrackedFlow*> timed_out() const { return timed_out_at(shared_.now); }
  // The flow manager finds the flow timed out; `ended` counts down when it has ended.
  void time_out(Thread& thread, TrackedFlow& tracked, Latch& ended);
  // Takes an open flow out, for a worker that ends it with end_met() or end_taken().
  Flow* take(TrackedFlow& tracked);
  void end_met(Thread& thread, Flow* flow);
  void end_taken(Thread& thread, Flow* flow);
  void choose_at_shutdown(std::uint64_t number, FlowEnd how) { at_shutdown_[number] = how; }

 private:
  std::uint64_t number_of(const CapturedPacket&) override {
    return shared_.numbers.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  std::int64_t last_packet_time() const override { return shared_.now; }

  ByHandShared& shared_;
  CommandQueue commands_;
  decode::Decoder decoder_;
  std::unordered_map<std::uint64_t, FlowEnd> at_shutdown_;
};

// In autofp: passes commands on to their workers.
class ByHandReceiver final : public Receiver {
 public:
  ByHandReceiver(FlowEngine& engine, std::vector<PacketQueue*> queues)
      : Receiver(engine, std::move(queues)) {}
  CommandQueue& commands() { return commands_; }

 private:
  bool capture(Thread& thread) override;
  std::unique_ptr<PacketBatch> make_batch() const override {
    return std::make_unique<CommandBatch>();
  }

  CommandQueue commands_;
};

}  // namespace surisim::engine
