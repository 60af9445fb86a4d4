#include "engine/flow_engine.hpp"

#include <netinet/in.h>
#include <suricata/flow-callbacks.h>

#include <algorithm>
#include <utility>

#include "abi/process_state.hpp"
#include "engine/record.hpp"

namespace surisim::engine {

namespace {
constexpr std::size_t kBatch = 64;  // flows handed over together
constexpr std::uint32_t kBatchesUnderWay = 64;
constexpr std::uint64_t kPublishEvery = 256;

// Flow.flow_end_flags: why it ended.
std::uint8_t end_flags(End how) {
  switch (how) {
    case End::pressure:
      return FLOW_END_FLAG_FORCED;
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
}  // namespace

bool MainLoopSignal::wait() const {
  for (;;) {
    const std::uint32_t now = state_.load(std::memory_order_acquire);
    if (now <= 1 || (now & 1) != 0) {
      mark_.take();
      return (now & 1) == 0;
    }
    state_.wait(now);
  }
}

FlowEngine::FlowEngine(const Options& run_options, Eve& eve_of_run)
    : options(run_options),
      eve(eve_of_run),
      traffic(run_options.traffic),
      manager_credit(kBatchesUnderWay),
      recycler_credit(kBatchesUnderWay) {}

FlowEngine::~FlowEngine() = default;

void FlowEngine::abandon() {
  abort.store(true);
  manager_credit.close();
  recycler_credit.close();
  traffic_gate.open();
  time_ready.open();
  capture_stop.open();
}

void FlowEngine::to_manager(FlowBatch flows) {
  manager_credit.take();
  manager_queue.push({std::move(flows)});
}

void FlowEngine::to_recycler(FlowBatch flows, Latch* handled) {
  recycler_credit.take();
  recycler_queue.push({std::move(flows), handled});
}

void FlowEngine::log_end(Thread& thread, Flow& flow, End how, const FlowLoggers& loggers) {
  flow.flow_end_flags |= end_flags(how);
  eve.flow(thread, flow);
  loggers.log(thread, flow);
}

void FlowEngine::finish(Thread& thread, Flow& flow, End how, const FlowLoggers& loggers) {
  Context& mine = thread.context();
  const FlowLock lock(flow);
  log_end(thread, flow, how, loggers);
  if (mine.record_flows) record_flow(EventKind::flow_finish, flow, &thread);
  mine.flow = &flow;
  SCFlowRunFinishCallbacks(thread.tv(), &flow);
  mine.flow = nullptr;
  mine.counters.flow_finish_callbacks.add(abi::state().flow_finish.size());
  FlowPool::clear(flow);
  mine.counters.ends[static_cast<std::size_t>(how)].add();
}

void FlowEngine::drop(Thread& thread, Flow& flow, End how, const FlowLoggers& loggers) {
  const FlowLock lock(flow);
  log_end(thread, flow, how, loggers);
  FlowPool::clear(flow);
  thread.context().counters.ends[static_cast<std::size_t>(how)].add();
}

void FlowEngine::free_at_shutdown(Flow& flow) {
  const FlowLock lock(flow);
  FlowPool::clear(flow);
  context()->counters.ends[static_cast<std::size_t>(End::backstop)].add();
}

FlowWorker::FlowWorker(FlowEngine& engine, std::uint32_t index, std::uint32_t places)
    : engine_(engine), index_(index), places_(places, nullptr) {}

void FlowWorker::handle(Thread& thread, const PacketStep& step) {
  ThreadCounters& counters = thread.context().counters;
  if (!time_told_) {
    time_told_ = true;
    if (!engine_.time_ready.is_open()) engine_.time_ready.open();
  }
  counters.packets.add();
  counters.bytes.add(step.bytes);
  if (step.no_flow) {
    counters.packets.add();
    counters.packets_no_flow.add();
    handle_without_flow(thread, step);
  }
  fill_packet(packet_, raw_, step);
  Flow*& place = places_[step.place];
  if (step.first) {
    // A reused flow stays until the new one has had its first packet (L33).
    if (place != nullptr) replaced_.push_back(place);
    place = open(thread, step);
  }
  update(thread, *place, step);
  end_idle(thread);
  if (step.last && step.spec->end != End::reuse) close(std::exchange(place, nullptr));
  if (++packets_unpublished_ >= kPublishEvery) publish();
}

// Memory pressure: a packet that gets no flow, and so no callback (L35). Loggers see it.
void FlowWorker::handle_without_flow(Thread& thread, const PacketStep& step) {
  fill_packet(packet_, raw_, step);
  packet_.flow = nullptr;
  engine_.eve.anomaly(thread, packet_);
  packet_loggers_.log(thread, packet_);
}

// The decoder's data of the flow worker comes first, as in FlowWorkerThreadInit.
void FlowWorker::outputs_init(Thread& thread) {
  if (engine_.eve.wanted()) alerts_ = engine_.options.traffic.alerts;
  decoder_loggers_.thread_init(thread);
  if (engine_.eve.configured()) packet_loggers_.thread_init(thread);
  flow_loggers_.thread_init(thread);
}

void FlowWorker::outputs_deinit(Thread& thread) {
  decoder_loggers_.thread_deinit(thread);
  packet_loggers_.thread_deinit(thread);
  flow_loggers_.thread_deinit(thread);
}

Flow* FlowWorker::open(Thread& thread, const PacketStep& step) {
  const FlowSpec& spec = *step.spec;
  Flow* flow = nullptr;
  if (!used_.empty()) {  // memory pressure: a used flow ends here and is the new one at once (L31,
                         // L33)
    flow = used_.back();
    used_.pop_back();
    engine_.finish(thread, *flow, End::pressure, decoder_loggers_);
  } else {
    flow = engine_.pool.take(spare_);
  }
  fill_flow(*flow, spec);
  flow->startts = packet_.ts;
  flow->lastts = packet_.ts;
  flow->thread_id[0] = flow->thread_id[1] = static_cast<std::uint16_t>(thread.tv()->id);
  FlowSide& side = *side_of(flow);
  side.number = spec.index + 1;
  side.end = spec.end;
  side.has_data = spec.has_data;
  side.backstop = spec.backstop;
  side.worker = index_;

  Context& mine = thread.context();
  ThreadCounters& counters = mine.counters;
  counters.flows.add();
  (spec.ipv6 ? counters.ipv6 : counters.ipv4).add();
  (spec.proto == IPPROTO_TCP   ? counters.tcp
   : spec.proto == IPPROTO_UDP ? counters.udp
                               : counters.icmp)
      .add();
  ++flows_unpublished_;

  const FlowLock lock(*flow);
  packet_.flow = flow;
  if (mine.record_flows) record_flow(EventKind::flow_init, *flow, &thread, "", "", packet_.proto);
  mine.flow = flow;
  SCFlowRunInitCallbacks(thread.tv(), flow, &packet_);
  mine.flow = nullptr;
  counters.flow_init_callbacks.add(abi::state().flow_init.size());
  return flow;
}

void FlowWorker::update(Thread& thread, Flow& flow, const PacketStep& step) {
  Context& mine = thread.context();
  const FlowLock lock(flow);
  packet_.flow = &flow;
  count_packet(flow, packet_, step);
  if (mine.record_flows) record_flow(EventKind::flow_update, flow, &thread, "", "", packet_.proto);
  mine.flow = &flow;
  SCFlowRunUpdateCallbacks(thread.tv(), &flow, &packet_);
  mine.counters.flow_update_callbacks.add(abi::state().flow_update.size());
  if (alerts_ > 0 && is_among(alerts_, step)) engine_.eve.alert(thread, packet_);
  packet_loggers_.log(thread, packet_);
  mine.flow = nullptr;
}

// A flow has had its last packet; who ends it is decided by its kind of end.
void FlowWorker::close(Flow* flow) {
  switch (side_of(flow)->end) {
    case End::shutdown_recycler:
      silent_.push_back(flow);
      return;
    case End::pressure:
      used_.push_back(flow);
      return;
    case End::bucket: {
      // Any worker that looks into the bucket may find it, also one that did not create it (L32).
      const std::size_t workers = engine_.workers.size();
      const std::size_t other = (index_ + side_of(flow)->number) % workers;
      if (!engine_.workers[other]->leave_in_bucket(flow)) leave_in_bucket(flow);
      return;
    }
    default:
      break;
  }
  to_manager_.push_back(flow);
  if (to_manager_.size() >= kBatch) engine_.to_manager(std::exchange(to_manager_, {}));
}

bool FlowWorker::leave_in_bucket(Flow* flow) {
  const std::lock_guard lock(bucket_mutex_);
  if (bucket_closed_) return false;
  bucket_.push_back(flow);
  bucket_mark_.leave();
  bucket_waits_.store(true, std::memory_order_relaxed);
  return true;
}

// After a packet's own flow has been handled: flows that this packet ended (L32, L33).
void FlowWorker::end_idle(Thread& thread) {
  if (!replaced_.empty()) end_batch(thread, replaced_, End::reuse);
  if (bucket_waits_.load(std::memory_order_relaxed)) {
    FlowBatch found;
    {
      const std::lock_guard lock(bucket_mutex_);
      found.swap(bucket_);
      bucket_mark_.take();
      bucket_waits_.store(false, std::memory_order_relaxed);
    }
    end_batch(thread, found, End::bucket);
  }
  if (thread.context().counters.packets.get() % 16 == 0) {
    while (auto work = queue_.try_pop()) end_batch(thread, work->flows, End::handed_back);
  }
}

void FlowWorker::end_batch(Thread& thread, FlowBatch& flows, End how) {
  for (Flow* flow : flows) {
    engine_.drop(thread, *flow, how, flow_loggers_);
    spare_.push_back(flow);
  }
  flows.clear();
  if (spare_.size() > 4 * kBatch) {
    engine_.pool.give_back(FlowBatch(spare_.end() - kBatch, spare_.end()));
    spare_.resize(spare_.size() - kBatch);
  }
}

void FlowWorker::finish_traffic(Thread& thread) {
  publish();
  if (engine_.abort.load(std::memory_order_relaxed)) return;
  if (!to_manager_.empty()) engine_.to_manager(std::exchange(to_manager_, {}));
  {
    const std::lock_guard lock(bucket_mutex_);
    bucket_closed_ = true;
  }
  end_idle(thread);
}

void FlowWorker::flow_loop(Thread& thread) {
  // A wake-up may have been taken while there was traffic: look at the flag before waiting.
  while (!thread.has(THV_KILL) || !queue_.empty()) {
    FlowWork work = queue_.pop();
    for (Flow* flow : work.flows) {
      // What the manager handed back timed out; the rest comes from the shutdown.
      const bool timed_out = side_of(flow)->end == End::handed_back;
      engine_.drop(thread, *flow, timed_out ? End::handed_back : End::shutdown_worker,
                   flow_loggers_);
    }
    if (!work.flows.empty()) engine_.pool.give_back(std::move(work.flows));
    if (work.cleaned_up != nullptr) work.cleaned_up->count_down();
  }
}

FlowBatch FlowWorker::take_open() {
  FlowBatch open;
  for (Flow*& flow : places_) {
    if (flow != nullptr) open.push_back(std::exchange(flow, nullptr));
  }
  for (FlowBatch* batch : {&silent_, &used_, &bucket_, &to_manager_}) {
    open.insert(open.end(), batch->begin(), batch->end());
    batch->clear();
  }
  return open;
}

void FlowWorker::publish() {
  engine_.packets_seen.fetch_add(std::exchange(packets_unpublished_, 0), std::memory_order_relaxed);
  engine_.flows_seen.fetch_add(std::exchange(flows_unpublished_, 0), std::memory_order_relaxed);
}

}  // namespace surisim::engine
