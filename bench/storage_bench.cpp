// The cost of registering many slots, and the speed of flows with a plugin's callbacks.
//
//   cmake --build --preset release --target storage_bench
//   build/release/bench/storage_bench --benchmark_filter=register_slots
//   build/release/bench/storage_bench --benchmark_filter=drive
//
// register_slots: `ns_per_slot` should be constant from 10 to 10,000 slots. `names`: each in its
// own std::string, or contiguous like string literals; `runtime`: in a plugin's Init with a Runtime
// and checks on, or only the C function. drive: `callbacks_per_second` of the sample plugin, checks
// and recording off, for 1 to 8 workers.
#include <benchmark/benchmark.h>
#include <suricata/thread-storage.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <surisim/runtime.hpp>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "storage_bench: %s\n", why.c_str());
  std::exit(1);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// `count` names. They outlive the registration, as required (L17).
class Names {
 public:
  Names(std::size_t count, bool packed) {
    for (std::size_t i = 0; i < count; ++i) strings_.push_back("slot-of-a-plugin-" + number(i));
    for (const std::string& name : strings_) packed_.append(name).push_back('\0');
    const char* next = packed_.data();
    for (const std::string& name : strings_) {
      pointers_.push_back(packed ? next : name.c_str());
      next += name.size() + 1;
    }
  }
  const std::vector<const char*>& pointers() const { return pointers_; }

 private:
  static std::string number(std::size_t i) {  // 4 digits at least
    const std::string digits = std::to_string(i);
    return std::string(4 - std::min<std::size_t>(4, digits.size()), '0') + digits;
  }
  std::vector<std::string> strings_;
  std::string packed_;
  std::vector<const char*> pointers_;
};

double register_all(const Names& names) {
  const auto begin = Clock::now();
  for (const char* name : names.pointers()) {
    if (SCThreadStorageRegister(name, std::free).id < 0) fail("a slot was refused");
  }
  return seconds_since(begin);
}

double register_under_runtime(const Names& names) {
  surisim::Options options;
  options.record = surisim::Options::Record::off;
  auto runtime = surisim::Runtime::create(options);
  if (!runtime) fail(runtime.error().message);
  double seconds = 0;
  (void)runtime->add_plugin(
      surisim::PluginSource::in_process("slots", [&] { seconds = register_all(names); }));
  if (const auto ran = runtime->advance_to(surisim::Phase::load_plugins); !ran)
    fail(ran.error().message);
  return seconds;
}

void register_slots(benchmark::State& state, bool packed, bool runtime) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  const Names names(slots, packed);
  std::vector<double> runs;
  for (auto _ : state) {
    SCStorageInit();
    runs.push_back(runtime ? register_under_runtime(names) : register_all(names));
    state.SetIterationTime(runs.back());
  }
  SCStorageInit();
  // Other load on the machine can only add time, so the fastest run is used.
  const double fastest = *std::min_element(runs.begin(), runs.end());
  state.counters["ns_per_slot"] = fastest / static_cast<double>(slots) * 1e9;
}

void drive(benchmark::State& state, const char* plugin) {
  surisim::Options options;
  options.threads = static_cast<std::uint32_t>(state.range(0));
  options.traffic.flows = 200'000;
  options.record = surisim::Options::Record::off;
  options.checks = false;
  std::uint64_t callbacks = 0;
  double seconds = 0;
  for (auto _ : state) {
    auto runtime = surisim::Runtime::create(options);
    if (!runtime) fail(runtime.error().message);
    (void)runtime->add_plugin(
        surisim::PluginSource::file(std::string(SURISIM_SAMPLE_PLUGIN_DIR "/") + plugin));
    if (const auto started = runtime->start(); !started) fail(started.error().message);
    // From the first packet to the end of the last flow, which includes all callbacks.
    const auto begin = Clock::now();
    if (const auto driven = runtime->drive(); !driven) fail(driven.error().message);
    if (const auto stopped = runtime->stop(); !stopped) fail(stopped.error().message);
    const double spent = seconds_since(begin);
    const surisim::Summary summary = runtime->summary();
    callbacks +=
        summary.flow_init_callbacks + summary.flow_update_callbacks + summary.flow_finish_callbacks;
    seconds += spent;
    state.SetIterationTime(spent);
  }
  state.counters["callbacks_per_second"] = static_cast<double>(callbacks) / seconds;
}

}  // namespace

// With a Runtime the end of each run checks all names, which takes 0.25 s for 10,000.
#define SURISIM_REGISTER_SLOTS(name, packed, runtime)      \
  BENCHMARK_CAPTURE(register_slots, name, packed, runtime) \
      ->RangeMultiplier(10)                                \
      ->Range(10, 10'000)                                  \
      ->UseManualTime()                                    \
      ->Iterations((runtime) ? 5 : 50)                     \
      ->Unit(benchmark::kMicrosecond)

SURISIM_REGISTER_SLOTS(names : strings / runtime : no, false, false);
SURISIM_REGISTER_SLOTS(names : literals / runtime : no, true, false);
SURISIM_REGISTER_SLOTS(names : strings / runtime : yes, false, true);
SURISIM_REGISTER_SLOTS(names : literals / runtime : yes, true, true);

BENCHMARK_CAPTURE(drive, flow_counter_c, "flow_counter_c.so")
    ->RangeMultiplier(2)
    ->Range(1, 8)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(drive, flow_counter_cpp, "flow_counter_cpp.so")
    ->RangeMultiplier(2)
    ->Range(1, 8)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
