// The measuring plugins' callbacks, and the statistics.
#include "callback_meter.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <map>
#include <utility>

#include "suricata/flow-callbacks.h"
#include "suricata/output-eve.h"
#include "suricata/thread-callbacks.h"

namespace surisim::cli {
namespace {

constexpr std::array<const char*, CallbackMeter::kKinds> kKindNames = {
    "thread init", "flow init", "flow update", "flow finish", "EVE"};
enum Kind : std::size_t { kThreadInit, kFlowInit, kFlowUpdate, kFlowFinish, kEve };

double seconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

int open_counter(std::uint64_t event, int group) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_HARDWARE;
  attr.size = sizeof attr;
  attr.config = event;
  attr.exclude_kernel = 1;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_GROUP;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, group,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC)));
}

// The number of meters constructed. It identifies a meter, as addresses may be reused.
std::atomic<std::uint64_t> g_meters{0};

}  // namespace

PerfCounters::PerfCounters() : group_(open_counter(PERF_COUNT_HW_INSTRUCTIONS, -1)) {
  if (group_ >= 0) misses_ = open_counter(PERF_COUNT_HW_CACHE_MISSES, group_);
}

PerfCounters::~PerfCounters() {
  if (misses_ >= 0) ::close(misses_);
  if (group_ >= 0) ::close(group_);
}

std::optional<PerfCounts> PerfCounters::read() const {
  std::array<std::uint64_t, 3> values{};  // the number of counters, and each
  if (misses_ < 0 || ::read(group_, values.data(), sizeof values) != sizeof values)
    return std::nullopt;
  return PerfCounts{values[1], values[2]};
}

// 32 buckets for each power of two.
std::size_t Histogram::bucket_of(std::uint64_t number) {
  if (number < 32) return static_cast<std::size_t>(number);
  const auto shift = static_cast<std::size_t>(std::bit_width(number)) - 6;
  return shift * 32 + static_cast<std::size_t>(number >> shift);
}

std::uint64_t Histogram::lowest_in(std::size_t bucket) {
  if (bucket < 64) return bucket;
  const std::size_t shift = bucket / 32 - 1;
  return static_cast<std::uint64_t>(bucket - shift * 32) << shift;
}

void Histogram::add(std::uint64_t number) {
  if (buckets_.empty()) buckets_.resize(bucket_of(~std::uint64_t{0}) + 1);
  ++buckets_[bucket_of(number)];
  ++count_;
  sum_ += number;
}

void Histogram::add(const Histogram& other) {
  if (other.buckets_.empty()) return;
  buckets_.resize(other.buckets_.size());
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
}

std::uint64_t Histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) return lowest_in(i);
  }
  return 0;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> Histogram::counts() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    if (buckets_[i] != 0) all.push_back({lowest_in(i), buckets_[i]});
  return all;
}

double Histogram::trimmed_mean() const {
  const std::uint64_t kept = count_ - count_ / 100;
  std::uint64_t seen = 0;
  double sum = 0;
  for (std::size_t i = 0; i < buckets_.size() && seen < kept; ++i) {
    const std::uint64_t here = std::min(buckets_[i], kept - seen);
    sum += static_cast<double>(here) * static_cast<double>(lowest_in(i));
    seen += here;
  }
  return seen == 0 ? 0 : sum / static_cast<double>(seen);
}

// A measuring plugin: the user pointer of its callbacks.
struct CallbackMeter::Probe {
  CallbackMeter* meter;
  std::size_t place;  // 0 and 1 before the author's plugins, 2 after them
};

struct CallbackMeter::OfKind {
  std::array<std::uint64_t, 3> ticks{};
  std::array<PerfCounts, 3> counts{};
  Histogram cost;      // from place 1 to place 2
  Histogram overhead;  // from place 0 to place 1
  double instructions = 0, cache_misses = 0;
  bool counted = true;

  void add(const OfKind& other) {
    cost.add(other.cost);
    overhead.add(other.overhead);
    instructions += other.instructions;
    cache_misses += other.cache_misses;
    counted = counted && other.counted;
  }
};

struct CallbackMeter::PerThread {
  std::string name;
  std::array<OfKind, kKinds> kinds;
  PerfCounters counters;
};

CallbackMeter::CallbackMeter(bool counters)
    : counters_(counters),
      id_(++g_meters),
      ticks_at_start_(__rdtsc()),
      seconds_at_start_(seconds_now()) {}
CallbackMeter::~CallbackMeter() = default;

expected<void> CallbackMeter::add_before(Runtime& runtime) {
  for (const std::size_t place : {0u, 1u}) {
    auto added = runtime.add_plugin(
        PluginSource::in_process("surisim bench", [this, place] { add_probe(place); }));
    if (!added) return added;
  }
  return {};
}

expected<void> CallbackMeter::add_after(Runtime& runtime) {
  return runtime.add_plugin(PluginSource::in_process("surisim bench", [this] { add_probe(2); }));
}

void CallbackMeter::add_probe(std::size_t place) {
  Probe* const at = probes_.emplace_back(std::make_unique<Probe>(Probe{this, place})).get();
  static constexpr auto kReadClock = [](Kind kind, const ThreadVars* tv, void* user) {
    const auto& probe = *static_cast<Probe*>(user);
    probe.meter->read_clock(kind, probe.place, tv);
  };
  SCThreadRegisterInitCallback(
      [](ThreadVars* tv, void* user) { kReadClock(kThreadInit, tv, user); }, at);
  SCFlowRegisterInitCallback(
      [](ThreadVars* tv, Flow*, const Packet*, void* user) { kReadClock(kFlowInit, tv, user); },
      at);
  SCFlowRegisterUpdateCallback(
      [](ThreadVars* tv, Flow*, Packet*, void* user) { kReadClock(kFlowUpdate, tv, user); }, at);
  SCFlowRegisterFinishCallback(
      [](ThreadVars* tv, Flow*, void* user) { kReadClock(kFlowFinish, tv, user); }, at);
  SCEveRegisterCallback([](ThreadVars* tv, const Packet*, Flow*, SCJsonBuilder*,
                           void* user) { kReadClock(kEve, tv, user); },
                        at);
}

CallbackMeter::PerThread& CallbackMeter::mine(const ThreadVars* tv) {
  thread_local std::pair<std::uint64_t, PerThread*> known{0, nullptr};
  if (known.first != id_) {
    const MutexLock lock(mutex_);
    PerThread* const made = threads_.emplace_back(std::make_unique<PerThread>()).get();
    // Thread init callbacks get another thread's ThreadVars (L5); it has no pthread yet (L6).
    made->name = tv == nullptr || tv->t != ::pthread_self() ? "main" : tv->name;
    known = {id_, made};
  }
  return *known.second;
}

void CallbackMeter::read_clock(std::size_t kind, std::size_t place, const ThreadVars* tv) {
  PerThread& thread = mine(tv);
  OfKind& of = thread.kinds[kind];
  if (counters_) {
    const auto counts = thread.counters.read();
    if (!counts) of.counted = false;
    of.counts[place] = counts.value_or(PerfCounts{});
  }
  of.ticks[place] = __rdtsc();
  if (place != 2) return;
  of.overhead.add(of.ticks[1] - of.ticks[0]);
  of.cost.add(of.ticks[2] - of.ticks[1]);
  const auto more = [](std::uint64_t from, std::uint64_t to, std::uint64_t overhead) {
    return static_cast<double>(to - from) - static_cast<double>(overhead);
  };
  const auto& [c0, c1, c2] = of.counts;
  of.instructions += more(c1.instructions, c2.instructions, c1.instructions - c0.instructions);
  of.cache_misses += more(c1.cache_misses, c2.cache_misses, c1.cache_misses - c0.cache_misses);
}

double CallbackMeter::nanoseconds_per_tick() const {
  const auto ticks = static_cast<double>(__rdtsc() - ticks_at_start_);
  return (seconds_now() - seconds_at_start_) * 1e9 / ticks;
}

CallbackCost CallbackMeter::cost_of(const OfKind& of, double tick) const {
  const auto calls = static_cast<double>(of.cost.count());
  const auto overhead = static_cast<double>(of.overhead.quantile(0.5));
  const auto at = [&](double share) {
    return std::max(0.0, static_cast<double>(of.cost.quantile(share)) - overhead) * tick;
  };
  CallbackCost cost;
  cost.calls = of.cost.count();
  cost.min = at(0);
  cost.median = at(0.5);
  cost.mean =
      std::max(0.0, static_cast<double>(of.cost.sum()) / calls - of.overhead.trimmed_mean()) * tick;
  cost.p99 = at(0.99);
  cost.usual = std::max(0.0, of.cost.trimmed_mean() - of.overhead.trimmed_mean()) * tick;
  for (const auto& [ticks, times] : of.cost.counts()) {
    const double ns = std::max(0.0, static_cast<double>(ticks) - overhead) * tick;
    if (cost.distribution.empty() || cost.distribution.back().first != ns)
      cost.distribution.push_back({ns, 0});
    cost.distribution.back().second += times;
  }
  if (counters_ && of.counted) {
    cost.instructions = std::max(0.0, of.instructions / calls);
    cost.cache_misses = std::max(0.0, of.cache_misses / calls);
  }
  return cost;
}

std::vector<CallbackCost> CallbackMeter::results(bool by_thread) const {
  const double tick = nanoseconds_per_tick();
  const MutexLock lock(mutex_);
  std::vector<CallbackCost> out;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    std::map<std::string, OfKind> by_name;
    for (const auto& thread : threads_)
      by_name[by_thread ? thread->name : ""].add(thread->kinds[kind]);
    for (const auto& [name, of] : by_name) {
      if (of.cost.count() == 0) continue;
      CallbackCost& cost = out.emplace_back(cost_of(of, tick));
      cost.kind = kKindNames[kind];
      cost.thread = name;
    }
  }
  return out;
}

double CallbackMeter::clock_step() const {
  std::array<std::uint64_t, 1000> readings;
  for (std::uint64_t& reading : readings) reading = __rdtsc();
  Histogram apart;
  for (std::size_t i = 1; i < readings.size(); ++i) apart.add(readings[i] - readings[i - 1]);
  return static_cast<double>(apart.quantile(0.5)) * nanoseconds_per_tick();
}

}  // namespace surisim::cli
