// What all ways of access share: the value, the slots, and how a way is called.
//
// When:    included only by the files of access.so.
// Owner:   access.cpp defines the slots.
// Threads: each accesses its own ThreadVars and flows.
#pragma once

#include <suricata/flow-storage.h>
#include <suricata/thread-storage.h>
// clang-format off: whether a unit includes ThreadVars before the wrappers decides how they read
#ifdef BENCH_AS_SURICATA
#undef SURISIM_OWN_THREADVARS  // the header above stands in for Suricata's own
#endif
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/thread.hpp>
// clang-format on

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "access.hpp"

namespace bench {

struct Value {
  std::uint64_t count = 0;
};
using ThreadValues = suricata_ffi::thread::ThreadStorage<Value>;
using FlowValues = suricata_ffi::flow::FlowStorage<Value>;

// The slots, registered in access.so's Init. [main]
extern SCThreadStorageId raw_id;
extern ThreadValues storage;
extern SCFlowStorageId raw_flow_id;
extern FlowValues flow_storage;

// A way is a struct with a static get(ThreadVars*) or get(Flow*): the value or nullptr.
template <class Way>
inline void touch(ThreadVars* tv, Flow* flow) {
  asm volatile("" : : : "memory");  // or the compiler adds up a whole loop
  Value* value = nullptr;
  if constexpr (std::is_invocable_v<decltype(Way::get), Flow*>)
    value = Way::get(flow);
  else
    value = Way::get(tv);
  if (value != nullptr) [[likely]]
    value->count += 1;
}

template <class Way>
void callback(ThreadVars* tv, Flow* flow) {
  touch<Way>(tv, flow);
}

template <class Way>
void loop(ThreadVars* tv, Flow* flow, std::uint64_t repeats) {
  for (std::uint64_t i = 0; i < repeats; ++i) touch<Way>(tv, flow);
}

template <class Way>
Access way(const std::string& name) {
  return {name, callback<Way>, loop<Way>};
}

// Access to an existing value, to an empty slot, and to a slot that is emptied and filled again.
struct Ways {
  std::vector<Access> hit;
  std::vector<Access> empty;
  std::vector<Access> miss;
};

// The wrappers, with the layout of the including unit; it has its own types, so no code is shared.
namespace {

// The object that has the storage.
struct OfThread {
  using Raw = ThreadVars;
  static auto borrow(Raw* raw) { return suricata_ffi::thread::ThreadVars::from_ptr(raw); }
  static const ThreadValues& values() { return storage; }
  static void clear(Raw* raw) { SCThreadFreeStorageById(raw, {storage.id()}); }
};
struct OfFlow {
  using Raw = Flow;
  static auto borrow(Raw* raw) { return suricata_ffi::flow::Flow::from_ptr(raw); }
  static const FlowValues& values() { return flow_storage; }
  static void clear(Raw* raw) { SCFlowFreeStorageById(raw, {flow_storage.id()}); }
};

template <class Of>
struct Get {
  static Value* get(typename Of::Raw* raw) {
    const auto borrowed = Of::borrow(raw);
    const Value* value = nullptr;  // assigned: as an initialiser clang warns about `borrowed`
    value = Of::values().get(borrowed);
    return const_cast<Value*>(value);
  }
};

template <class Of>
struct GetMut {
  static Value* get(typename Of::Raw* raw) {
    auto borrowed = Of::borrow(raw);
    Value* value = nullptr;
    value = Of::values().get_mut(borrowed);
    return value;
  }
};

template <class Of>
struct GetOrInsertWith {
  static Value* get(typename Of::Raw* raw) {
    auto borrowed = Of::borrow(raw);
    const auto value = Of::values().get_or_insert_with(borrowed, [] { return Value(); });
    return value ? *value : nullptr;
  }
};

template <class Of>
struct ClearAndInsertWith {
  static Value* get(typename Of::Raw* raw) {
    Of::clear(raw);
    return GetOrInsertWith<Of>::get(raw);
  }
};

// `layout`: of the including unit, for the names.
template <class Of>
void add_wrapped(Ways& to, const std::string& layout) {
  for (std::vector<Access>* group : {&to.hit, &to.empty}) {
    group->push_back(way<Get<Of>>("get" + layout));
    group->push_back(way<GetMut<Of>>("get_mut" + layout));
  }
  to.hit.push_back(way<GetOrInsertWith<Of>>("get_or_insert_with" + layout));
  to.miss.push_back(way<ClearAndInsertWith<Of>>("get_or_insert_with" + layout));
}

}  // namespace

// One function for each file of access.so.
void add_seen(Ways& to);
void add_api(Ways& to);
void add_thread_locals(std::vector<Access>& to);
void add_libraries(std::vector<Access>& to);
void add_rust(std::vector<Access>& to);  // where there is a Rust compiler
void use_slot_in_rust();                 // that of raw_id [main, in Init]

}  // namespace bench
