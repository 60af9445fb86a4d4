// The plugin of these tests, with the wrappers: it counts packets on each thread and in each flow.
#pragma once

#include <gmock/gmock.h>
#include <suricata/output-eve.h>
#include <suricata/rust.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "suricata_ffi/flow.hpp"
#include "suricata_ffi/thread.hpp"
#include "surisim/fixtures/fixtures.hpp"

namespace surisim::test {

struct OfThread {
  std::uint64_t packets = 0;
  std::uint64_t finished = 0;
};
struct OfFlow {
  static inline std::atomic<int> freed{0};
  std::uint64_t packets = 0;

  OfFlow() = default;
  OfFlow(OfFlow&& other) noexcept : packets(other.packets) { other.moved_ = true; }
  OfFlow& operator=(OfFlow&&) = delete;
  ~OfFlow() {
    if (!moved_) ++freed;
  }

 private:
  bool moved_ = false;
};

class ByHandTest : public fixtures::LifecycleTest {
 protected:
  ByHandTest() {
    OfFlow::freed = 0;
    load("counter", [this] { register_all(); });
  }

  suricata_ffi::thread::ThreadStorage<OfThread> of_thread;
  suricata_ffi::flow::FlowStorage<OfFlow> of_flow;

  // Identifies the Flow pointer of a flow.
  std::uint64_t handle_of_flow(std::uint64_t number) const {
    for (const Event& event : events()) {
      if (event.has_flow && event.flow.flow == number) return event.flow.handle;
    }
    return 0;
  }
  static void on_record(ThreadVars*, const Packet*, Flow*, SCJsonBuilder* record, void*) {
    SCJbSetString(record, "plugin", "was here");
  }

 private:
  void register_all() {
    using suricata_ffi::thread::ThreadVars;
    of_thread = *suricata_ffi::thread::ThreadStorage<OfThread>::register_slot("of thread");
    of_flow = *suricata_ffi::flow::FlowStorage<OfFlow>::register_slot("of flow");
    (void)suricata_ffi::thread::register_init_callback([threads = of_thread](ThreadVars& tv) {
      (void)threads.get_or_insert_with(tv, [] { return OfThread(); });
    });
    (void)suricata_ffi::flow::register_init_callback([flows = of_flow](auto&, auto& flow, auto&) {
      (void)flows.get_or_insert_with(flow, [] { return OfFlow(); });
    });
    (void)suricata_ffi::flow::register_update_callback(
        [threads = of_thread, flows = of_flow](ThreadVars& tv, auto& flow, auto&) {
          if (OfThread* mine = threads.get_mut(tv)) ++mine->packets;
          if (OfFlow* its = flows.get_mut(flow)) ++its->packets;
        });
    (void)suricata_ffi::flow::register_finish_callback(
        [threads = of_thread](ThreadVars& tv, auto&) {
          if (OfThread* mine = threads.get_mut(tv)) ++mine->finished;
        });
  }
};

}  // namespace surisim::test
