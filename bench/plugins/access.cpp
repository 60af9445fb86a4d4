// The plugin of get_mut_bench: a value for each thread and each flow, and every way to access them.
// Compiled like any plugin, so Suricata's functions are called through the PLT.
#include "access.hpp"

#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>

#include <cstdlib>
#include <map>
#include <new>
#include <string_view>
#include <suricata_ffi/plugin.hpp>
#include <vector>

#include "reference.h"
#include "ways.hpp"

namespace bench {

SCThreadStorageId raw_id{-1};
ThreadValues storage;
SCFlowStorageId raw_flow_id{-1};
FlowValues flow_storage;

namespace {

namespace flow = suricata_ffi::flow;
namespace thread = suricata_ffi::thread;

// Suricata's calls.
struct RawOfThread : OfThread {
  static void* get(Raw* raw) { return SCThreadGetStorageById(raw, raw_id); }
  static int set(Raw* raw, void* value) { return SCThreadSetStorageById(raw, raw_id, value); }
  static void clear(Raw* raw) { SCThreadFreeStorageById(raw, raw_id); }
};
struct RawOfFlow : OfFlow {
  static void* get(Raw* raw) { return SCFlowGetStorageById(raw, raw_flow_id); }
  static int set(Raw* raw, void* value) { return SCFlowSetStorageById(raw, raw_flow_id, value); }
  static void clear(Raw* raw) { SCFlowFreeStorageById(raw, raw_flow_id); }
};

template <class Of>
struct Raw {
  static Value* get(typename Of::Raw* raw) { return static_cast<Value*>(Of::get(raw)); }
};

// Empties the slot and fills it again, like the wrappers' miss: free, allocate, store.
template <class Of>
struct RawMiss {
  static Value* get(typename Of::Raw* raw) {
    Of::clear(raw);
    void* const made = std::calloc(1, sizeof(Value));
    return Of::set(raw, made) == 0 ? static_cast<Value*>(made) : nullptr;
  }
};

// As in Suricata: two functions, one calling the other; surisim has one.
struct RawTwoCalls {
  static Value* get(ThreadVars* tv) {
    return static_cast<Value*>(ReferenceThreadGetById(tv, raw_id));
  }
};

// Reads the array without checking the handle. A plugin cannot do this, as offsets differ.
struct Direct {
  static Value* get(ThreadVars* tv) { return static_cast<Value*>(tv->storage[raw_id.id].ptr); }
};

// Included in the time of every way: the call of an empty callback, or an iteration of the loop.
struct Nothing {
  static Value* get(ThreadVars*) { return nullptr; }
};

// The lower bound: a pointer, independent of the thread.
Value* volatile pointer = nullptr;
struct Pointer {
  static Value* get(ThreadVars*) { return pointer; }
};

template <class Of>
Ways raw_ways() {
  return {{way<Raw<Of>>("raw")}, {way<Raw<Of>>("raw")}, {way<RawMiss<Of>>("raw")}};
}

void clear_all(ThreadVars* tv, Flow* f) {
  RawOfThread::clear(tv);
  OfThread::clear(tv);
  RawOfFlow::clear(f);
  OfFlow::clear(f);
}

Ways with_empty_slots(Ways ways) {
  for (Access& one : ways.empty) one.prepare = clear_all;
  return ways;
}

Ways thread_ways() {
  Ways all = raw_ways<RawOfThread>();
  add_seen(all);
  add_wrapped<OfThread>(all, "_run_time");
  add_api(all);
  all.hit.push_back(way<RawTwoCalls>("raw_two_calls"));
  all.hit.push_back(way<Nothing>("nothing"));
  all.hit.push_back(way<Direct>("direct"));
  all.hit.push_back(way<Pointer>("pointer"));
  all.hit.back().one_value = true;
  add_thread_locals(all.hit);
  add_libraries(all.hit);
  add_rust(all.hit);
  return with_empty_slots(all);
}

// Flow storage has no direct path.
Ways flow_ways() {
  Ways all = raw_ways<RawOfFlow>();
  add_wrapped<OfFlow>(all, "");
  return with_empty_slots(all);
}

AccessTable table(std::string_view group) {
  static const Ways of_threads = thread_ways();
  static const Ways of_flows = flow_ways();
  static const std::map<std::string_view, const std::vector<Access>&> groups{
      {"thread", of_threads.hit}, {"empty", of_threads.empty},    {"miss", of_threads.miss},
      {"flow", of_flows.hit},     {"flow_empty", of_flows.empty}, {"flow_miss", of_flows.miss}};
  const std::vector<Access>& found = groups.at(group);
  return {found.data(), found.size()};
}

// Each thread's value has its own cache line, as with the wrappers.
void* raw_thread_value() {
  void* const memory = std::aligned_alloc(128, 128);
  return memory == nullptr ? nullptr : new (memory) Value;
}

void on_thread_init(thread::ThreadVars& tv) {
  (void)storage.get_or_insert_with(tv, [] { return Value(); });
  (void)RawOfThread::set(tv.as_mut_ptr(), raw_thread_value());
  if (pointer == nullptr) pointer = new Value;
}

Call call_on_flow = nullptr;
void* call_on_flow_user = nullptr;

void on_flow_init(thread::ThreadVars& tv, flow::Flow& f, const flow::Packet&) {
  (void)flow_storage.get_or_insert_with(f, [] { return Value(); });
  (void)RawOfFlow::set(f.as_mut_ptr(), std::calloc(1, sizeof(Value)));
  if (call_on_flow != nullptr) call_on_flow(tv.as_mut_ptr(), f.as_mut_ptr(), call_on_flow_user);
}

void init() {
  raw_id = SCThreadStorageRegister("bench-raw", std::free);
  use_slot_in_rust();
  storage = ThreadValues::register_slot("bench-wrapped").value_or(storage);
  raw_flow_id = SCFlowStorageRegister("bench-raw", std::free);
  flow_storage = FlowValues::register_slot("bench-wrapped").value_or(flow_storage);
  (void)thread::register_init_callback(on_thread_init);
  (void)flow::register_init_callback(on_flow_init);
}

}  // namespace

}  // namespace bench

extern "C" __attribute__((visibility("default"))) bench::AccessTable bench_access_table(
    const char* group) {
  return bench::table(group);
}

extern "C" __attribute__((visibility("default"))) void bench_access_call_on_flow(bench::Call call,
                                                                                 void* user) {
  bench::call_on_flow = call;
  bench::call_on_flow_user = user;
}

SURICATA_FFI_PLUGIN({
    .name = "bench-access",
    .version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .init = bench::init,
});
