// What the ways to a thread's value have in common: the value, the slots, and how a way is called.
//
// When:    included by the files of access.so alone.
// Owner:   access.cpp defines the slots.
// Threads: as each ThreadVars' storage.
#pragma once

#include <suricata/thread-storage.h>
// clang-format off: what a unit sees of ThreadVars before the wrappers decides how they read
#ifdef BENCH_AS_SURICATA
#undef SURISIM_OWN_THREADVARS  // the header above stands in for Suricata's own
#endif
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/thread.hpp>
// clang-format on

#include <cstdint>
#include <vector>

#include "access.hpp"

namespace bench {

struct Value {
  std::uint64_t count = 0;
};
using ValueStorage = suricata_ffi::thread::ThreadStorage<Value>;

// Slots of both ways, registered in access.so's Init. [main]
extern SCThreadStorageId raw_id;
extern ValueStorage storage;

// A way is a struct with kName and a static get(ThreadVars*): the value or nullptr.
template <class Way>
inline void touch(ThreadVars* tv) {
  if (Value* value = Way::get(tv)) [[likely]] {
    value->count += 1;
    asm volatile("" : : : "memory");  // or the compiler adds up a whole loop
  }
}

template <class Way>
void callback(ThreadVars* tv, void*) {
  touch<Way>(tv);
}

template <class Way>
void loop(ThreadVars* tv, std::uint64_t repeats) {
  for (std::uint64_t i = 0; i < repeats; ++i) touch<Way>(tv);
}

template <class Way>
Access way() {
  return {Way::kName, callback<Way>, loop<Way>};
}

// The wrappers, in the way that the including unit has chosen: its own types, so nothing is shared.
namespace {

struct GetMut {
  static Value* get(ThreadVars* raw) {
    auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
    Value* value = nullptr;  // assigned: clang sees that `tv` ends, the value lives on
    value = storage.get_mut(tv);
    return value;
  }
};

struct GetOrInsertWith {
  static Value* get(ThreadVars* raw) {
    auto tv = suricata_ffi::thread::ThreadVars::from_ptr(raw);
    const auto value = storage.get_or_insert_with(tv, [] { return Value(); });
    return value ? *value : nullptr;
  }
};

}  // namespace

template <class GetMutNamed, class GetOrInsertNamed>
void add_wrapped(std::vector<Access>& to) {
  to.push_back(way<GetMutNamed>());
  to.push_back(way<GetOrInsertNamed>());
}

// Of each file of access.so.
void add_seen(std::vector<Access>& to);
void add_api(std::vector<Access>& to);
void add_thread_locals(std::vector<Access>& to);
void add_libraries(std::vector<Access>& to);

}  // namespace bench
