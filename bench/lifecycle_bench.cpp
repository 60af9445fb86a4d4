// The cost of creating, starting, stopping and freeing N worker threads, compared with bare
// pthreads that do the same storage work, in the same run.
//
//   cmake --build --preset release --target lifecycle_bench
//   build/release/bench/lifecycle_bench --benchmark_filter='/(1|8|64|512)/'
//   build/release/bench/lifecycle_bench --benchmark_filter='/4096/'
//
// `ratio` is the simulator's median wall time divided by the floor's, `cpu_ratio` the same for
// processor time; the floor waits on a futex, or in `lifecycle_by_polling` as in Suricata, by
// polling every 100 us. `threads` includes management and command threads, of which both have the
// same number.
#include <benchmark/benchmark.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <cstdio>
#include <cstdlib>
#include <surisim/runtime.hpp>

#include "paired.hpp"
#include "pthread_floor.hpp"

namespace {

constexpr std::size_t kValueSize = 64;
SCThreadStorageId slot{-1};

void free_value(void* value) { std::free(value); }

void on_thread_init(ThreadVars* tv, void*) {
  void* const value = std::malloc(kValueSize);
  if (SCThreadSetStorageById(tv, slot, value) != 0) std::free(value);
}

void make_value(ThreadVars* tv) { tv->storage[0].ptr = std::malloc(kValueSize); }

void init() {
  slot = SCThreadStorageRegister("lifecycle-bench", free_value);
  SCThreadRegisterInitCallback(on_thread_init, nullptr);
}

surisim::Options options_for(std::uint32_t workers) {
  surisim::Options options;
  options.mode = surisim::Mode::workers;
  options.threads = workers;
  options.traffic.flows = 0;
  options.record = surisim::Options::Record::off;
  options.checks = false;
  return options;
}

// A whole lifecycle including the Runtime's: what its threads cost a plugin's test.
surisim::Summary simulate(std::uint32_t workers, bool summary) {
  auto runtime = surisim::Runtime::create(options_for(workers));
  if (runtime) {
    (void)runtime->add_plugin(surisim::PluginSource::in_process("value", init));
    if (const auto ran = runtime->run(); !ran) {
      std::fprintf(stderr, "%s\n", ran.error().message.c_str());
      std::abort();
    }
  }
  return summary ? runtime->summary() : surisim::Summary();
}

void compare(benchmark::State& state, bench::PthreadFloor::Waiting waiting) {
  const auto workers = static_cast<std::uint32_t>(state.range(0));
  std::vector<std::string> names;
  for (const auto& thread : simulate(workers, true).threads) names.push_back(thread.name);
  bench::PthreadFloor floor(names, make_value, free_value, waiting);
  floor.run();

  bench::Paired paired;
  for (auto _ : state) {
    const bench::Cost ours =
        paired.measure([&] { simulate(workers, false); }, [&] { floor.run(); });
    state.SetIterationTime(ours.wall);
  }
  paired.report(state, static_cast<double>(names.size()));
  state.counters["threads"] = static_cast<double>(names.size());
}

void lifecycle(benchmark::State& state) { compare(state, bench::PthreadFloor::Waiting::futex); }
void lifecycle_by_polling(benchmark::State& state) {
  compare(state, bench::PthreadFloor::Waiting::poll);
}

}  // namespace

BENCHMARK(lifecycle)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->UseManualTime()->Unit(
    benchmark::kMillisecond);
BENCHMARK(lifecycle)->Arg(4096)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(lifecycle_by_polling)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
// Hundreds of polling threads use all processor time: one run takes 15 seconds, and with 4,096
// threads many minutes.
BENCHMARK(lifecycle_by_polling)
    ->Arg(512)
    ->Iterations(1)
    ->Repetitions(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
