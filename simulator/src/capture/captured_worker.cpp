// Finds, starts and ends the flows of packets that are decoded from bytes.
#include "capture/captured_worker.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

namespace {

bool is_tcp(const decode::Decoded& decoded) {
  return decoded.proto == IPPROTO_TCP && decoded.l4 != decode::kNowhere;
}

DataLeft data_left(const TcpSession& session) {
  return {session.has_work_left(true), session.has_work_left(false)};
}

}  // namespace

void CapturedWorker::settle_end(const TrackedFlow& tracked, std::int64_t now) {
  FlowSide& side = *side_of(tracked.flow);
  side.data = data_left(tracked.tcp);
  side.end = side.data.any() ? End::handed_back : End::recycler;
  side.ended_at = now;
}

TrackedFlow* CapturedWorker::handle_packet(Thread& thread, const CapturedPacket& captured) {
  const decode::Decoded& decoded = captured.decoded;
  // A capture plugin may pass on a packet that it has not filled.
  if (!decoded.bytes.empty()) count_packet(thread, decoded.bytes.size());
  if (decoded.is_derived()) thread.context().counters.derived.add();
  now_ = decoded.time;
  fill_packet(*packet_, decoded, captured.row);
  if (packet_ == &own_packet_) fill_capture(*packet_, decoded, captured.record);
  TrackedFlow* const tracked = flow_of(thread, captured);
  if (tracked == nullptr) {
    without_flow(thread);
  } else {
    handle_in_flow(thread, *tracked, decoded);
  }
  if (!replaced_.empty()) end_batch(thread, replaced_, End::reuse);
  if (!timed_out_.empty()) end_batch(thread, timed_out_, End::bucket);
  end_handed_back(thread);
  return tracked;
}

// Finds or starts the packet's flow; null if it has none. A flow with the same key that has timed
// out or is reused ends after this packet (L32, L33), and so do the timed-out flows that the search
// of the row meets (T17).
TrackedFlow* CapturedWorker::flow_of(Thread& thread, const CapturedPacket& captured) {
  using decode::FlowRule;
  const decode::Decoded& decoded = captured.decoded;
  if (decoded.rule == FlowRule::none) return nullptr;
  const bool emergency = engine_.memory.in_emergency();
  TrackedFlow* const found =
      flows_.find(decoded.key, hash_of(captured), decoded.rule == FlowRule::one_way);
  if (shares_row(decoded.key)) {
    const bool stays = found != nullptr && !is_timed_out(*found->flow, decoded.time, emergency);
    for (TrackedFlow* late :
         rows_.late_before(captured.row, stays ? found : nullptr, decoded.time)) {
      if (late != found) end_by_packet(late, decoded.time, timed_out_);
    }
  }
  if (found != nullptr) {
    const bool late = is_timed_out(*found->flow, decoded.time, emergency);
    const bool reused =
        !late && is_tcp(decoded) && (decoded.tcp.flags & kTcpSyn) != 0 &&
        found->tcp.is_replaced_by(segment_of(decoded, is_to_server(*found->flow, decoded)));
    if (!late && !reused) return found;
    end_by_packet(found, decoded.time, late ? timed_out_ : replaced_);
  }
  return decoded.rule == FlowRule::existing ? nullptr : open(thread, captured);
}

// Unless flows share the row, its hash is that of the key.
std::uint32_t CapturedWorker::hash_of(const CapturedPacket& captured) {
  const decode::FlowKey& key = captured.decoded.key;
  return shares_row(key) ? engine::hash_of(key) : captured.row;
}

TrackedFlow* CapturedWorker::find(const decode::FlowKey& key, bool one_way) const {
  return flows_.find(key, engine::hash_of(key), one_way);
}

std::vector<TrackedFlow*> CapturedWorker::timed_out_at(std::int64_t now) const {
  std::vector<TrackedFlow*> late;
  const bool emergency = engine_.memory.in_emergency();
  flows_.for_each([&](TrackedFlow& tracked) {
    if (is_timed_out(*tracked.flow, now, emergency)) late.push_back(&tracked);
  });
  return late;
}

void CapturedWorker::end_by_packet(TrackedFlow* tracked, std::int64_t time, FlowBatch& batch) {
  side_of(tracked->flow)->ended_at = time;
  side_of(tracked->flow)->data = data_left(tracked->tcp);
  batch.push_back(tracked->flow);
  forget(tracked);
}

void CapturedWorker::forget(TrackedFlow* tracked) {
  remove(tracked);
  engine_.memory.give_back();
}

void CapturedWorker::remove(TrackedFlow* tracked) {
  if (shares_row(tracked->key)) rows_.erase(*tracked);
  if (heads_.is_built()) heads_.erase(*tracked);
  flows_.erase(tracked);
}

// As FlowGetNew. Full flow memory wakes the flow manager, which ends timed-out flows. Here that
// happens at most once per second of packet time, as time-outs are whole seconds.
Flow* CapturedWorker::new_flow(Thread& thread) {
  constexpr std::int64_t kSecond = 1'000'000;
  FlowMemory& memory = engine_.memory;
  bool has_room = memory.take();
  if (!has_room && (now_ < searched_at_ || now_ >= searched_at_ + kSecond)) {
    searched_at_ = now_;
    sweep();
    has_room = memory.take();
  }
  if (has_room) {
    Flow* const flow = engine_.pool.take(spare_);
    if (flow == nullptr) memory.give_back();
    return flow;
  }
  TrackedFlow* const used = find_used();
  if (used == nullptr) return nullptr;
  Flow* const flow = used->flow;
  side_of(flow)->ended_at = now_;
  remove(used);
  engine_.finish(thread, *flow, End::pressure, decoder_loggers_);
  return flow;
}

// As FlowGetUsedFlow, which looks at the newest flow of a few rows; but only at this worker's
// flows: other workers may be using theirs.
TrackedFlow* CapturedWorker::find_used() {
  const std::uint32_t rows = engine_.memory.rows();
  if (!heads_.is_built()) heads_.build(flows_, rows);
  std::uint32_t row = engine_.memory.next_rows();
  for (std::uint32_t tried = 0; tried <= FlowMemory::kTries; ++tried) {
    row = row + 1 >= rows ? 0 : row + 1;
    TrackedFlow* const head = heads_.of(row);
    if (head != nullptr && !is_alive(*head->flow, now_)) return head;
  }
  return nullptr;
}

TrackedFlow* CapturedWorker::open(Thread& thread, const CapturedPacket& captured) {
  Flow* const flow = new_flow(thread);
  if (flow == nullptr) return nullptr;
  fill_flow(*flow, *packet_, captured.decoded);
  flow->thread_id[0] = static_cast<std::uint16_t>(abi::in_thread().id(*thread.tv()));
  FlowSide& side = *side_of(flow);
  side.number = number_of(captured);
  side.end = End::shutdown_recycler;
  side.data = {};
  side.backstop = false;
  side.worker = index_;
  side.ended_at = 0;
  side.tcp = {};
  side.addresses.reset();
  if (abi::state().ether_addresses_of != nullptr)
    side.addresses = std::make_unique<abi::EtherAddresses>();
  TrackedFlow& tracked = flows_.insert(captured.decoded.key, hash_of(captured), flow);
  if (shares_row(tracked.key)) {
    constexpr std::int64_t kPerSecond = 1'000'000;
    rows_.insert(tracked,
                 captured.decoded.time + abi::in_flow().timeout_policy(*flow) * kPerSecond);
  }
  if (heads_.is_built()) heads_.insert(tracked);
  begin(thread, *flow);
  return &tracked;
}

void CapturedWorker::handle_in_flow(Thread& thread, TrackedFlow& tracked,
                                    const decode::Decoded& decoded) {
  Flow& flow = *tracked.flow;
  const FlowLock lock(flow);
  packet_->flow = &flow;
  packet_->flags |= PKT_HAS_FLOW;
  engine::count_packet(flow, *packet_, decoded, abi::in_thread().id(*thread.tv()));
  if (abi::EtherAddresses* const seen = side_of(&flow)->addresses.get();
      seen != nullptr && PacketIsEthernet(packet_))
    seen->add(*PacketGetEthernet(packet_), (packet_->flowflags & FLOW_PKT_TOSERVER) != 0);
  update(thread, flow);
  if (is_tcp(decoded) &&
      ((packet_->flags & PKT_IGNORE_CHECKSUM) != 0 || !checksums_.is_refused(decoded))) {
    const TcpSession::State before = tracked.tcp.state();
    tracked.tcp.handle(segment_of(decoded, (packet_->flowflags & FLOW_PKT_TOSERVER) != 0));
    if (tracked.tcp.state() != before) set_state(flow, tracked.tcp.state());
    side_of(&flow)->tcp = {static_cast<std::uint8_t>(tracked.tcp.state()),
                           tracked.tcp.flags_seen(true), tracked.tcp.flags_seen(false)};
    if (tracked.tcp.has_unknown_protocol()) detect_protocol(flow);
    if (engine_.eve.streaming_loggers_run())
      follow_streams(tracked, decoded, (packet_->flowflags & FLOW_PKT_TOSERVER) != 0);
  }
  if (packet_->proto == IPPROTO_UDP) detect_protocol(flow);
  log_packet(thread);
}

// A SYN itself has a sequence number, so its data starts at the next one.
void CapturedWorker::follow_streams(const TrackedFlow& tracked, const decode::Decoded& decoded,
                                    bool to_server) const {
  const TcpSession& session = tracked.tcp;
  auto& streams = side_of(tracked.flow)->streams;
  if (session.state() == TcpSession::State::none) return;
  if (streams == nullptr) streams = std::make_unique<TcpStreams>();
  if (session.took_data()) {
    const std::uint32_t seq = decoded.tcp.seq + ((decoded.tcp.flags & kTcpSyn) != 0 ? 1 : 0);
    streams->of(to_server).add(session.first_byte(to_server), seq,
                               decoded.bytes.subspan(decoded.payload, decoded.payload_size),
                               abi::host().stream_depth);
  }
  for (const bool server : {true, false}) streams->acked(server) = session.acked(server);
  streams->closed = session.state() == TcpSession::State::closed;
}

void CapturedWorker::sweep() {
  const std::int64_t now = packet_time();
  for (TrackedFlow* tracked : timed_out_at(now)) {
    settle_end(*tracked, now);
    to_manager(tracked->flow);
    forget(tracked);
  }
  until_sweep_ = std::max<std::uint64_t>(kSweepEvery, flows_.size());
  if (engine_.memory.in_emergency()) engine_.memory.searched();
}

FlowBatch CapturedWorker::take_open_flows() {
  const std::int64_t now = last_packet_time();
  FlowBatch open = std::exchange(to_manager_, {});
  open.reserve(open.size() + flows_.size());
  flows_.for_each([&](const TrackedFlow& tracked) {
    settle_end(tracked, now);
    open.push_back(tracked.flow);
  });
  flows_ = FlowTable();
  rows_ = SharedRows();
  heads_ = RowHeads();
  return open;
}

}  // namespace surisim::engine
