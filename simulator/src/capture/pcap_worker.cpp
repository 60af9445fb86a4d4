#include "capture/pcap_worker.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "capture/capture_file.hpp"
#include "capture/captured_flow.hpp"
#include "traffic/capture_loop.hpp"

namespace surisim::engine {

namespace {

bool is_tcp(const decode::Decoded& decoded) {
  return decoded.proto == IPPROTO_TCP && decoded.l4 != decode::kNowhere;
}

DataLeft data_left(const TcpSession& session) {
  return {session.has_work_left(true), session.has_work_left(false)};
}

// How the flow would end now: by its worker, when that has something left to look at (T14).
void settle_end(const TrackedFlow& tracked, std::int64_t now) {
  FlowSide& side = *side_of(tracked.flow);
  side.data = data_left(tracked.tcp);
  side.end = side.data.any() ? End::handed_back : End::recycler;
  side.ended_at = now;
}

}  // namespace

bool PcapWorker::capture(Thread& thread) {
  CaptureFile file(engine_);
  return capture_all(engine_, thread, [&] {
    return file.next(thread, [&](const decode::Decoded& decoded, std::uint64_t number,
                                 std::uint32_t hash) { handle(thread, decoded, number, hash); });
  });
}

void PcapWorker::handle(Thread& thread, PacketBatch& batch) {
  for (CapturedPacket& packet : batch.captured) {
    if (engine_.abort.load(std::memory_order_relaxed) || fails_now(thread)) return;
    packet.decoded.bytes = {batch.bytes.data() + packet.at, packet.decoded.bytes.size()};
    handle(thread, packet.decoded, packet.number, packet.hash);
  }
}

void PcapWorker::handle(Thread& thread, const decode::Decoded& decoded, std::uint64_t number,
                        std::uint32_t hash) {
  count_packet(thread, decoded.bytes.size());
  if (decoded.derived) thread.context().counters.derived.add();
  now_ = decoded.time;
  fill_packet(packet_, decoded, hash);
  TrackedFlow* const tracked = flow_of(thread, decoded, number, hash);
  if (tracked == nullptr) {
    without_flow(thread);
  } else {
    handle(thread, *tracked, decoded);
  }
  if (!replaced_.empty()) end_batch(thread, replaced_, End::reuse);
  if (!timed_out_.empty()) end_batch(thread, timed_out_, End::bucket);
  end_handed_back(thread);
  if (--until_sweep_ == 0) sweep();
}

// The packet's flow, which it may start; null: it has none. A flow of that key that has timed out
// or is reused ends here, after the packet (L32, L33).
TrackedFlow* PcapWorker::flow_of(Thread& thread, const decode::Decoded& decoded,
                                 std::uint64_t number, std::uint32_t hash) {
  using decode::FlowRule;
  if (decoded.rule == FlowRule::none) return nullptr;
  TrackedFlow* const found = flows_.find(decoded.key, hash, decoded.rule == FlowRule::one_way);
  if (found != nullptr) {
    const bool late = is_timed_out(*found->flow, decoded.time);
    const bool reused =
        !late && is_tcp(decoded) && (decoded.tcp.flags & kTcpSyn) != 0 &&
        found->tcp.is_replaced_by(segment_of(decoded, is_to_server(*found->flow, decoded)));
    if (!late && !reused) return found;
    side_of(found->flow)->ended_at = decoded.time;
    side_of(found->flow)->data = data_left(found->tcp);
    (late ? timed_out_ : replaced_).push_back(found->flow);
    flows_.erase(found);
  }
  return decoded.rule == FlowRule::existing ? nullptr : open(thread, decoded, number, hash);
}

TrackedFlow* PcapWorker::open(Thread& thread, const decode::Decoded& decoded, std::uint64_t number,
                              std::uint32_t hash) {
  Flow* const flow = engine_.pool.take(spare_);
  if (flow == nullptr) return nullptr;
  fill_flow(*flow, packet_, decoded);
  flow->thread_id[0] = static_cast<std::uint16_t>(thread.tv()->id);
  FlowSide& side = *side_of(flow);
  side.number = number;
  side.end = End::shutdown_recycler;
  side.data = {};
  side.backstop = false;
  side.worker = index_;
  side.ended_at = 0;
  side.tcp = {};
  TrackedFlow& tracked = flows_.insert(decoded.key, hash, flow);
  begin(thread, *flow);
  return &tracked;
}

void PcapWorker::handle(Thread& thread, TrackedFlow& tracked, const decode::Decoded& decoded) {
  Flow& flow = *tracked.flow;
  const FlowLock lock(flow);
  packet_.flow = &flow;
  packet_.flags |= PKT_HAS_FLOW;
  engine::count_packet(flow, packet_, decoded, thread.tv()->id);
  update(thread, flow);
  if (is_tcp(decoded) && !engine_.checksums.is_refused(decoded)) {
    const TcpSession::State before = tracked.tcp.state();
    tracked.tcp.see(segment_of(decoded, (packet_.flowflags & FLOW_PKT_TOSERVER) != 0));
    if (tracked.tcp.state() != before) set_state(flow, tracked.tcp.state());
    side_of(&flow)->tcp = {static_cast<std::uint8_t>(tracked.tcp.state()),
                           tracked.tcp.flags_seen(true), tracked.tcp.flags_seen(false)};
    if (tracked.tcp.has_data()) detect_protocol(flow);
  }
  if (packet_.proto == IPPROTO_UDP) detect_protocol(flow);
  log_packet(thread);
}

// What the flow manager would find timed out: it goes its way. The rest waits.
void PcapWorker::sweep() {
  std::vector<TrackedFlow*> late;
  flows_.for_each([&](TrackedFlow& tracked) {
    if (is_timed_out(*tracked.flow, now_)) late.push_back(&tracked);
  });
  for (TrackedFlow* tracked : late) {
    settle_end(*tracked, now_);
    to_manager(tracked->flow);
    flows_.erase(tracked);
  }
  until_sweep_ = std::max<std::uint64_t>(kSweepEvery, flows_.size());
}

FlowBatch PcapWorker::take_open() {
  const std::int64_t now = engine_.last_packet_time();
  FlowBatch open = std::exchange(to_manager_, {});
  open.reserve(open.size() + flows_.size());
  flows_.for_each([&](const TrackedFlow& tracked) {
    settle_end(tracked, now);
    open.push_back(tracked.flow);
  });
  flows_ = FlowTable();
  return open;
}

}  // namespace surisim::engine
