#include "abi/callback_scope.hpp"

#include "abi/host_scope.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {

void judge_callback(engine::Context& mine) {
  mine.to_judge = false;
  const HostScope host;
  if (Observer* const watcher = state().observer.load(std::memory_order_acquire))
    watcher->callback_returns(mine);
  mine.freed_values.clear();
  mine.empty_reads.clear();
}

}  // namespace surisim::abi
