// The Rust samples of Suricata's developer guide, section "Threads", line by line in C++.
//
// Built as guide_threads.so: `surisim run guide_threads.so` runs it, and so does Suricata.
#include <cstdint>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/log.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

namespace flow = suricata_ffi::flow;
namespace log = suricata_ffi::log;
namespace thread = suricata_ffi::thread;
using suricata_ffi::expected;
using thread::ThreadStorage;
using thread::ThreadVars;

// First sample: a callback for each thread.
namespace thread_init_callback {

void on_thread_init(ThreadVars& tv) { log::notice("thread initialized: {:p}", tv.as_ptr()); }

expected<void> register_thread_callbacks() {
  return thread::register_init_callback(on_thread_init);
}

}  // namespace thread_init_callback

// Second and third sample: a value on each thread, and its use.
namespace thread_storage {

struct ThreadState {
  std::uint64_t flows = 0;
};

void on_thread_init(ThreadStorage<ThreadState> storage, ThreadVars& tv) {
  (void)storage.get_or_insert_with(tv, [] { return ThreadState{}; });
}

void on_flow_init(ThreadStorage<ThreadState> storage, ThreadVars& tv) {
  if (ThreadState* state = storage.get_mut(tv)) {
    state->flows += 1;
  }
}

expected<void> register_callbacks(ThreadStorage<ThreadState> storage) {
  return thread::register_init_callback([=](ThreadVars& tv) { on_thread_init(storage, tv); });
}

}  // namespace thread_storage

// The registration, which the guide does not show.
static void init() {
  using thread_storage::ThreadState;
  const auto storage = ThreadStorage<ThreadState>::register_slot("guide-threads");
  if (!storage) return log::error("no thread storage: {}", storage.error());

  const auto on_flow_init = [slot = *storage](ThreadVars& tv, flow::Flow&, const flow::Packet&) {
    thread_storage::on_flow_init(slot, tv);
  };
  if (!thread_init_callback::register_thread_callbacks() ||
      !thread_storage::register_callbacks(*storage) || !flow::register_init_callback(on_flow_init))
    log::error("guide-threads could not register its callbacks");
}

SURICATA_FFI_PLUGIN({
    .name = "guide-threads",
    .version = "1.0.0",
    .license = "MIT",
    .author = "surisim",
    .init = init,
});
