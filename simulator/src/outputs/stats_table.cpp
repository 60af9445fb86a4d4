// Lays counters out as Suricata does: in the order of their numbers, totals first, then a row for
// each thread that has counters. A record without a name: that thread does not have the counter.
// For each time that statistics are written.
#include "outputs/stats_table.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace surisim::engine {

namespace {

StatsRecord record_of(const CounterInfo& counter, const char* thread, std::int64_t value) {
  const char* const name = counter.name.c_str();
  const char* const dot = std::strrchr(name, '.');
  return {.name = name,
          .short_name = dot == nullptr ? nullptr : dot + 1,
          .tm_name = thread,
          .value = value,
          .pvalue = 0};
}

}  // namespace

CounterTable::CounterTable(std::vector<CounterInfo> counters, time_t started)
    : counters_(std::move(counters)) {
  const auto row_of = [this](const std::string& thread) {
    const auto known = std::find(threads_.begin(), threads_.end(), thread);
    if (known != threads_.end()) return static_cast<std::size_t>(known - threads_.begin());
    threads_.push_back(thread);
    return threads_.size() - 1;
  };
  for (const CounterInfo& counter : counters_) {
    for (const CounterInfo::OfThread& of : counter.threads) row_of(of.thread);
  }
  const std::size_t global = row_of("Global");
  of_threads_.resize(threads_.size() * counters_.size());
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const CounterInfo& counter = counters_[i];
    totals_.push_back(record_of(counter, "Total", counter.value));
    const auto put = [&](std::size_t row, std::int64_t value) {
      of_threads_[row * counters_.size() + i] = record_of(counter, threads_[row].c_str(), value);
    };
    for (const CounterInfo::OfThread& of : counter.threads) put(row_of(of.thread), of.value);
    if (counter.threads.empty()) put(global, counter.value);
  }
  table_ = {.stats = totals_.data(),
            .tstats = of_threads_.data(),
            .nstats = static_cast<std::uint32_t>(totals_.size()),
            .ntstats = static_cast<std::uint32_t>(threads_.size()),
            .start_time = started,
            .ts = {}};
}

}  // namespace surisim::engine
