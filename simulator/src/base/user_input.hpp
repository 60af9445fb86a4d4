// What users give: numbers, names and files of text, and the sentences that refuse what is wrong
// about them, so that each mistake is worded once.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim::base {

// What was given, as a sentence repeats it: at most 80 bytes of it, cut between characters.
std::string shown(std::string_view given);

// "expected a whole number from 1 to 16,384, got \"four\"".
std::string expected_count(std::uint64_t least, std::uint64_t most, std::string_view given);

// From 0 to 1, and not -0.
bool is_share(double value);
// "expected a share from 0 to 1, got \"half\"".
std::string expected_share(std::string_view given);

// What `file` holds: a regular file, or a pipe that somebody writes to, which is read to its end.
// `what` is what is expected, as in "a YAML file". Errors (invalid_option): no such file, a
// directory, more than 64 MiB, or a FIFO that nobody has begun to write to within a second.
expected<std::string> read_text_file(const std::string& file, const std::string& what);

}  // namespace surisim::base
