// What it costs a plugin to reach the value of its thread and count in it: the raw C call, the
// wrappers in their three ways, and what else one might use.
//
//   cmake --build --preset release --target get_mut_bench
//   build/release/bench/get_mut_bench
//
// The table at the end gives each way's time by the raw call's. Groups: checks off, checks on,
// recording on; a miss, which empties the slot and fills it again; flow storage. Each is called
// through a function pointer as the host calls a callback, and in a loop of the plugin's own. The
// accesses run in a thread init callback: there the storage is the calling thread's to use.
#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <suricata/thread-callbacks.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <surisim/runtime.hpp>

#include "plugins/access.hpp"
#include "ratio_reporter.hpp"

namespace {

constexpr std::uint64_t kRepeats = 1000;
const std::string kPlugin = SURISIM_BENCH_PLUGIN_DIR "/access.so";

using Body = std::function<void(ThreadVars*)>;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "get_mut_bench: %s\n", why.c_str());
  std::exit(1);
}

// What access.so exports under this name.
template <class Function>
Function exported(const char* symbol) {
  static void* const library = dlopen(kPlugin.c_str(), RTLD_NOW);
  void* const found = library == nullptr ? nullptr : dlsym(library, symbol);
  if (found == nullptr) fail(dlerror());
  return reinterpret_cast<Function>(found);
}

// What the engine does beside.
struct Engine {
  const char* name;
  bool checks;
  surisim::Options::Record record;
};

// Calls `body` once, in the plugin's init callback of the first thread.
void in_init_callback(const Engine& engine, Body body) {
  surisim::Options options;
  options.mode = surisim::Mode::single;
  options.traffic.flows = 0;
  options.record = engine.record;
  options.checks = engine.checks;
  auto runtime = surisim::Runtime::create(options);
  if (!runtime) fail(runtime.error().message);
  const auto call_body = [](ThreadVars* tv, void* user) { (*static_cast<Body*>(user))(tv); };
  exported<bench::CallOnceFunction>(bench::kCallOnceSymbol)(call_body, &body);
  (void)runtime->add_plugin(surisim::PluginSource::file(kPlugin));
  if (const auto ran = runtime->run(); !ran) fail(ran.error().message);
  // An access that breaks a rule is not what is to be measured. Rules about memory are not asked:
  // the benchmark's own is allocated in the callback, too.
  for (const surisim::Violation& found : runtime->summary().violations)
    if (found.rule.starts_with("access-")) fail(found.message);
}

void callback(benchmark::State& state, const bench::Access& access, const Engine& engine) {
  in_init_callback(engine, [&](ThreadVars* tv) {
    if (access.prepare != nullptr) access.prepare();
    auto* call = access.callback;
    while (state.KeepRunningBatch(kRepeats)) {
      for (std::uint64_t i = 0; i < kRepeats; ++i) {
        asm volatile("" : "+r"(call));  // the host does not know it either
        call(tv, nullptr);
      }
    }
  });
}

void loop(benchmark::State& state, const bench::Access& access, const Engine& engine) {
  in_init_callback(engine, [&](ThreadVars* tv) {
    if (access.prepare != nullptr) access.prepare();
    while (state.KeepRunningBatch(kRepeats)) access.loop(tv, kRepeats);
  });
}

void add(const Engine& engine, const std::string& kind, const bench::AccessTable& table) {
  const std::string group = std::string(engine.name) + "/";
  for (std::size_t i = 0; i < table.count; ++i) {
    const bench::Access& access = table.accesses[i];
    benchmark::RegisterBenchmark((group + kind + "callback/" + access.name).c_str(), callback,
                                 access, engine);
    benchmark::RegisterBenchmark((group + kind + "loop/" + access.name).c_str(), loop, access,
                                 engine);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using Record = surisim::Options::Record;
  const auto tables = exported<bench::AccessTableFunction>(bench::kAccessTableSymbol);
  const Engine off{"checks_off", false, Record::off};
  add(off, "", tables("thread"));
  add({"checks_on", true, Record::off}, "", tables("thread"));
  add({"recording_on", false, Record::lifecycle}, "", tables("thread"));
  add(off, "miss_", tables("miss"));
  add(off, "flow_", tables("flow"));
  return bench::run_with_ratios(argc, argv,
                                {"--benchmark_repetitions=7", "--benchmark_min_time=0.03",
                                 "--benchmark_enable_random_interleaving=true"},
                                "raw");
}
