// What a plugin's callbacks cost, measured from outside: callbacks run in the order of their
// registration (L8), so two plugins of our own before the author's and one behind it see each
// moment between. What lies between our own two is the cost of measuring, and is subtracted.
//
// When:    add_before(), the author's plugins, add_behind(); the results after the run.
// Owner:   the caller, for longer than the Runtime.
// Threads: measures on each thread for itself; results from one thread, when no other is left.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "suricata/threadvars.h"
#include "surisim/runtime.hpp"

namespace surisim::cli {

// The processor's own counters for the calling thread, where the machine has them.
struct PerfCounts {
  std::uint64_t instructions = 0;
  std::uint64_t cache_misses = 0;
};

// Counts in user mode, on the thread that made it. Virtual machines often have no counters, and a
// system may forbid them (kernel.perf_event_paranoid): read() then gives nothing.
class PerfCounters {
 public:
  PerfCounters();
  PerfCounters(const PerfCounters&) = delete;
  PerfCounters& operator=(const PerfCounters&) = delete;
  ~PerfCounters();

  std::optional<PerfCounts> read() const;

 private:
  int group_ = -1;
  int misses_ = -1;
};

// Numbers with three percent of precision, whatever their size.
class Histogram {
 public:
  void add(std::uint64_t number);
  void add(const Histogram& other);
  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  // The number that this share of all is not above; 0 when there is none.
  std::uint64_t quantile(double share) const;
  // The mean of all but the largest hundredth, in which the system was busy with something else.
  double usual() const;

 private:
  static std::size_t bucket_of(std::uint64_t number);
  static std::uint64_t least_in(std::size_t bucket);
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;  // of the numbers as they came
};

// One kind of callback on one thread: all the plugins' callbacks of that kind together, in all the
// run's thread lifecycles.
struct CallbackCost {
  std::string kind;
  std::string thread;
  std::uint64_t calls = 0;
  double least = 0, median = 0, mean = 0, p99 = 0;  // nanoseconds
  double instructions = -1, cache_misses = -1;      // of one call, on average; -1: not counted
};

class CallbackMeter {
 public:
  static constexpr std::size_t kKinds = 5;

  // `counters`: read the processor's counters too. That takes longer than many a callback does, so
  // times measured then are worth nothing.
  explicit CallbackMeter(bool counters);
  CallbackMeter(const CallbackMeter&) = delete;
  CallbackMeter& operator=(const CallbackMeter&) = delete;
  ~CallbackMeter();

  expected<void> add_before(Runtime& runtime);
  expected<void> add_behind(Runtime& runtime);
  std::vector<CallbackCost> results() const;
  // How far apart two readings of the clock are, one after the other, in nanoseconds.
  double clock_step() const;

 private:
  struct Station;
  struct OfKind;
  struct PerThread;
  CallbackCost cost_of(const OfKind& of, double tick) const;
  void add_station(std::size_t place);
  void pass(std::size_t kind, std::size_t place, const ThreadVars* tv);
  PerThread& mine(const ThreadVars* tv);
  double nanoseconds_of_a_tick() const;

  const bool counters_;
  const std::uint64_t id_;
  std::uint64_t ticks_at_start_;
  double seconds_at_start_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<PerThread>> threads_ SURISIM_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Station>> stations_;
};

}  // namespace surisim::cli
