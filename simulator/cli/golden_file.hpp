// A golden file that a command line names, and the options that come out of it.
#pragma once

#include <string>
#include <vector>

#include "surisim/golden.hpp"

namespace surisim::cli {

// Throws UsageError: no such file, or a line that is none of a golden file's.
Lifecycle read_golden(const std::string& file);

// The golden file's options as words of a command line, without those of `given` that may be given
// several times: giving one replaces all.
std::vector<std::string> words_of(const Lifecycle& golden, const std::vector<std::string>& given);

}  // namespace surisim::cli
