// The flow worker of traffic by hand: waits for a command of the test's, obeys it and answers; and
// the receiver of autofp, which passes commands on.
//
// When:    while there is traffic.
// Owner:   the FlowEngine.
// Threads: its own, within a command.
// Source:  as captured_worker.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "by_hand/by_hand_commands.hpp"
#include "capture/captured_worker.hpp"
#include "decode/decode.hpp"
#include "surisim/traffic.hpp"
#include "trace/handover.hpp"
#include "traffic/modules.hpp"

namespace surisim::engine {

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

// A flow as its worker finds it.
struct FlowPlace {
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
    FlowPlace place = {};
    Flow* memory = nullptr;
    std::uint64_t flow = 0;  // 0: none
    bool refused = false;    // it does not replace its flow, and has not been handled
  };
  void receive(Thread& thread, Delivery& delivery);

  // Null: it is not open.
  TrackedFlow* at(const FlowPlace& place) const { return find(place.key, place.one_way); }
  // Flows by their numbers that have timed out then. [main] while the worker is idle or held
  std::vector<std::pair<std::uint64_t, FlowPlace>> timed_out_by(std::int64_t time) const;
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
