// Measures two ways of doing the same alternately: A B, B A, A B, ..., so that other load on the
// machine affects both equally.
//
// When:    inside a Google Benchmark loop with UseManualTime().
// Owner:   the benchmark.
// Threads: one.
#pragma once

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace bench {

// Wall and processor time of one run, in seconds. Processor time is that of the process, which must
// do nothing else during a run.
struct Cost {
  double wall = 0;
  double cpu = 0;
};

inline double process_cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

template <class Run>
Cost cost_of(Run&& run) {
  const double cpu = process_cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {wall.count(), process_cpu_seconds() - cpu};
}

class Paired {
 public:
  // Runs both once, in alternating order. Returns the cost of `ours`.
  template <class Ours, class Floor>
  Cost measure(Ours&& ours, Floor&& floor) {
    const bool floor_first = ours_.size() % 2 == 1;
    if (floor_first) floor_.push_back(cost_of(floor));
    ours_.push_back(cost_of(ours));
    if (!floor_first) floor_.push_back(cost_of(floor));
    return ours_.back();
  }

  // Sets `ours_us` and `floor_us`, the median wall time divided by `each`; `ratio`, of those
  // medians; and `cpu_ratio`, of all processor time.
  void report(benchmark::State& state, double each) const {
    const double ours = median(ours_);
    const double floor = median(floor_);
    state.counters["ours_us"] = ours / each * 1e6;
    state.counters["floor_us"] = floor / each * 1e6;
    state.counters["ratio"] = ours / floor;
    state.counters["cpu_ratio"] = total_cpu(ours_) / total_cpu(floor_);
  }

 private:
  static double median(std::vector<Cost> costs) {
    const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
    std::nth_element(costs.begin(), middle, costs.end(),
                     [](const Cost& a, const Cost& b) { return a.wall < b.wall; });
    return middle->wall;
  }
  static double total_cpu(const std::vector<Cost>& costs) {
    double sum = 0;
    for (const Cost& cost : costs) sum += cost.cpu;
    return sum;
  }

  std::vector<Cost> ours_;
  std::vector<Cost> floor_;
};

}  // namespace bench
