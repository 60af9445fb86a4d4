// Adds up what threads counted, over all lifecycles, into a Summary.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "surisim/summary.hpp"
#include "threads/tm_threads.hpp"

namespace surisim::engine {

class Tally {
 public:
  // Counts of an OS thread that will count no more (or copies what it has counted so far).
  void add(const Context& context, bool flow_worker);
  // One line of the last lifecycle's threads.
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
