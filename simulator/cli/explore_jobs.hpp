// Explores in this process, or with several processes at once (--jobs): each runs a share of the
// schedules, and the shares are merged as by surisim merge.
//
// When:    once in surisim explore.
// Owner:   the caller. All processes have ended when a function returns.
// Threads: main, which must be the only one, as it forks.
#pragma once

#include <cstdint>
#include <functional>

#include "arguments.hpp"
#include "explore_report.hpp"

namespace surisim::cli {

// The progress so far.
struct ExploreCounts {
  std::uint64_t run = 0;  // schedules
  std::uint64_t orders = 0;
  std::uint64_t findings = 0;
};

// Explores one share in this process.
Explored explore_here(const ExploreArguments& arguments,
                      const std::function<void(const ExploreCounts&)>& progress);
// Divides the share into arguments.jobs shares. `progress` gets sums, in which equal orders and
// findings of several processes count more than once. Throws what a process has thrown.
Explored explore_in_jobs(const ExploreArguments& arguments,
                         const std::function<void(const ExploreCounts&)>& progress);

}  // namespace surisim::cli
