// Allocates, recycles and clears flows.
#include "threads/flow_pool.hpp"

#include <suricata/flow-storage.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "abi/faults.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

FlowFields fields_of(const Flow& flow, std::uint8_t packet_proto) {
  const FlowSide& side = *side_of(&flow);
  return {.flow = side.number,
          .handle = side.handle,
          .sp = flow.sp,
          .dp = flow.dp,
          .proto = flow.proto,
          .packet_proto = packet_proto,
          .to_server = flow.todstpktcnt,
          .to_client = flow.tosrcpktcnt,
          .locked = side.locked.load(std::memory_order_relaxed)};
}

const char** made_on_of(Flow* flow) {
  return reinterpret_cast<const char**>(reinterpret_cast<char*>(flow->storage) +
                                        SCFlowStorageSize());
}

FlowPool::~FlowPool() {
  const unsigned slots = SCFlowStorageSize() / sizeof(Storage);
  for (void* block : blocks_) {
    auto* const side = static_cast<FlowSide*>(block);
    side->addresses.reset();
    side->streams.reset();
    Flow* const flow = reinterpret_cast<Flow*>(side + 1);
    pthread_mutex_destroy(&abi::in_flow().m(*flow));
    abi::notify(abi::FlowMemory{flow, false});
    abi::state().free_or_leave_behind(block, flow->storage, slots);
  }
}

Flow* FlowPool::take(FlowBatch& spare) {
  if (spare.empty()) {
    if (auto batch = spare_.try_pop()) spare = std::move(*batch);
  }
  if (spare.empty()) return allocate();
  Flow* const flow = spare.back();
  spare.pop_back();
  return flow;
}

Flow* FlowPool::allocate() {
  if (abi::fails(abi::FaultPoint::host_alloc, "a Flow", nullptr)) return nullptr;
  const std::size_t storage = SCFlowStorageSize();
  void* const block = std::calloc(1, sizeof(FlowSide) + sizeof(Flow) + 2 * storage);
  if (block == nullptr) throw std::bad_alloc();
  auto* const side = new (block) FlowSide;
  Flow* const flow = reinterpret_cast<Flow*>(side + 1);
  pthread_mutex_init(&abi::in_flow().m(*flow), nullptr);
  const MutexLock lock(mutex_);
  blocks_.push_back(block);
  side->handle = blocks_.size();
  abi::notify(abi::FlowMemory{flow, true});
  return flow;
}

void FlowPool::clear(Flow& flow) {
  Context* const mine = context();
  if (mine->record_flows) record_flow(EventKind::flow_cleared, fields_of(flow), nullptr);
  SCFlowFreeStorage(&flow);
  side_of(&flow)->open.store(false, std::memory_order_relaxed);
  side_of(&flow)->finished = false;
  side_of(&flow)->streams.reset();
  // Zeroes everything but the lock.
  char* const bytes = reinterpret_cast<char*>(&flow);
  const std::size_t lock = abi::in_flow().m.at();
  const std::size_t after_lock = lock + sizeof(pthread_mutex_t);
  std::memset(bytes, 0, lock);
  std::memset(bytes + after_lock, 0, abi::in_flow().size - after_lock);
}

}  // namespace surisim::engine
