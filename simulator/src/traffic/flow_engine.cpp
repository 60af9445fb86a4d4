// How flows end, on workers, recyclers and in the shutdown; and the queues they go through.
#include "traffic/flow_engine.hpp"

#include <suricata/flow-callbacks.h>

#include <utility>

#include "abi/process_state.hpp"
#include "trace/context.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {
constexpr std::uint32_t kBatchesUnderWay = 64;

// Flow.flow_end_flags: why it ended.
std::uint8_t end_flags(End how) {
  switch (how) {
    case End::pressure:
      return FLOW_END_FLAG_FORCED | FLOW_END_FLAG_EMERGENCY;  // FlowGetNew declares it first
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

FlowEngine::FlowEngine(const Options& run_options, Eve& eve_of_run,
                       std::unique_ptr<PacketSource> packet_source)
    : options(run_options),
      eve(eve_of_run),
      source(std::move(packet_source)),
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
}

void FlowEngine::to_manager(FlowBatch flows) {
  manager_credit.take();
  manager_queue.push({std::move(flows)});
}

void FlowEngine::to_recycler(FlowBatch flows, Latch* handled) {
  recycler_credit.take();
  recycler_queue.push({std::move(flows), handled});
}

void FlowEngine::init_loggers(Thread& thread, FlowLoggers& loggers) {
  loggers.thread_init(thread, eve.flow_loggers_before(), [&] { eve.flow_thread_init(thread); });
}

void FlowEngine::log_end(Thread& thread, Flow& flow, End how, FlowLoggers& loggers) {
  flow.flow_end_flags |= end_flags(how);
  loggers.log(thread, flow, eve.flow_loggers_before(), [&] { eve.flow(thread, flow); });
}

void FlowEngine::finish(Thread& thread, Flow& flow, End how, FlowLoggers& loggers) {
  Context& mine = thread.context();
  const FlowLock lock(flow);
  log_end(thread, flow, how, loggers);
  if (mine.record_flows) record_flow(EventKind::flow_finish, fields_of(flow), &thread);
  SCFlowRunFinishCallbacks(thread.tv(), &flow);
  mine.counters.flow_finish_callbacks.add(abi::state().flow_finish.size());
  FlowPool::clear(flow);
  mine.counters.ends[static_cast<std::size_t>(how)].add();
}

void FlowEngine::drop(Thread& thread, Flow& flow, End how, FlowLoggers& loggers) {
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

}  // namespace surisim::engine
