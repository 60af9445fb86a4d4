// Measures what a plugin's callbacks cost, without changing it. Callbacks run in the order of their
// registration (L8), so two measuring plugins before the author's plugins and one after them read
// the clock. The time between the first two is the overhead of measuring, which is subtracted.
//
// When:    add_before(), then the author's plugins, then add_after(); the results after the run.
// Owner:   the caller; must outlive the Runtime.
// Threads: each thread measures its own callbacks; results() when all others have ended.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "suricata/threadvars.h"
#include "surisim/runtime.hpp"

namespace surisim::cli {

// Hardware counters of the calling thread.
struct PerfCounts {
  std::uint64_t instructions = 0;
  std::uint64_t cache_misses = 0;
};

// Counts in user mode, on the thread that constructed it. read() returns nullopt if there are no
// counters, as in many virtual machines, or if the system forbids them
// (kernel.perf_event_paranoid).
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

// A histogram of numbers of any size, with a precision of three percent.
class Histogram {
 public:
  void add(std::uint64_t number);
  void add(const Histogram& other);
  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  // The smallest number such that this share of all numbers is not above it; 0 if empty.
  std::uint64_t quantile(double share) const;
  // Numbers, rounded down, and how often they were added; ascending.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> counts() const;
  // The mean without the largest one percent, which was measured while the system was busy.
  double trimmed_mean() const;

 private:
  static std::size_t bucket_of(std::uint64_t number);
  static std::uint64_t lowest_in(std::size_t bucket);
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;  // exact
};

// The cost of one kind of callback on one thread: of all plugins' callbacks of that kind together,
// in all thread lifecycles of the run.
struct CallbackCost {
  std::string kind;
  std::string thread;
  std::uint64_t calls = 0;
  double min = 0, median = 0, mean = 0, p99 = 0;  // nanoseconds
  double usual = 0;  // the mean without the most expensive percent, for comparing runs
  std::vector<std::pair<double, std::uint64_t>> distribution;  // nanoseconds, and how many calls
  double instructions = -1, cache_misses = -1;  // per call, on average; -1: not counted
};

class CallbackMeter {
 public:
  static constexpr std::size_t kKinds = 5;

  // `counters`: also read the hardware counters. As this takes longer than many callbacks do, the
  // times of such a run are meaningless.
  explicit CallbackMeter(bool counters);
  CallbackMeter(const CallbackMeter&) = delete;
  CallbackMeter& operator=(const CallbackMeter&) = delete;
  ~CallbackMeter();

  expected<void> add_before(Runtime& runtime);
  expected<void> add_after(Runtime& runtime);
  // By kind, then by the thread's name; threads of several lifecycles have the same names.
  // Without `by_thread` all threads are added up, without a name.
  std::vector<CallbackCost> results(bool by_thread = true) const;
  // The time between two consecutive readings of the clock, in nanoseconds.
  double clock_step() const;

 private:
  struct Probe;
  struct OfKind;
  struct PerThread;
  CallbackCost cost_of(const OfKind& of, double tick) const;
  void add_probe(std::size_t place);
  void read_clock(std::size_t kind, std::size_t place, const ThreadVars* tv);
  PerThread& mine(const ThreadVars* tv);
  double nanoseconds_per_tick() const;

  const bool counters_;
  const std::uint64_t id_;
  std::uint64_t ticks_at_start_;
  double seconds_at_start_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<PerThread>> threads_ SURISIM_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Probe>> probes_;
};

}  // namespace surisim::cli
