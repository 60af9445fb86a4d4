// The cost of getting the thread's value and incrementing it: with the raw C call, the wrappers'
// three ways, and alternatives.
//
//   cmake --build --preset release --target get_mut_bench
//   build/release/bench/get_mut_bench
//
// The table at the end shows each way's time divided by the raw call's. Groups: checks off, checks
// on, recording on; each with an existing value, with `empty`, reads of an empty slot, and with
// `miss`, which empties the slot and fills it again; `flow`, the same for a flow's storage. Each is
// called through a function pointer, as the host calls a callback, and in a loop in the plugin.
//
// The accesses run in a flow init callback, on a pinned worker, to its thread and flow. In
// `workers_2`, `workers_4` and so on, up to the number of processors, that many workers do the same
// at the same time, each on its own processor; one of them is measured.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <string>
#include <surisim/runtime.hpp>
#include <utility>

#include "plugins/access.hpp"
#include "ratio_reporter.hpp"
#include "threads.hpp"

namespace {

constexpr std::uint64_t kRepeats = 1000;
const std::string kPlugin = SURISIM_BENCH_PLUGIN_DIR "/access.so";

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "get_mut_bench: %s\n", why.c_str());
  std::exit(1);
}

// The function that access.so exports under this name.
template <class Function>
Function exported(const char* symbol) {
  static void* const library = dlopen(kPlugin.c_str(), RTLD_NOW);
  void* const found = library == nullptr ? nullptr : dlsym(library, symbol);
  if (found == nullptr) fail(dlerror());
  return reinterpret_cast<Function>(found);
}

// What else the engine does.
struct Engine {
  std::string name;
  bool checks;
  surisim::Options::Record record;
  unsigned workers = 1;
};

// Accesses kRepeats times, in one of two ways.
using Repeat = void (*)(const bench::Access& access, ThreadVars* tv, Flow* flow);

void as_callbacks(const bench::Access& access, ThreadVars* tv, Flow* flow) {
  auto* call = access.callback;
  for (std::uint64_t i = 0; i < kRepeats; ++i) {
    asm volatile("" : "+r"(call));  // so that the compiler does not know it, as in a host
    call(tv, flow);
  }
}

void in_loop(const bench::Access& access, ThreadVars* tv, Flow* flow) {
  access.loop(tv, flow, kRepeats);
}

// Workers that wait for each other and then access at the same time: one of them as often as
// `state` says, the others until it has finished.
class Measurement {
 public:
  Measurement(benchmark::State& state, const bench::Access& access, const Engine& engine,
              Repeat repeat)
      : state_(state), access_(access), engine_(engine), repeat_(repeat), start_(engine.workers) {}

  void run() {
    surisim::Options options;
    options.threads = engine_.workers;
    options.traffic.flows = 100 * engine_.workers;  // so that every worker has one
    options.traffic.packets_per_flow = 1;
    options.record = engine_.record;
    options.checks = engine_.checks;
    auto runtime = surisim::Runtime::create(options);
    if (!runtime) fail(runtime.error().message);
    exported<bench::CallOnFlowFunction>(bench::kCallOnFlowSymbol)(
        [](ThreadVars* tv, Flow* flow, void* user) {
          thread_local bool done = false;
          if (!std::exchange(done, true)) static_cast<Measurement*>(user)->work(tv, flow);
        },
        this);
    (void)runtime->add_plugin(surisim::PluginSource::file(kPlugin));
    if (const auto ran = runtime->run(); !ran) fail(ran.error().message);
    // An access that breaks a rule would not be a valid measurement.
    for (const surisim::Violation& found : runtime->summary().violations)
      if (found.rule.starts_with("access-")) fail(found.message);
  }

 private:
  void work(ThreadVars* tv, Flow* flow) {
    const unsigned number = arrived_.fetch_add(1);
    bench::pin(number);
    if (access_.prepare != nullptr) access_.prepare(tv, flow);
    start_.arrive_and_wait();
    if (number == 0) {
      while (state_.KeepRunningBatch(kRepeats)) repeat_(access_, tv, flow);
      finished_ = true;
    }
    while (!finished_) repeat_(access_, tv, flow);
  }

  benchmark::State& state_;
  const bench::Access& access_;
  const Engine engine_;
  Repeat repeat_;
  std::latch start_;
  std::atomic<unsigned> arrived_{0};
  std::atomic<bool> finished_{false};
};

// `kind`: a group of the plugin's ways; its name is a prefix of the names, except for the first.
void add(const Engine& engine, const std::string& kind) {
  const auto table = exported<bench::AccessTableFunction>(bench::kAccessTableSymbol)(kind.c_str());
  const std::string group = engine.name + "/" + (kind == "thread" ? "" : kind + "_");
  for (std::size_t i = 0; i < table.count; ++i) {
    const bench::Access& access = table.accesses[i];
    if (access.one_value && engine.workers > 1) continue;
    for (const auto& [how, repeat] :
         {std::pair<const char*, Repeat>("callback/", as_callbacks), {"loop/", in_loop}}) {
      benchmark::RegisterBenchmark((group + how + access.name).c_str(),
                                   [&access, engine, repeat = repeat](benchmark::State& state) {
                                     Measurement(state, access, engine, repeat).run();
                                   });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  using Record = surisim::Options::Record;
  for (const Engine& engine : {Engine{"checks_off", false, Record::off},
                               {"checks_on", true, Record::off},
                               {"recording_on", false, Record::lifecycle}}) {
    for (const char* kind : {"thread", "empty", "miss", "flow", "flow_empty", "flow_miss"})
      add(engine, kind);
  }
  for (unsigned workers = 1; workers < bench::processors();) {
    workers = std::min(2 * workers, bench::processors());
    const Engine at_once{"workers_" + std::to_string(workers), false, Record::off, workers};
    for (const char* kind : {"thread", "flow"}) add(at_once, kind);
  }
  return bench::run_with_ratios(argc, argv,
                                {"--benchmark_repetitions=7", "--benchmark_min_time=0.03",
                                 "--benchmark_enable_random_interleaving=true"},
                                "raw");
}
