// A table of how each benchmark compares with the baseline of its group.
//
// When:    main() of a benchmark program.
// Owner:   nobody.
// Threads: main.
#pragma once

#include <string>
#include <vector>

namespace bench {

// A benchmark's name is group/variant, where the group may have slashes too. The table gives, for
// each variant, processor time of the fastest repetition: what else the machine does can only add
// to it. (All there is to know of every repetition: --benchmark_out=FILE.)
//
// `defaults` are Google Benchmark's flags, which those on the command line override. Returns main's
// exit status.
int run_with_ratios(int argc, char** argv, std::vector<std::string> defaults,
                    const std::string& baseline);

}  // namespace bench
