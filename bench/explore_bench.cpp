// The cost of a schedule: the same lifecycle, with 3 workers and 20 flows, scheduled by the kernel,
// controlled, and with the plugin's code watched for data races. All run in one process, in which
// the plugin is reset after each, as in surisim explore.
//
//   cmake --build --preset release --target explore_bench
//   build/release/bench/explore_bench --benchmark_repetitions=9
//
// `items_per_second`: lifecycles per second.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "surisim/explore.hpp"
#include "surisim/runtime.hpp"

namespace {

using namespace surisim;

constexpr const char* kPlugin = SURISIM_SAMPLE_PLUGIN_DIR "/flow_counter_c.so";

void require(bool as_expected, const std::string& what) {
  if (as_expected) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

std::optional<ScheduleOptions> kernels() { return std::nullopt; }

[[maybe_unused]] std::optional<ScheduleOptions> controlled() {
  ScheduleOptions schedule;
  schedule.strategy = "surw";
  schedule.watch = false;
  return schedule;
}

[[maybe_unused]] std::optional<ScheduleOptions> watched() {
  ScheduleOptions schedule;
  schedule.strategy = "surw";
  return schedule;
}

#ifdef BENCH_NO_SCHEDULES
struct FreshPlugins {
  std::string put_back() { return ""; }
};
#endif

void lifecycle(benchmark::State& state, std::optional<ScheduleOptions> (*schedule)()) {
  FreshPlugins plugins;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    Options options;
    options.threads = 3;
    options.traffic.flows = 20;
    options.schedule = schedule();
    if (options.schedule) options.schedule->seed = ++seed;
    {
      auto runtime = Runtime::create(options);
      require(runtime.has_value(), "no Runtime");
      require(runtime->add_plugin(PluginSource::file(kPlugin)).has_value(), "not loaded");
      require(runtime->run().has_value(), "did not run");
    }
    const std::string why = plugins.put_back();
    require(why.empty(), why);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(lifecycle, by_the_kernel, kernels)->UseRealTime()->Unit(benchmark::kMicrosecond);
#ifndef BENCH_NO_SCHEDULES
BENCHMARK_CAPTURE(lifecycle, under_control, controlled)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(lifecycle, watched_for_races, watched)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
#endif

}  // namespace

BENCHMARK_MAIN();
