// The program that callgrind runs, with collection off: each measurement turns it on for one call,
// and then dumps the counts to a separate file. The names of the measurements are printed in their
// order, one per line. Usage: cost_driver PLUGIN.so
#include <dlfcn.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <surisim/runtime.hpp>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "measurements.hpp"

namespace {

std::uint64_t calls(cost::Call* call, ThreadVars* tv) {
  for (int i = 0; i < cost::kCalls; ++i) call(tv);
  return cost::kCalls;
}

std::uint64_t loop(cost::Loop* loop, ThreadVars* tv) {
  loop(tv, cost::kCalls);
  return cost::kCalls;
}

std::uint64_t registration(const std::vector<std::string>& names) {
  std::uint64_t registered = 0;
  for (const std::string& name : names)
    registered += SCThreadStorageRegister(name.c_str(), std::free).id >= 0 ? 1 : 0;
  return registered;
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "cost_driver: %s\n", why.c_str());
  std::exit(1);
}

// `measured` is called through a volatile pointer: it is neither cloned nor inlined.
template <class Measured, class... Arguments>
void measure(const char* name, std::uint64_t expected, Measured* measured,
             const Arguments&... arguments) {
  Measured* const volatile opaque = measured;
  std::printf("%s\n", name);
  CALLGRIND_TOGGLE_COLLECT;
  const std::uint64_t done = opaque(arguments...);
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS;
  if (done != expected) fail(std::string(name) + ": not every call did what it should");
}

// A Runtime with finalized storage, after `init` has run as a plugin's Init.
surisim::Runtime finalized(surisim::Options options, std::function<void()> init) {
  auto runtime = surisim::Runtime::create(std::move(options));
  if (!runtime) fail(runtime.error().message);
  (void)runtime->add_plugin(surisim::PluginSource::in_process("cost", std::move(init)));
  if (const auto done = runtime->advance_to(surisim::Phase::finalize); !done)
    fail(done.error().message);
  return std::move(*runtime);
}

void* symbol(void* plugin, const std::string& name) {
  void* const found = dlsym(plugin, name.c_str());
  if (found == nullptr) fail(dlerror());
  return found;
}

// All `ways` increment the value, except those in `only_get`.
void measure_access(void* plugin, bool checks, const std::vector<std::string>& only_get,
                    const std::vector<std::string>& ways) {
  surisim::Options options;
  options.record = surisim::Options::Record::off;
  options.checks = checks;
  const surisim::Runtime runtime =
      finalized(options, reinterpret_cast<void (*)()>(symbol(plugin, "calls_register")));
  ThreadVars* const tv = ThreadVarsAlloc();
  reinterpret_cast<void (*)(ThreadVars*)>(symbol(plugin, "calls_fill"))(tv);
  const auto measure_call = [&](const std::string& name) {
    const auto call = reinterpret_cast<cost::Call*>(symbol(plugin, name));
    measure((name + (checks ? "_checked" : "")).c_str(), cost::kCalls, calls, call, tv);
  };
  for (const std::string& name : only_get) measure_call("call_" + name);
  for (const std::string& way : ways) {
    measure_call("call_" + way);
    const auto in_loop = reinterpret_cast<cost::Loop*>(symbol(plugin, "loop_" + way));
    measure(("loop_" + way).c_str(), cost::kCalls, loop, in_loop, tv);
  }
  const auto counted =
      reinterpret_cast<std::uint64_t (*)(ThreadVars*)>(symbol(plugin, "calls_counted"));
  if (!checks && counted(tv) != 2 * ways.size() * cost::kCalls) fail("a call did not count");
  SCThreadFreeStorage(tv);
  ThreadVarsFree(tv);
}

// As users run it: with a Runtime and everything on.
void measure_registration(std::size_t slots) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < slots; ++i) names.push_back("slot-" + std::to_string(100'000 + i));
  const std::string name = "register_" + std::to_string(slots);
  finalized({}, [&] { measure(name.c_str(), slots, registration, names); });
}

// Stores of a value in a thread init callback: no other thread runs yet.
void measure_stores(const char* name, surisim::Options::Record record) {
  struct Stores {
    const char* name;
    SCThreadStorageId slot{-1};
    bool done = false;
    void run(ThreadVars* tv) {
      if (std::exchange(done, true)) return;
      measure(name, cost::kCalls, stores, tv, slot);
    }
    static std::uint64_t stores(ThreadVars* const& tv, const SCThreadStorageId& slot) {
      std::uint64_t stored = 0;
      for (int i = 0; i < cost::kCalls; ++i)
        stored += SCThreadSetStorageById(tv, slot, &stored) == 0 ? 1 : 0;
      SCThreadSetStorageById(tv, slot, nullptr);
      return stored;
    }
  };
  Stores stores{name};
  surisim::Options options;
  options.record = record;
  options.checks = false;
  options.traffic.flows = 0;
  auto runtime = surisim::Runtime::create(options);
  if (!runtime) fail(runtime.error().message);
  (void)runtime->add_plugin(surisim::PluginSource::in_process("stores", [&] {
    stores.slot = SCThreadStorageRegister("stores", [](void*) {});
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void* user) { static_cast<Stores*>(user)->run(tv); }, &stores);
  }));
  if (const auto ran = runtime->run(); !ran) fail(ran.error().message);
}

// Small blocks that are freed at once, in a thread init callback. The first ones are not measured.
void measure_allocations(const char* name, bool checks) {
  struct Allocations {
    const char* name;
    bool done = false;
    static std::uint64_t pairs(const int& count) {
      std::uint64_t made = 0;
      for (int i = 0; i < count; ++i) {
        void* volatile block = std::malloc(static_cast<std::size_t>(16 + i % 8 * 16));
        made += block != nullptr ? 1 : 0;
        std::free(block);
      }
      return made;
    }
    void run() {
      if (std::exchange(done, true)) return;
      (void)pairs(cost::kCalls);
      measure(name, cost::kCalls, pairs, cost::kCalls);
    }
  };
  Allocations allocations{name};
  surisim::Options options;
  options.record = surisim::Options::Record::off;
  options.checks = checks;
  options.traffic.flows = 0;
  auto runtime = surisim::Runtime::create(options);
  if (!runtime) fail(runtime.error().message);
  (void)runtime->add_plugin(surisim::PluginSource::in_process("allocations", [&] {
    SCThreadRegisterInitCallback(
        [](ThreadVars*, void* user) { static_cast<Allocations*>(user)->run(); }, &allocations);
  }));
  if (const auto ran = runtime->run(); !ran) fail(ran.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: cost_driver PLUGIN.so");
  void* const plugin = dlopen(argv[1], RTLD_NOW);
  if (plugin == nullptr) fail(dlerror());
  measure_access(plugin, false, {"get", "reference"},
                 {"raw", "get_mut_api", "get_mut_proved", "get_mut_seen", "insert_api",
                  "insert_proved", "insert_seen"});
  measure_access(plugin, true, {"get", "get_mut_proved", "get_mut_seen"}, {});
  measure_registration(cost::kFewSlots);
  measure_registration(cost::kManySlots);
  measure_stores("store", surisim::Options::Record::off);
  measure_stores("store_recorded", surisim::Options::Record::lifecycle);
  measure_allocations("allocation", false);
  measure_allocations("allocation_checked", true);
  return 0;
}
