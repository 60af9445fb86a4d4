// The options that a golden file was recorded with, as words of a command line.
//
// When:    while the command line of surisim verify is parsed.
// Owner:   values.
// Threads: main.
#pragma once

#include <string>
#include <vector>

#include "surisim/golden.hpp"

namespace surisim::cli {

// Throws UsageError if the file cannot be read, or has a line that does not belong in a golden
// file.
Lifecycle read_golden(const std::string& file);

// The golden file's options as words, without those that are in `given`.
std::vector<std::string> words_of(const Lifecycle& golden, const std::vector<std::string>& given);

}  // namespace surisim::cli
