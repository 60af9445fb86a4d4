// The cost of recording an event on its thread.
//
//   cmake --build --preset release --target record_bench
//   build/release/bench/record_bench --benchmark_repetitions=9
//
// Workers store a value repeatedly, which is one event each time; the time without recording is
// subtracted. `event_ns`: processor time of one event on its worker. `by_rdtsc`: the same divided
// by reading the processor's time stamp counter once; an event's time stamp is a logical clock,
// written once for a batch of events. `events_per_second`: stores recorded by all workers together
// in a second of processor time of each. `efficiency`: recorded stores per processor second of all
// workers together, divided by that of one worker times their number; workers wait for each other
// before they start.
#include <benchmark/benchmark.h>
#include <suricata/flow-callbacks.h>
#include <suricata/thread-storage.h>
#include <x86intrin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <mutex>
#include <surisim/runtime.hpp>
#include <vector>

#include "threads.hpp"

namespace {

using bench::thread_seconds;

constexpr int kEvents = 500'000;

// Nanoseconds of one store on each worker, including its recording.
class Stores {
 public:
  explicit Stores(std::uint32_t workers) : start_(workers), workers_(workers) {}

  double run(surisim::Options::Record record) {
    surisim::Options options;
    options.threads = workers_;
    options.traffic.flows = 1000;  // so that every worker has one
    options.traffic.packets_per_flow = 1;
    options.record = record;
    options.checks = false;
    auto runtime = surisim::Runtime::create(options);
    if (!runtime) std::abort();
    (void)runtime->add_plugin(surisim::PluginSource::in_process("stores", [this] { init(); }));
    if (const auto ran = runtime->run(); !ran) {
      std::fprintf(stderr, "record_bench: %s\n", ran.error().message.c_str());
      std::exit(1);
    }
    double sum = 0;
    for (const double one : each_) sum += one;
    return sum / static_cast<double>(each_.size());
  }

 private:
  void init() {
    slot_ = SCThreadStorageRegister("stores", [](void*) {});
    SCFlowRegisterInitCallback(
        [](ThreadVars* tv, Flow*, const Packet*, void* user) {
          thread_local bool done = false;
          if (!done) static_cast<Stores*>(user)->store(tv);
          done = true;
        },
        this);
  }

  void store(ThreadVars* tv) {
    start_.arrive_and_wait();
    const double begin = thread_seconds();
    for (int i = 0; i < kEvents; ++i) SCThreadSetStorageById(tv, slot_, this);
    const double spent = thread_seconds() - begin;
    const std::lock_guard lock(mutex_);
    each_.push_back(spent / kEvents * 1e9);
  }

  SCThreadStorageId slot_{-1};
  std::latch start_;
  std::uint32_t workers_;
  std::mutex mutex_;
  std::vector<double> each_;
};

double rdtsc_ns() {
  const double begin = thread_seconds();
  std::uint64_t sum = 0;
  for (int i = 0; i < kEvents; ++i) benchmark::DoNotOptimize(sum += __rdtsc());
  return (thread_seconds() - begin) / kEvents * 1e9;
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

void record(benchmark::State& state) {
  using Record = surisim::Options::Record;
  const auto workers = static_cast<std::uint32_t>(state.range(0));
  std::vector<double> events;
  std::vector<double> stamps;
  std::vector<double> by_one;
  std::vector<double> per_second;
  for (auto _ : state) {
    const double without = Stores(workers).run(Record::off);
    const double recorded = Stores(workers).run(Record::lifecycle);
    events.push_back(recorded - without);
    stamps.push_back(events.back() / rdtsc_ns());
    per_second.push_back(workers * 1e9 / recorded);
    by_one.push_back(Stores(1).run(Record::lifecycle) / recorded);
    state.SetIterationTime(events.back() * 1e-9);
  }
  state.counters["event_ns"] = median(events);
  state.counters["events_per_second"] = median(per_second);
  state.counters["by_rdtsc"] = median(stamps);
  state.counters["efficiency"] = median(by_one);
}

}  // namespace

BENCHMARK(record)->Arg(1)->Arg(2)->ArgName("workers")->Iterations(1)->UseManualTime();

BENCHMARK_MAIN();
