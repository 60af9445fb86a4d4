// The table of counters that loggers of statistics get.
//
// When:    made for each time that statistics are written.
// Owner:   the caller; the table's pointers are valid as long as it.
// Threads: any.
// Source:  output-stats.h, counters.c (StatsOutput).
#pragma once

#include <suricata/output-stats.h>

#include <string>
#include <vector>

#include "surisim/summary.hpp"

namespace surisim::engine {

class CounterTable {
 public:
  // `started`: when outputs were set up, seconds since 1970.
  CounterTable(std::vector<CounterInfo> counters, time_t started);
  CounterTable(const CounterTable&) = delete;
  CounterTable& operator=(const CounterTable&) = delete;

  const StatsTable& table() const { return table_; }

 private:
  const std::vector<CounterInfo> counters_;
  std::vector<std::string> threads_;  // in order; global counters' is the last
  std::vector<StatsRecord> totals_;
  std::vector<StatsRecord> of_threads_;  // a row of all counters for each thread
  StatsTable table_{};
};

}  // namespace surisim::engine
