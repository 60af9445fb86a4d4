// What a packet thread does with a packet once its flow is known, and with flows that end there.
// Runs on packet threads, from the first packet to the end of the flow loop.
#include "traffic/flow_worker.hpp"

#include <netinet/in.h>
#include <suricata/flow-callbacks.h>

#include <utility>

#include "abi/process_state.hpp"
#include "outputs/pseudo_packet.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

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

}  // namespace

// The decoder's data of the flow worker comes first, as in FlowWorkerThreadInit.
void FlowWorker::outputs_init(Thread& thread) {
  engine_.init_loggers(thread, decoder_loggers_);
  Eve& eve = engine_.eve;
  if (eve.packet_loggers_run())
    packet_loggers_.thread_init(thread, eve.packet_loggers_before(),
                                [&] { eve.packet_thread_init(thread); });
  if (eve.tx_loggers_run()) tx_loggers_.thread_init(thread);
  engine_.init_loggers(thread, flow_loggers_);
}

void FlowWorker::outputs_deinit(Thread& thread) {
  decoder_loggers_.thread_deinit(thread);
  packet_loggers_.thread_deinit(thread);
  tx_loggers_.thread_deinit(thread);
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
  ((flow.flags & FLOW_IPV6) != 0 ? counters.ipv6 : counters.ipv4).add();
  counter_of(counters, flow.proto).add();
  ++flows_unpublished_;

  const FlowLock lock(flow);
  side_of(&flow)->open.store(true, std::memory_order_relaxed);
  packet_.flow = &flow;
  if (mine.record_flows) record_flow(EventKind::flow_init, fields_of(flow, packet_.proto), &thread);
  SCFlowRunInitCallbacks(thread.tv(), &flow, &packet_);
  counters.flow_init_callbacks.add(abi::state().flow_init.size());
}

void FlowWorker::update(Thread& thread, Flow& flow) {
  Context& mine = thread.context();
  if (mine.record_flows)
    record_flow(EventKind::flow_update, fields_of(flow, packet_.proto), &thread);
  SCFlowRunUpdateCallbacks(thread.tv(), &flow, &packet_);
  mine.counters.flow_update_callbacks.add(abi::state().flow_update.size());
}

void FlowWorker::without_flow(Thread& thread) {
  thread.context().counters.packets_no_flow.add();
  packet_.flow = nullptr;
  packet_loggers_.log(thread, packet_, engine_.eve.packet_loggers_before(),
                      [&] { engine_.eve.anomaly(thread, packet_); });
}

void FlowWorker::to_manager(Flow* flow) {
  to_manager_.push_back(flow);
  if (to_manager_.size() >= kBatch) engine_.to_manager(std::exchange(to_manager_, {}));
}

void FlowWorker::end_handed_back(Thread& thread) {
  if (packets_ % kQueueCheckEvery != 0) return;
  while (auto work = queue_.try_pop()) end_batch(thread, work->flows, End::handed_back);
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

// As CheckWorkQueue: packet loggers see the pseudo packets that push unread data through.
void FlowWorker::drop(Thread& thread, Flow& flow, End how) {
  const DataLeft left = side_of(&flow)->data;
  if (left.any() && engine_.eve.packet_loggers_run()) {
    const FlowLock lock(flow);
    for (const bool to_server : {true, false}) {
      if (!(to_server ? left.to_server : left.to_client)) continue;
      const PseudoPacket pseudo(flow, to_server, packet_.ts, !to_server || !left.to_client);
      packet_loggers_.log(thread, pseudo.packet(), engine_.eve.packet_loggers_before(), [] {});
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
  // A wake-up may have been taken while there was traffic: check the flag before waiting.
  while (!thread.has(THV_KILL) || !queue_.empty()) {
    FlowWork work = queue_.pop();
    for (Flow* flow : work.flows) {
      // What the manager handed back timed out; the rest comes from the shutdown.
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
