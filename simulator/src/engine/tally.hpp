// Adds up what threads counted, over all lifecycles, into a Summary.
//
// When:    add…() once for each thread that has ended, or of a copy at any time; then write().
// Owner:   the Engine.
// Threads: [creator]
#pragma once

#include <map>
#include <string>
#include <vector>

#include "surisim/summary.hpp"
#include "threads/tm_threads.hpp"

namespace surisim::engine {

class Tally {
 public:
  // What an OS thread has counted.
  void add(const Context& context, bool flow_worker);
  // The same, and a line of the last lifecycle's threads.
  void add_thread(const Thread& thread);
  void start_lifecycle() { threads_.clear(); }
  // A value that a command thread keeps for good (L27).
  void keep(std::size_t thread_slot);

  void write(Summary& summary, bool exited) const;

 private:
  struct Values {
    std::uint64_t made = 0, freed = 0, taken = 0, kept = 0;
    std::vector<ValueSummary::On> on;
  };
  static void add_values(std::vector<Values>& into, const std::vector<ValueCounters>& from,
                         const std::string& os_name);
  static void write_values(Summary& summary, const std::vector<Values>& values, StorageEnum type);

  std::vector<Values> thread_values_;  // by slot id
  std::vector<Values> flow_values_;
  std::vector<ThreadSummary> threads_;
  FlowSummary flows_;
  Summary sums_;  // its plain counts
};

}  // namespace surisim::engine
