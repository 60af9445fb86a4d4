#include "trace/context.hpp"

namespace surisim::engine {

namespace {
// The library is always loaded at program start, so its thread-locals can be reached without a
// call.
thread_local Context* current __attribute__((tls_model("initial-exec"))) = nullptr;
thread_local Clock unmanaged_thread_clock __attribute__((tls_model("initial-exec")));
}  // namespace

Context* context() noexcept { return current; }
void set_context(Context* context) noexcept { current = context; }

Clock& my_clock() noexcept { return current != nullptr ? current->clock : unmanaged_thread_clock; }

}  // namespace surisim::engine
