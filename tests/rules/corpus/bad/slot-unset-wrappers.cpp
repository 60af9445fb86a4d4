// With the C++ wrappers: the packets count in what the workers' first flows have made, and the end
// of a flow is counted on the recycler, which has none.
#include <cstdint>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

namespace flow = suricata_ffi::flow;
using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;

namespace {

using Count = std::uint64_t;

ThreadStorage<Count> slot;

void on_flow_init(ThreadVars& tv, flow::Flow&, const flow::Packet&) {
  (void)slot.get_or_insert_with(tv, [] { return Count{0}; });
}

void on_flow_finish(ThreadVars& tv, flow::Flow&) {
  if (Count* ended = slot.get_mut(tv)) ++*ended;
}

void init() {
  const auto registered = ThreadStorage<Count>::register_slot("slot-unset-wrappers");
  if (!registered) return;
  slot = *registered;
  (void)flow::register_init_callback(on_flow_init);
  (void)flow::register_finish_callback(on_flow_finish);
}

}  // namespace

SURICATA_FFI_PLUGIN({
    .name = "slot-unset-wrappers",
    .version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .init = init,
});
