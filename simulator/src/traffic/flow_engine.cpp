// Handles packets whose flow is known, and ends flows: on workers, recyclers and in the shutdown.
#include "traffic/flow_engine.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <suricata/flow-callbacks.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <utility>

#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "trace/context.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_bytes.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

constexpr std::uint32_t kBatchesUnderWay = 64;

// Flow.flow_end_flags: why the flow ended.
std::uint8_t end_flags(End how) {
  switch (how) {
    case End::pressure:  // FlowGetNew enters emergency mode first
      return FLOW_END_FLAG_FORCED | FLOW_END_FLAG_EMERGENCY;
    case End::reuse:
      return FLOW_END_FLAG_TCPREUSE | FLOW_END_FLAG_TIMEOUT;
    case End::shutdown_recycler:
      return FLOW_END_FLAG_SHUTDOWN;
    case End::shutdown_worker:
      return FLOW_END_FLAG_SHUTDOWN | FLOW_END_FLAG_TIMEOUT;
    default:
      return FLOW_END_FLAG_TIMEOUT;
  }
}

constexpr std::size_t kBatch = 64;  // flows handed over together
constexpr std::uint64_t kPublishEvery = 256;
constexpr std::uint64_t kQueueCheckEvery = 16;  // packets

Counter& counter_of(ThreadCounters& counters, std::uint8_t proto) {
  switch (proto) {
    case IPPROTO_TCP:
      return counters.tcp;
    case IPPROTO_UDP:
      return counters.udp;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return counters.icmp;
    case IPPROTO_SCTP:
      return counters.sctp;
    default:
      return counters.other;
  }
}

constexpr std::size_t kTcp = 20;  // bytes of its header

std::uint16_t ipv4_checksum(const std::uint8_t* header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(header[i] << 8 | header[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void copy_address(Address& to, const FlowAddress& from, bool ipv6) {
  to.family = static_cast<char>(ipv6 ? AF_INET6 : AF_INET);
  std::memcpy(to.address.address_un_data8, from.address.address_un_data8, ipv6 ? 16 : 4);
}

// The pseudo packet that Suricata makes for each direction with unread data when a TCP flow ends:
// it has headers and no payload. Packet loggers see it; flow callbacks do not (L30, T14). Source:
// flow-timeout.c (FlowPseudoPacketSetup), flow-worker.c (FlowFinish).
class PseudoPacket {
 public:
  // `flow` must outlive it. `is_last`: it is the flow's last pseudo packet.
  PseudoPacket(Flow& flow, bool to_server, SCTime_t now, bool is_last);
  PseudoPacket(const PseudoPacket&) = delete;
  PseudoPacket& operator=(const PseudoPacket&) = delete;

  const Packet& packet() const { return packet_; }

 private:
  void write_headers(bool ipv6);

  Packet packet_{};
  alignas(4) std::array<std::uint8_t, 60> headers_{};  // IP and TCP
};

PseudoPacket::PseudoPacket(Flow& flow, bool to_server, SCTime_t now, bool is_last) {
  const bool ipv6 = (abi::in_flow().flags(flow) & FLOW_IPV6) != 0;
  copy_address(packet_.src, to_server ? flow.src : flow.dst, ipv6);
  copy_address(packet_.dst, to_server ? flow.dst : flow.src, ipv6);
  packet_.sp = to_server ? flow.sp : flow.dp;
  packet_.dp = to_server ? flow.dp : flow.sp;
  packet_.proto = IPPROTO_TCP;
  std::copy(std::begin(flow.vlan_id), std::end(flow.vlan_id), packet_.vlan_id);
  packet_.vlan_idx = flow.vlan_idx;
  packet_.flags = PKT_STREAM_EST | PKT_HAS_FLOW | PKT_PSEUDO_STREAM_END;
  packet_.flowflags =
      static_cast<std::uint8_t>((to_server ? FLOW_PKT_TOSERVER : FLOW_PKT_TOCLIENT) |
                                FLOW_PKT_ESTABLISHED | (is_last ? FLOW_PKT_LAST_PSEUDO : 0));
  packet_.flow = &flow;
  packet_.ts = now;
  packet_.l3.type = ipv6 ? PACKET_L3_IPV6 : PACKET_L3_IPV4;
  packet_.l3.hdrs.ip4h = reinterpret_cast<IPV4Hdr*>(headers_.data());
  packet_.l3.vars.ip6.v.l4proto = ipv6 ? std::uint8_t{IPPROTO_TCP} : std::uint8_t{0};
  abi::in_packet().pkt_src(packet_) = PKT_SRC_FFR;
  write_headers(ipv6);
  std::uint8_t* const tcp = headers_.data() + (ipv6 ? 40 : 20);
  set_bytes(
      packet_,
      {.all = {headers_.data(), (ipv6 ? 40u : 20u) + kTcp}, .l4 = tcp, .payload = {tcp + kTcp, 0}});
}

void PseudoPacket::write_headers(bool ipv6) {
  std::uint8_t* const ip = headers_.data();
  std::uint8_t* const tcp = ip + (ipv6 ? 40 : 20);
  write_ip_header(ip, packet_, kTcp);
  if (!ipv6) write16(ip + 10, ipv4_checksum(ip));
  write16(tcp, packet_.sp);
  write16(tcp + 2, packet_.dp);
  tcp[12] = 0x50;         // 20 bytes of header, no flags
  write16(tcp + 14, 10);  // window
}

}  // namespace

FlowEngine::FlowEngine(const Options& run_options, Eve& eve_of_run,
                       std::unique_ptr<PacketSource> packet_source, FlowLimits limits)
    : options(run_options),
      eve(eve_of_run),
      source(std::move(packet_source)),
      memory(limits),
      manager_credit(kBatchesUnderWay),
      recycler_credit(kBatchesUnderWay) {}

FlowEngine::~FlowEngine() = default;

void FlowEngine::abandon() {
  abort.store(true);
  manager_credit.close();
  recycler_credit.close();
  for (const auto& queue : queues) queue->credit.close();
  traffic_gate.open();
  time_ready.open();
  capture_stop.open();
  source->end();
}

void FlowEngine::to_manager(FlowBatch flows, Latch* handled) {
  manager_credit.take();
  const HandOver sent = record_hand_over("flows", flows.size(), "flow_hash");
  manager_queue.push({.flows = std::move(flows), .handled = handled, .sent = sent});
}

void FlowEngine::to_recycler(FlowBatch flows, Latch* handled) {
  recycler_credit.take();
  const HandOver sent = record_hand_over("flows", flows.size(), "flow_recycle_q");
  recycler_queue.push({.flows = std::move(flows), .handled = handled, .sent = sent});
}

void FlowEngine::log_end(Thread& thread, Flow& flow, End how, FlowLoggers& loggers) {
  flow.flow_end_flags |= end_flags(how);
  const auto own_record = [&](OutputJsonThreadCtx* logger) {
    reached(FlowPoint::eve_callback, thread, flow);
    eve.flow(thread, flow, logger);
    reached(FlowPoint::after_eve_callback, thread, flow);
  };
  if (eve.runs_callbacks_without_output()) {
    loggers.log_without_output(thread, flow, eve.flow_loggers_before(),
                               [&] { own_record(nullptr); });
  } else {
    loggers.log(thread, flow, [&](abi::OwnLogger own, OutputJsonThreadCtx* logger) {
      if (own == abi::OwnLogger::flow) own_record(logger);
      if (own == abi::OwnLogger::netflow) eve.netflow(thread, flow, logger);
    });
  }
}

void FlowEngine::free_values(Thread& thread, Flow& flow, End how) {
  reached(FlowPoint::flow_free, thread, flow);
  FlowPool::clear(flow);
  reached(FlowPoint::after_flow_free, thread, flow);
  thread.context().counters.ends[static_cast<std::size_t>(how)].add();
  if (watch != nullptr) watch->ended(side_of(&flow)->number);
}

void FlowEngine::finish(Thread& thread, Flow& flow, End how, FlowLoggers& loggers) {
  Context& mine = thread.context();
  const FlowLock lock(flow);
  log_end(thread, flow, how, loggers);
  if (mine.record_flows) record_flow(EventKind::flow_finish, fields_of(flow), &thread);
  reached(FlowPoint::flow_finish, thread, flow);
  SCFlowRunFinishCallbacks(thread.tv(), &flow);
  reached(FlowPoint::after_flow_finish, thread, flow);
  mine.counters.flow_finish_callbacks.add(abi::state().flow_finish.size());
  side_of(&flow)->finished = true;
  free_values(thread, flow, how);
}

void FlowEngine::drop(Thread& thread, Flow& flow, End how, FlowLoggers& loggers) {
  const FlowLock lock(flow);
  log_end(thread, flow, how, loggers);
  free_values(thread, flow, how);
}

void FlowEngine::free_at_shutdown(Flow& flow) {
  const FlowLock lock(flow);
  FlowPool::clear(flow);
  context()->counters.ends[static_cast<std::size_t>(End::backstop)].add();
}

// The decoder's loggers come first, as in FlowWorkerThreadInit.
void FlowWorker::outputs_init(Thread& thread) {
  decoder_loggers_.thread_init(thread);
  Eve& eve = engine_.eve;
  if (eve.packet_loggers_run()) packet_loggers_.thread_init(thread);
  if (eve.tx_loggers_run()) tx_loggers_.thread_init(thread);
  if (eve.streaming_loggers_run()) streaming_loggers_.thread_init(thread);
  flow_loggers_.thread_init(thread);
}

void FlowWorker::outputs_deinit(Thread& thread) {
  decoder_loggers_.thread_deinit(thread);
  packet_loggers_.thread_deinit(thread);
  tx_loggers_.thread_deinit(thread);
  streaming_loggers_.thread_deinit(thread);
  flow_loggers_.thread_deinit(thread);
}

void FlowWorker::count_packet(Thread& thread, std::size_t bytes) {
  if (!time_announced_) {
    time_announced_ = true;
    if (!engine_.time_ready.is_open()) engine_.time_ready.open();
  }
  ThreadCounters& counters = thread.context().counters;
  counters.packets.add();
  counters.bytes.add(bytes);
  ++packets_;
  if (++packets_unpublished_ >= kPublishEvery) publish();
}

void FlowWorker::begin(Thread& thread, Flow& flow) {
  Context& mine = thread.context();
  ThreadCounters& counters = mine.counters;
  counters.flows.add();
  ((abi::in_flow().flags(flow) & FLOW_IPV6) != 0 ? counters.ipv6 : counters.ipv4).add();
  counter_of(counters, flow.proto).add();
  ++flows_unpublished_;

  const FlowLock lock(flow);
  side_of(&flow)->open.store(true, std::memory_order_relaxed);
  packet_->flow = &flow;
  engine_.clock_reached(index_, *packet_);
  if (mine.record_flows)
    record_flow(EventKind::flow_init, fields_of(flow, packet_->proto), &thread);
  engine_.reached(FlowPoint::flow_init, thread, flow);
  SCFlowRunInitCallbacks(thread.tv(), &flow, packet_);
  engine_.reached(FlowPoint::after_flow_init, thread, flow);
  counters.flow_init_callbacks.add(abi::state().flow_init.size());
}

void FlowWorker::update(Thread& thread, Flow& flow) {
  engine_.clock_reached(index_, *packet_);
  Context& mine = thread.context();
  if (mine.record_flows)
    record_flow(EventKind::flow_update, fields_of(flow, packet_->proto), &thread);
  engine_.reached(FlowPoint::flow_update, thread, flow);
  SCFlowRunUpdateCallbacks(thread.tv(), &flow, packet_);
  engine_.reached(FlowPoint::after_flow_update, thread, flow);
  mine.counters.flow_update_callbacks.add(abi::state().flow_update.size());
}

template <class Record>
void FlowWorker::log_with(Thread& thread, abi::OwnLogger which, Record record) {
  const Eve& eve = engine_.eve;
  if (eve.runs_callbacks_without_output()) {
    packet_loggers_.log_without_output(thread, *packet_, eve.packet_loggers_before(),
                                       [&] { record(nullptr); });
  } else {
    packet_loggers_.log(thread, *packet_, [&](abi::OwnLogger own, OutputJsonThreadCtx* logger) {
      if (own == which) record(logger);
    });
  }
}

void FlowWorker::without_flow(Thread& thread) {
  thread.context().counters.packets_no_flow.add();
  packet_->flow = nullptr;
  engine_.clock_reached(index_, *packet_);
  log_with(thread, abi::OwnLogger::anomaly,
           [&](OutputJsonThreadCtx* logger) { engine_.eve.anomaly(thread, *packet_, logger); });
}

void FlowWorker::log_alert(Thread& thread) {
  log_with(thread, abi::OwnLogger::alert,
           [&](OutputJsonThreadCtx* logger) { engine_.eve.alert(thread, *packet_, logger); });
}

void FlowWorker::to_manager(Flow* flow) {
  to_manager_.push_back(flow);
  if (to_manager_.size() >= kBatch) engine_.to_manager(std::exchange(to_manager_, {}));
}

void FlowWorker::end_handed_back(Thread& thread) {
  if (packets_ % kQueueCheckEvery == 0) end_handed_back_now(thread);
}

void FlowWorker::end_handed_back_now(Thread& thread) {
  while (auto work = queue_.try_pop()) {
    record_take_over(work->sent, "flows");
    end_batch(thread, work->flows, End::handed_back);
  }
}

// As TmThreadsInjectFlowById, which puts flows into the thread's flow_queue.
void FlowWorker::send(FlowWork work) {
  if (!work.flows.empty()) work.sent = record_hand_over("flows", work.flows.size(), "flow_queue");
  queue_.push(std::move(work));
}

void FlowWorker::wait_for_handed_back(Thread& thread) {
  FlowWork work;
  while (work.flows.empty()) work = queue_.pop();
  record_take_over(work.sent, "flows");
  end_batch(thread, work.flows, End::handed_back);
}

void FlowWorker::end_batch(Thread& thread, FlowBatch& flows, End how) {
  for (Flow* flow : flows) {
    drop(thread, *flow, how);
    spare_.push_back(flow);
  }
  flows.clear();
  if (spare_.size() > 4 * kBatch) {
    engine_.pool.give_back(FlowBatch(spare_.end() - kBatch, spare_.end()));
    spare_.resize(spare_.size() - kBatch);
  }
}

// As OutputStreamingLog.
void FlowWorker::log_stream(Thread& thread, const Packet& packet, bool is_last) {
  Flow& flow = *packet.flow;
  TcpStreams& streams = *side_of(&flow)->streams;
  const bool to_server = (packet.flowflags & FLOW_PKT_TOCLIENT) != 0;
  const std::uint8_t direction =
      to_server ? OUTPUT_STREAMING_FLAG_TOSERVER : OUTPUT_STREAMING_FLAG_TOCLIENT;
  for (const StreamPiece& piece :
       streams.of(to_server).take(streams.acked(to_server), is_last || streams.closed, direction))
    streaming_loggers_.log(thread, flow, piece);
}

// As CheckWorkQueue: a pseudo packet for each direction with unread data goes to packet and
// streaming loggers.
void FlowWorker::drop(Thread& thread, Flow& flow, End how) {
  const DataLeft left = side_of(&flow)->data;
  const bool has_streams = side_of(&flow)->streams != nullptr;
  if (left.any() && (engine_.eve.packet_loggers_run() || has_streams)) {
    const FlowLock lock(flow);
    for (const bool to_server : {true, false}) {
      if (!(to_server ? left.to_server : left.to_client)) continue;
      const PseudoPacket pseudo(flow, to_server, packet_->ts, !to_server || !left.to_client);
      packet_loggers_.log(thread, pseudo.packet(), [](abi::OwnLogger, OutputJsonThreadCtx*) {});
      if (has_streams) log_stream(thread, pseudo.packet(), true);
    }
  }
  engine_.drop(thread, flow, how, flow_loggers_);
}

void FlowWorker::finish_traffic(Thread&) {
  publish();
  if (engine_.abort.load(std::memory_order_relaxed)) return;
  if (!to_manager_.empty()) engine_.to_manager(std::exchange(to_manager_, {}));
}

void FlowWorker::flow_loop(Thread& thread) {
  // Check the flag first: the wake-up may have been consumed while there was traffic.
  while (!thread.has(THV_KILL) || !queue_.empty()) {
    FlowWork work = queue_.pop();
    record_take_over(work.sent, "flows");
    for (Flow* flow : work.flows) {
      // Flows from the flow manager have timed out; the others come from the shutdown.
      const bool timed_out = side_of(flow)->end == End::handed_back;
      drop(thread, *flow, timed_out ? End::handed_back : End::shutdown_worker);
    }
    if (!work.flows.empty()) engine_.pool.give_back(std::move(work.flows));
    if (work.cleaned_up != nullptr) work.cleaned_up->count_down();
  }
}

void FlowWorker::publish() {
  engine_.packets_seen.fetch_add(std::exchange(packets_unpublished_, 0), std::memory_order_relaxed);
  engine_.flows_seen.fetch_add(std::exchange(flows_unpublished_, 0), std::memory_order_relaxed);
}

}  // namespace surisim::engine
