#include "engine/context.hpp"

#include "abi/host_scope.hpp"
#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {
// The library is always loaded at program start, so its thread-locals can be reached without a
// call.
thread_local Context* current __attribute__((tls_model("initial-exec"))) = nullptr;
thread_local Clock clock_of_strangers __attribute__((tls_model("initial-exec")));
}  // namespace

Context* context() noexcept { return current; }
void set_context(Context* context) noexcept { current = context; }

void judge_callback(Context& mine) {
  mine.to_judge = false;
  const abi::HostScope host;
  if (abi::Observer* const watcher = abi::state().observer.load(std::memory_order_acquire))
    watcher->callback_returns(mine);
  mine.freed_values.clear();
  mine.empty_reads.clear();
}

Clock& my_clock() noexcept { return current != nullptr ? current->clock : clock_of_strangers; }

}  // namespace surisim::engine
