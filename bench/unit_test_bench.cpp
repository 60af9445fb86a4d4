// The cost of a plugin's unit test: a whole lifecycle, and one callback alone, both with checks
// on, compared with a GoogleTest whose body is empty. Times are medians of repetitions.
//
//   cmake --build --preset release --target unit_test_bench
//   build/release/bench/unit_test_bench --benchmark_repetitions=9
//
// `test_us`: wall time; `limit_us`: the most that it may take, if there is a limit.
#include <benchmark/benchmark.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "suricata_ffi/flow.hpp"
#include "suricata_ffi/thread.hpp"
#include "surisim/fixtures/fixtures.hpp"

namespace {

namespace fixtures = surisim::fixtures;

struct Count {
  unsigned packets = 0;
};

void init() {
  const auto slot = suricata_ffi::flow::FlowStorage<Count>::register_slot("count");
  const auto threads = suricata_ffi::thread::ThreadStorage<Count>::register_slot("count");
  if (!slot || !threads) return;
  (void)suricata_ffi::thread::register_init_callback([counts = *threads](auto& tv) {
    (void)counts.get_or_insert_with(tv, [] { return Count(); });
  });
  (void)suricata_ffi::flow::register_update_callback([counts = *slot](auto&, auto& flow, auto&) {
    const auto mine = counts.get_or_insert_with(flow, [] { return Count(); });
    if (mine) ++(*mine)->packets;
  });
}

void require(bool as_expected, const char* what) {
  if (as_expected) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

// A test of this fixture, run like GoogleTest runs it, without its report.
template <class Fixture>
class TestOf : public Fixture {
 public:
  void run() {
    this->SetUp();
    this->TestBody();
    this->TearDown();
  }
  void end() { this->TearDown(); }

 protected:
  void TestBody() override {}
};

template <class Test>
void run() {
  Test test;
  test.run();
}

using Empty = TestOf<testing::Test>;

class OfPlugin : public TestOf<fixtures::LifecycleTest> {
 public:
  OfPlugin() { load("counter", init); }
};

class ByHand : public OfPlugin {
  void TestBody() override {
    auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(2)).to_server("query");
    require(flow.value<Count>("count")->packets == 1, "the packet was not counted");
    require(bool{stop()} && bool{clean()}, "the run was not clean");
  }
};

class Alone : public OfPlugin {
  void TestBody() override {
    auto thread = alone().thread("W#01").init();
    auto flow = alone().udp("10.0.0.1:1025", "10.0.0.2:53");
    thread.flow_update(flow, flow.to_server("query"));
    require(flow.value<Count>("count")->packets == 1, "the packet was not counted");
    require(bool{clean()}, "the run was not clean");
  }
};

// One plugin for all iterations.
class Loaded : public OfPlugin {
 public:
  fixtures::AloneByHand& callbacks() { return alone(); }
};

// `limit`: in µs; 0: none.
void report(benchmark::State& state, double limit = 0) {
  using benchmark::Counter;
  state.counters["test_us"] = Counter(1e-6, Counter::kIsIterationInvariantRate | Counter::kInvert);
  if (limit > 0) state.counters["limit_us"] = limit;
}

void empty_test(benchmark::State& state) {
  for (auto _ : state) run<Empty>();
  report(state);
}

void lifecycle_by_hand(benchmark::State& state) {
  for (auto _ : state) run<ByHand>();
  report(state, 5000);
}

// As a separate test: each loads the plugin and ends its registrations.
void test_of_one_callback(benchmark::State& state) {
  for (auto _ : state) run<Alone>();
  report(state);
}

// The callback with everything it needs, created for it and freed again.
void one_callback(benchmark::State& state) {
  Loaded test;
  auto& alone = test.callbacks();
  auto thread = alone.thread("W#01").init();
  for (auto _ : state) {
    auto flow = alone.udp("10.0.0.1:1025", "10.0.0.2:53");
    thread.flow_update(flow, flow.to_server("query"));
    thread.free(flow);
  }
  test.end();
  report(state, 20);
}

// The same for a ThreadVars and its init callback.
void one_thread_init(benchmark::State& state) {
  constexpr int kEach = 1000;
  auto test = std::make_unique<Loaded>();
  for (int i = 0; auto _ : state) {
    if (++i % kEach == 0) {  // so that a run does not remember too many threads
      state.PauseTiming();
      test->end();
      test = std::make_unique<Loaded>();
      (void)test->callbacks();
      state.ResumeTiming();
    }
    test->callbacks().thread("W#01").init().free();
  }
  test->end();
  report(state, 20);
}

}  // namespace

BENCHMARK(empty_test)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(lifecycle_by_hand)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(test_of_one_callback)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(one_callback)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(one_thread_init)->UseRealTime()->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
