// The plugin of get_mut_bench: a value for each thread, and every way to it. Compiled as an author
// compiles one; what Suricata provides is found at load time, through the PLT.
#include "access.hpp"

#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <cstdlib>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>

namespace {

namespace thread = suricata_ffi::thread;

struct Value {
  std::uint64_t count = 0;
};

thread::ThreadStorage<Value> storage;
SCThreadStorageId raw_id{-1};
thread_local Value local;

struct Raw {
  static constexpr const char* kName = "raw";
  static const Value* get(ThreadVars* tv) {
    return static_cast<const Value*>(SCThreadGetStorageById(tv, raw_id));
  }
};

struct Get {
  static constexpr const char* kName = "get";
  static const Value* get(ThreadVars* raw) {
    const thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
    const Value* value = storage.get(tv);  // outlives the view
    return value;
  }
};

struct GetMut {
  static constexpr const char* kName = "get_mut";
  static const Value* get(ThreadVars* raw) {
    thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
    const Value* value = storage.get_mut(tv);
    return value;
  }
};

struct GetOrInsertWith {
  static constexpr const char* kName = "get_or_insert_with";
  static const Value* get(ThreadVars* raw) {
    thread::ThreadVars tv = thread::ThreadVars::from_ptr(raw);
    const auto value = storage.get_or_insert_with(tv, [] { return Value(); });
    return value ? *value : nullptr;
  }
};

// No call at all: the limit, and nothing that a plugin may do (offsets differ between builds).
struct Direct {
  static constexpr const char* kName = "direct";
  static const Value* get(ThreadVars* tv) {
    return static_cast<const Value*>(tv->storage[raw_id.id].ptr);
  }
};

// Not inlined, as the compiler would find the address once and keep it through the whole loop.
struct ThreadLocal {
  static constexpr const char* kName = "thread_local";
  [[gnu::noinline]] static const Value* get(ThreadVars*) {
    asm volatile("");
    return &local;
  }
};

template <class Way>
inline void touch(ThreadVars* tv) {
  if (const Value* value = Way::get(tv)) [[likely]] {
    asm volatile("" : : "r"(value->count) : "memory");
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
constexpr bench::Access way() {
  return {Way::kName, callback<Way>, loop<Way>};
}

void init() {
  raw_id = SCThreadStorageRegister("bench-raw", std::free);
  const auto registered = thread::ThreadStorage<Value>::register_slot("bench-wrapped");
  if (!registered) return;
  storage = *registered;
  (void)thread::register_init_callback([](thread::ThreadVars& tv) {
    (void)storage.get_or_insert_with(tv, [] { return Value(); });
    (void)SCThreadSetStorageById(tv.as_mut_ptr(), raw_id, std::calloc(1, sizeof(Value)));
  });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) bench::AccessTable bench_access_table() {
  static constexpr bench::Access kAccesses[] = {
      way<Raw>(),    way<Get>(),         way<GetMut>(), way<GetOrInsertWith>(),
      way<Direct>(), way<ThreadLocal>(),
  };
  return {kAccesses, sizeof kAccesses / sizeof *kAccesses};
}

SURICATA_FFI_PLUGIN({
    .name = "bench-access",
    .version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .init = init,
});
