// Adds up the counters of all threads over all lifecycles, and writes the sums into a Summary.
//
// When:    add…() once for each thread that has ended (on a copy, at any time); then write().
// Owner:   the Engine.
// Threads: [creator]
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "surisim/instructions.hpp"
#include "surisim/summary.hpp"
#include "threads/tm_threads.hpp"

namespace surisim::engine {

class Tally {
 public:
  // Adds an OS thread's counters.
  void add(const Context& context, bool flow_worker);
  // The same, and a row of the report's threads, which are the last lifecycle's.
  void add_thread(const Thread& thread);
  void start_lifecycle() { threads_.clear(); }
  // Counts a value on a command thread, which is never freed (L27).
  void keep(std::size_t thread_slot);

  void write(Summary& summary, bool exited) const;
  void write(InstructionCounts& counts) const;

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
  // By kind, as CallbackCounts has them, and thread: calls by their instructions.
  std::map<std::pair<std::size_t, std::string>, std::map<std::uint64_t, std::uint64_t>>
      instructions_;
  std::vector<ThreadSummary> threads_;
  FlowSummary flows_;
  Summary sums_;  // its plain counts
};

}  // namespace surisim::engine
