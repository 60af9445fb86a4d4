#include "check/handles.hpp"

#include "threads/flow_pool.hpp"

namespace surisim::check {

void Handles::thread_stage(const void* tv, abi::ThreadStage stage, bool of_plugin) {
  const MutexLock lock(mutex_);
  const auto [known, is_new] = threads_.try_emplace(tv, Known{stage, of_plugin});
  if (is_new) return;
  known->second.stage = stage;
  if (stage == abi::ThreadStage::made) known->second.of_plugin = of_plugin;
}

std::optional<Handles::Known> Handles::thread(const void* tv) const {
  const MutexLock lock(mutex_);
  const auto found = threads_.find(tv);
  return found == threads_.end() ? std::nullopt : std::optional(found->second);
}

void Handles::flow_memory(const void* flow, bool made) {
  const MutexLock lock(mutex_);
  flows_.insert_or_assign(flow, made);
}

Handles::FlowState Handles::flow(const void* flow) const {
  const MutexLock lock(mutex_);
  const auto found = flows_.find(flow);
  if (found == flows_.end()) return FlowState::unknown;
  const bool open =
      found->second &&
      engine::side_of(static_cast<const Flow*>(flow))->open.load(std::memory_order_relaxed);
  return open ? FlowState::open : FlowState::closed;
}

}  // namespace surisim::check
