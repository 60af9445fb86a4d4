// A plugin for both versions of Suricata in one file, which counts packets on threads and flows.
// With -DHEADER_OFFSET it was compiled with a Suricata threadvars.h that has the values there; with
// -DHEADER_OF_8_0 too, with 8.0's.
#include "results.h"

#ifdef HEADER_OFFSET
#define SURICATA_THREADVARS_H
struct Storage_ {
  void* ptr;
};
struct ThreadVars_ {
#ifdef HEADER_OF_8_0
  char* thread_group_name;
#else
  char* name;
#endif
  char more[HEADER_OFFSET - sizeof(char*)];
  Storage_ storage[1];
};
#endif

#include <algorithm>
#include <atomic>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

namespace {

namespace detail = suricata_ffi::detail;
namespace flow = suricata_ffi::flow;
namespace thread = suricata_ffi::thread;
using suricata_ffi::IpAddr;

BothResults results;
std::atomic<std::uint64_t> packets;  // callbacks run on several threads at once
std::atomic<std::uint64_t> packets_of_flow;
std::atomic<std::uint64_t> finished;
std::atomic<std::uint64_t> flows_made;
std::atomic<std::uint64_t> flows_freed;
std::atomic<std::uint64_t> wrong;
std::atomic<bool> described;

struct OnThread {
  std::uint64_t packets = 0;
  ~OnThread() { ++results.threads_freed; }  // on [creator]
};
struct OnFlow {
  OnFlow() { ++flows_made; }
  ~OnFlow() { ++flows_freed; }
  std::uint64_t packets = 0;
};
thread::ThreadStorage<OnThread> threads;
flow::FlowStorage<OnFlow> flows;

void expect(bool right) {
  if (!right) ++wrong;
}

void on_thread(thread::ThreadVars& tv) {
  expect(threads.get(tv) == nullptr);
  const auto made = threads.get_or_insert_with(tv, [] { return OnThread{}; });
  expect(made && threads.get_mut(tv) == *made);
  if (made) ++results.threads_made;
}

void copy_address(const std::optional<IpAddr>& from, std::uint8_t (&to)[4]) {
  if (from && from->is_ipv4()) std::copy_n(from->octets().begin(), 4, to);
}

void describe(const flow::Flow& f) {
  if (described.exchange(true)) return;
  results.flags = f.flags();
  results.last_time = f.last_time().count();
  results.to_server = f.to_server_packet_count();
  results.to_client = f.to_client_packet_count();
  results.app_protocol = f.app_protocol();
  results.source_port = f.source_port();
  results.destination_port = f.destination_port();
  results.ip_protocol = f.ip_protocol();
  results.is_ipv4 = f.is_ipv4();
  results.is_ipv6 = f.is_ipv6();
  copy_address(f.source_address(), results.source);
  copy_address(f.destination_address(), results.destination);
}

void on_packet(thread::ThreadVars& tv, flow::Flow& f, flow::Packet&) {
  OnThread* const on_thread = threads.get_mut(tv);
  expect(on_thread != nullptr);
  if (on_thread != nullptr) ++on_thread->packets, ++packets;
  const auto on_flow = flows.get_or_insert_with(f, [] { return OnFlow(); });
  expect(on_flow && flows.get(f) == *on_flow);
  if (on_flow) ++(*on_flow)->packets, ++packets_of_flow;
}

void init() {
  results = {};
  packets = packets_of_flow = finished = flows_made = flows_freed = wrong = 0;
  described = false;
  threads = threads.register_slot("both").value_or(threads);
  flows = flows.register_slot("both").value_or(flows);
  (void)thread::register_init_callback(on_thread);
  (void)flow::register_init_callback(
      [](thread::ThreadVars&, flow::Flow& f, const flow::Packet&) { describe(f); });
  (void)flow::register_update_callback(on_packet);
  (void)flow::register_finish_callback([](thread::ThreadVars&, flow::Flow&) { ++finished; });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const BothResults* both_results() {
  results.packets = packets;
  results.packets_of_flow = packets_of_flow;
  results.finished = finished;
  results.flows_made = flows_made;
  results.flows_freed = flows_freed;
  results.wrong = wrong;
  results.proved_offset = detail::proved_offset.load();
  return &results;
}

SURICATA_FFI_PLUGIN(
    {.name = "both", .version = "1.0.0", .license = "MIT", .author = "surisim", .init = init});
