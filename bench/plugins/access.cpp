// The plugin of get_mut_bench: a value for each thread, and every way to it. Compiled as an author
// compiles one; what Suricata provides is found at load time, through the PLT.
#include "access.hpp"

#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>

#include <cstdlib>
#include <string_view>
#include <suricata_ffi/plugin.hpp>
#include <utility>

#include "reference.h"
#include "ways.hpp"

namespace bench {

SCThreadStorageId raw_id{-1};
ValueStorage storage;

namespace {

namespace flow = suricata_ffi::flow;
namespace thread = suricata_ffi::thread;

struct Raw {
  static constexpr const char* kName = "raw";
  static Value* get(ThreadVars* tv) {
    return static_cast<Value*>(SCThreadGetStorageById(tv, raw_id));
  }
};

// As Suricata compiles it: two functions, one calling the other, which surisim's has in one.
struct RawTwoCalls {
  static constexpr const char* kName = "raw_two_calls";
  static Value* get(ThreadVars* tv) {
    return static_cast<Value*>(ReferenceThreadGetById(tv, raw_id));
  }
};

struct ProvedGetMut : GetMut {
  static constexpr const char* kName = "get_mut_run_time";
};
struct ProvedGetOrInsertWith : GetOrInsertWith {
  static constexpr const char* kName = "get_or_insert_with_run_time";
};
struct Get {
  static constexpr const char* kName = "get_run_time";
  static Value* get(ThreadVars* raw) {
    const thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
    const Value* value = nullptr;
    value = storage.get(tv);
    return const_cast<Value*>(value);
  }
};

// The array itself, with no look at the handle: nothing that a plugin may do, as offsets differ.
struct Direct {
  static constexpr const char* kName = "direct";
  static Value* get(ThreadVars* tv) { return static_cast<Value*>(tv->storage[raw_id.id].ptr); }
};

// The limit: a pointer that needs no thread.
Value* volatile pointer = nullptr;
struct Pointer {
  static constexpr const char* kName = "pointer";
  static Value* get(ThreadVars*) { return pointer; }
};

// Emptying the slot, and filling it again. Both alike: free, allocate, store.
struct RawMiss {
  static constexpr const char* kName = "raw";
  static Value* get(ThreadVars* tv) {
    SCThreadFreeStorageById(tv, raw_id);
    void* const made = std::calloc(1, sizeof(Value));
    return SCThreadSetStorageById(tv, raw_id, made) == 0 ? static_cast<Value*>(made) : nullptr;
  }
};
struct GetOrInsertMiss {
  static constexpr const char* kName = "get_or_insert_with";
  static Value* get(ThreadVars* tv) {
    SCThreadFreeStorageById(tv, {storage.id()});
    return ProvedGetOrInsertWith::get(tv);
  }
};

SCFlowStorageId raw_flow_id{-1};
flow::FlowStorage<Value> flow_storage;
Flow* some_flow = nullptr;

struct RawFlow {
  static constexpr const char* kName = "raw";
  static Value* get(ThreadVars*) {
    return static_cast<Value*>(SCFlowGetStorageById(some_flow, raw_flow_id));
  }
};
struct FlowGetMut {
  static constexpr const char* kName = "get_mut";
  static Value* get(ThreadVars*) {
    flow::Flow f = flow::Flow::from_ptr(some_flow);
    Value* value = nullptr;
    value = flow_storage.get_mut(f);
    return value;
  }
};
struct FlowGetOrInsertWith {
  static constexpr const char* kName = "get_or_insert_with";
  static Value* get(ThreadVars*) {
    flow::Flow f = flow::Flow::from_ptr(some_flow);
    const auto value = flow_storage.get_or_insert_with(f, [] { return Value(); });
    return value ? *value : nullptr;
  }
};

Call call_once = nullptr;
void* call_once_user = nullptr;

void on_thread_init(thread::ThreadVars& tv) {
  (void)storage.get_or_insert_with(tv, [] { return Value(); });
  (void)SCThreadSetStorageById(tv.as_mut_ptr(), raw_id, std::calloc(1, sizeof(Value)));
  if (pointer == nullptr) pointer = new Value;
  if (const Call call = std::exchange(call_once, nullptr)) call(tv.as_mut_ptr(), call_once_user);
}

// A flow of the plugin's own, for the reads of flow storage; it is never driven.
void make_flow() {
  some_flow = static_cast<Flow*>(std::calloc(1, sizeof(Flow) + SCFlowStorageSize()));
  (void)SCFlowSetStorageById(some_flow, raw_flow_id, std::calloc(1, sizeof(Value)));
  flow::Flow f = flow::Flow::from_ptr(some_flow);
  (void)flow_storage.get_or_insert_with(f, [] { return Value(); });
}

void init() {
  raw_id = SCThreadStorageRegister("bench-raw", std::free);
  storage = ValueStorage::register_slot("bench-wrapped").value_or(ValueStorage());
  raw_flow_id = SCFlowStorageRegister("bench-raw", std::free);
  flow_storage = flow::FlowStorage<Value>::register_slot("bench-wrapped").value_or(flow_storage);
  (void)thread::register_init_callback(on_thread_init);
}

AccessTable table(std::string_view group) {
  static const std::vector<Access> thread_ways = [] {
    std::vector<Access> all{
        way<Raw>(), way<RawTwoCalls>(), way<ProvedGetMut>(), way<ProvedGetOrInsertWith>(),
        way<Get>(), way<Direct>(),      way<Pointer>()};
    add_seen(all);
    add_api(all);
    add_thread_locals(all);
    add_libraries(all);
    return all;
  }();
  static const std::vector<Access> miss{way<RawMiss>(), way<GetOrInsertMiss>()};
  static const std::vector<Access> flow = [] {
    std::vector<Access> all{way<RawFlow>(), way<FlowGetMut>(), way<FlowGetOrInsertWith>()};
    for (Access& one : all) one.prepare = make_flow;
    return all;
  }();
  const auto& found = group == "thread" ? thread_ways : group == "miss" ? miss : flow;
  return {found.data(), found.size()};
}

}  // namespace

}  // namespace bench

extern "C" __attribute__((visibility("default"))) bench::AccessTable bench_access_table(
    const char* group) {
  return bench::table(group);
}

extern "C" __attribute__((visibility("default"))) void bench_access_call_once(bench::Call call,
                                                                              void* user) {
  bench::call_once = call;
  bench::call_once_user = user;
}

SURICATA_FFI_PLUGIN({
    .name = "bench-access",
    .version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .init = bench::init,
});
