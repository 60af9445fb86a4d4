// Explores with several processes at once: each runs a share of the schedules, as if it were on a
// machine of its own, and the shares are merged.
//
// When:    for one exploration.
// Owner:   the caller. All processes are gone when it returns.
// Threads: main, which must be the only one, as it forks.
#pragma once

#include <cstdint>
#include <functional>

#include "arguments.hpp"
#include "explore_report.hpp"

namespace surisim::cli {

// What has been done so far.
struct ExploreCounts {
  std::uint64_t run = 0;  // schedules
  std::uint64_t orders = 0;
  std::uint64_t findings = 0;
};

// One share, in this process.
Explored explore_here(const ExploreArguments& arguments,
                      const std::function<void(const ExploreCounts&)>& progress);
// arguments.jobs shares of this share. `progress` gets the sums; orders and findings of several
// processes may be the same. Throws what a process has thrown that could not do its part.
Explored explore_in_jobs(const ExploreArguments& arguments,
                         const std::function<void(const ExploreCounts&)>& progress);

}  // namespace surisim::cli
