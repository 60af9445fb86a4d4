// All schedules with one delay, then all with two, and so on: which comes next, and how far it is.
//
// When:    for an exploration with the strategy "delays".
// Owner:   the Plan.
// Threads: any; nothing is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace surisim::explore {

class DelaySearch {
 public:
  using Delays = std::vector<std::uint32_t>;  // ScheduleOptions::delays

  // Of `shards` equal shares of the first delays the `shard`-th, from 1.
  DelaySearch(std::uint64_t shard, std::uint64_t shards)
      : shard_(shard % shards), shards_(shards) {}

  // The delays of the next schedule, the same until it was run. Nothing: all have been run.
  std::optional<Delays> next() const;
  // It was run, had so many choices, and came to its end or not.
  void ran(std::uint64_t choices, bool to_its_end);
  // All schedules with so many delays have been run, and came to their ends. Nothing: not even
  // the one without any.
  std::optional<std::uint64_t> complete() const { return complete_; }

 private:
  struct Ran {
    Delays delays;
    std::uint32_t choices;
  };
  bool is_mine(std::uint32_t choice) const;
  void find_next();

  const std::uint64_t shard_, shards_;
  std::vector<Ran> parents_;   // with a delay less than those that are run now
  std::vector<Ran> finished_;  // with as many
  std::size_t parent_ = 0;
  std::uint32_t choice_ = 0;  // which is added to the parent's delays
  std::uint64_t delays_ = 0;  // of those that are run now
  bool is_over_ = false;
  bool gap_ = false;  // one did not come to its end: what would follow it is not known
  std::optional<std::uint64_t> complete_;
};

}  // namespace surisim::explore
