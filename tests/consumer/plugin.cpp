// Counts packets on each thread.
#include <cstdint>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

namespace flow = suricata_ffi::flow;
namespace thread = suricata_ffi::thread;

namespace {

struct Counters {
  std::uint64_t packets = 0;
};

void init() {
  const auto slot = thread::ThreadStorage<Counters>::register_slot("consumer");
  if (!slot) return;
  (void)thread::register_init_callback([slot = *slot](thread::ThreadVars& tv) {
    (void)slot.get_or_insert_with(tv, [] { return Counters{}; });
  });
  (void)flow::register_update_callback(
      [slot = *slot](thread::ThreadVars& tv, flow::Flow&, flow::Packet&) {
        if (Counters* counters = slot.get_mut(tv)) ++counters->packets;
      });
}

}  // namespace

SURICATA_FFI_PLUGIN({
    .name = "consumer",
    .version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .init = init,
});
