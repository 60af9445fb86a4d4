#include "engine/context.hpp"

#include "abi/export.hpp"
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

}  // namespace surisim::engine

const void* surisim::abi::running_function_or(const void* return_address) noexcept {
  const engine::Context* const mine = engine::context();
  if (mine == nullptr || mine->function == nullptr) return return_address;
  if (is_own_code(mine->function)) return nullptr;
  // A return address is looked up by the byte before it.
  return static_cast<const char*>(mine->function) + 1;
}

namespace surisim::engine {

Clock& my_clock() noexcept { return current != nullptr ? current->clock : clock_of_strangers; }

}  // namespace surisim::engine
