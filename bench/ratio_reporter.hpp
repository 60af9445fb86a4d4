// Prints a table that compares each benchmark with the baseline of its group.
//
// When:    main() of a benchmark program.
// Owner:   none.
// Threads: main.
#pragma once

#include <string>
#include <vector>

namespace bench {

// A benchmark's name is group/variant, where the group may contain slashes. The table has, for each
// variant, the processor time of the fastest repetition, as other load on the machine can only add
// time. (For all repetitions use --benchmark_out=FILE.)
//
// `defaults`: flags of Google Benchmark, which the command line overrides. Returns the exit status.
int run_with_ratios(int argc, char** argv, std::vector<std::string> defaults,
                    const std::string& baseline);

}  // namespace bench
