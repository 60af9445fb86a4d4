// The cost of false sharing between two threads' values, and how the wrappers' placement avoids it.
//
//   cmake --build --preset release --target sharing_bench
//   build/release/bench/sharing_bench
//
// Each thread, pinned to a processor, increments its own value. `efficiency`: increments per second
// of processor time of all threads, divided by those of a single thread in the same run times their
// number. 1 means no loss. On a busy machine threads overlap less, and the loss is smaller.
#include <benchmark/benchmark.h>
#include <suricata/thread-storage.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <suricata_ffi/thread.hpp>
#include <surisim/runtime.hpp>
#include <thread>
#include <vector>

#include "threads.hpp"

namespace {

using bench::pin;
using bench::thread_seconds;

using Counter = volatile unsigned char;
constexpr std::uint64_t kCounts = 2'000'000;

// Seconds of processor time that a thread needs for its increments, on average.
double count_in(const std::vector<Counter*>& values) {
  std::vector<double> seconds(values.size());
  std::barrier start(static_cast<std::ptrdiff_t>(values.size()));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < values.size(); ++i) {
    threads.emplace_back([&, i] {
      pin(i);
      start.arrive_and_wait();
      const double begin = thread_seconds();
      Counter& value = *values[i];
      for (std::uint64_t n = 0; n < kCounts; ++n) value = static_cast<unsigned char>(value + 1);
      seconds[i] = thread_seconds() - begin;
    });
  }
  threads.clear();
  double sum = 0;
  for (const double one : seconds) sum += one;
  return sum / static_cast<double>(seconds.size());
}

void report(benchmark::State& state, const std::vector<Counter*>& values) {
  std::vector<double> efficiencies;
  for (auto _ : state) {
    const double alone = count_in({values.front()});
    const double together = count_in(values);
    efficiencies.push_back(alone / together);
    state.SetIterationTime(together);
  }
  std::sort(efficiencies.begin(), efficiencies.end());
  state.counters["efficiency"] = efficiencies[efficiencies.size() / 2];
  state.counters["efficiency_min"] = efficiencies.front();
}

// Values placed `distance` bytes apart.
void by_hand(benchmark::State& state, std::size_t distance) {
  const auto threads = static_cast<std::size_t>(state.range(0));
  struct alignas(4096) Page {
    std::array<unsigned char, 4096> bytes;
  };
  const auto memory = std::make_unique<std::vector<Page>>(1 + threads * distance / 4096);
  auto* const begin = reinterpret_cast<unsigned char*>(memory->data());
  std::vector<Counter*> values;
  for (std::size_t i = 0; i < threads; ++i) values.push_back(begin + i * distance);
  report(state, values);
}

// Values placed by the wrappers, on ThreadVars created in order or in reverse order.
template <std::size_t Size>
void by_wrappers(benchmark::State& state, bool backwards) {
  namespace thread = suricata_ffi::thread;
  using Storage = thread::ThreadStorage<std::array<unsigned char, Size>>;
  Storage storage;
  surisim::Options options;
  options.checks = false;
  auto runtime = surisim::Runtime::create(options);
  if (!runtime) std::abort();
  (void)runtime->add_plugin(surisim::PluginSource::in_process(
      "sharing", [&] { storage = Storage::register_slot("sharing").value_or(storage); }));
  if (!runtime->advance_to(surisim::Phase::finalize)) std::abort();

  std::vector<ThreadVars*> threads(static_cast<std::size_t>(state.range(0)));
  for (ThreadVars*& tv : threads) tv = ThreadVarsAlloc();
  if (backwards) std::reverse(threads.begin(), threads.end());
  std::vector<Counter*> values;
  for (ThreadVars* raw : threads) {
    auto tv = thread::ThreadVars::from_ptr(raw);
    const auto made =
        storage.get_or_insert_with(tv, [] { return std::array<unsigned char, Size>(); });
    if (!made) std::abort();
    // At its end, closest to the next thread's value.
    values.push_back(backwards ? (*made)->data() : (*made)->data() + Size - 1);
  }
  report(state, values);
  for (ThreadVars* tv : threads) {
    SCThreadFreeStorage(tv);
    ThreadVarsFree(tv);
  }
}

template <std::size_t Size>
void add_wrapped(int threads) {
  const std::string name = "wrapper/" + std::to_string(Size) + "_bytes";
  for (const bool backwards : {false, true}) {
    benchmark::RegisterBenchmark((name + (backwards ? "/backwards" : "")).c_str(),
                                 by_wrappers<Size>, backwards)
        ->Arg(threads)
        ->ArgName("threads")
        ->Iterations(3)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int processors = static_cast<int>(bench::processors());
  for (int threads = 1; threads <= processors; ++threads) {
    for (const auto& [name, distance] : {std::pair("by_hand/on_one_line", 1),
                                         {"by_hand/on_neighbouring_lines", 64},
                                         {"by_hand/on_line_pairs", 128}}) {
      benchmark::RegisterBenchmark(name, by_hand, static_cast<std::size_t>(distance))
          ->Arg(threads)
          ->ArgName("threads")
          ->Iterations(3)
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  add_wrapped<1>(processors);
  add_wrapped<8>(processors);
  add_wrapped<64>(processors);
  add_wrapped<65>(processors);
  add_wrapped<4096>(processors);
  add_wrapped<(1u << 20)>(processors);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
