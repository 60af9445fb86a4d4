// What a worker does at a test's command: handles a packet, ends a flow.
#include "by_hand/by_hand_worker.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "threads/simulated_thread.hpp"

namespace surisim::engine {

bool ByHandWorker::capture(Thread& thread) {
  const bool went_well = engine_.capture_all(thread, [&] {
    Command* const command = commands_.receive();
    if (command == nullptr) return false;
    obey(thread, *command);
    return true;
  });
  commands_.close(answers_);
  return went_well;
}

void ByHandWorker::handle(Thread& thread, PacketBatch& batch) {
  auto& command = static_cast<CommandBatch&>(batch).command;
  if (command != nullptr) obey(thread, *std::exchange(command, nullptr));
}

void ByHandWorker::obey(Thread& thread, Command& command) {
  command.action(*this, thread);
  answers_.push({.done = command.operation});
}

bool ByHandReceiver::capture(Thread& thread) {
  const bool went_well = engine_.capture_all(thread, [&] {
    Command* const command = commands_.receive();
    if (command == nullptr) return false;
    thread.context().counters.packets.add();
    static_cast<CommandBatch&>(batch_of(command->worker)).command = command;
    send(command->worker);
    return true;
  });
  commands_.close(answers_);
  return went_well;
}

void ByHandWorker::receive(Thread& thread, Delivery& delivery) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(delivery.frame.data());
  const decode::Record record{kEthernet, shared_.now, {bytes, delivery.frame.size()}};
  decoder_.decode(record, [&](const decode::Decoded& decoded) {
    const bool wants_flow = decoded.rule != decode::FlowRule::none;
    if (delivery.reuse) {
      const TrackedFlow* const old = find(decoded.key, false);
      if (old == nullptr ||
          !old->tcp.is_replaced_by(segment_of(decoded, is_to_server(*old->flow, decoded)))) {
        delivery.refused = true;
        return;
      }
    }
    const TrackedFlow* const tracked =
        handle_packet(thread, {decoded, 0, wants_flow ? row_of(decoded.key) : 0, delivery.record});
    if (tracked == nullptr) return;
    delivery.memory = tracked->flow;
    delivery.flow = side_of(tracked->flow)->number;
    delivery.place = {tracked->key, decoded.rule == decode::FlowRule::one_way};
  });
}

void ByHandWorker::time_out(Thread& thread, TrackedFlow& tracked, Latch& ended) {
  settle_end(tracked, shared_.now);
  Flow* const flow = tracked.flow;
  forget(&tracked);
  const bool handed_back = side_of(flow)->end == End::handed_back;
  engine_.to_manager({flow}, handed_back ? nullptr : &ended);
  if (!handed_back) return;
  wait_for_handed_back(thread);
  ended.count_down();
}

std::vector<std::pair<std::uint64_t, FlowPlace>> ByHandWorker::timed_out_by(
    std::int64_t time) const {
  std::vector<std::pair<std::uint64_t, FlowPlace>> late;
  for (const TrackedFlow* tracked : timed_out_at(time)) {
    const bool one_way = tracked->key.proto == IPPROTO_ESP;
    late.push_back({side_of(tracked->flow)->number, {tracked->key, one_way}});
  }
  std::sort(late.begin(), late.end(),
            [](const auto& one, const auto& other) { return one.first < other.first; });
  return late;
}

Flow* ByHandWorker::take(TrackedFlow& tracked) {
  FlowBatch taken;
  end_by_packet(&tracked, shared_.now, taken);
  return taken.front();
}

void ByHandWorker::end_met(Thread& thread, Flow* flow) {
  FlowBatch met{flow};
  end_batch(thread, met, End::bucket);
}

void ByHandWorker::end_taken(Thread& thread, Flow* flow) {
  engine_.finish(thread, *flow, End::pressure, decoder_loggers_);
  spare_.push_back(flow);
}

// What the test has chosen replaces what the TCP session says.
FlowBatch ByHandWorker::take_open_flows() {
  FlowBatch open = CapturedWorker::take_open_flows();
  for (Flow* flow : open) {
    FlowSide& side = *side_of(flow);
    const auto chosen = at_shutdown_.find(side.number);
    if (chosen == at_shutdown_.end()) continue;
    if (chosen->second == FlowEnd::shutdown_hand_back) {
      if (!side.data.any()) side.data.to_server = true;
    } else {
      side.data = {};
      side.backstop = chosen->second == FlowEnd::shutdown_backstop;
    }
  }
  at_shutdown_.clear();
  return open;
}

}  // namespace surisim::engine
