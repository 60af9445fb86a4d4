// User input: text files, and the messages that reject wrong numbers and names, each worded once.
//
// When:    at any time.
// Threads: any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "surisim/error.hpp"

namespace surisim::base {

// The input as messages quote it: at most 80 bytes, cut between characters.
std::string shown(std::string_view given);

// The name that `text` most likely stands for; empty if none is similar.
std::string_view closest(std::string_view text, std::span<const std::string_view> names);

// "expected a whole number from 1 to 16,384, got \"four\"".
std::string expected_count(std::uint64_t least, std::uint64_t most, std::string_view given);

// True for 0 to 1, except -0.
bool is_share(double value);
// "expected a share from 0 to 1, got \"half\"".
std::string expected_share(std::string_view given);

// "" if it is unknown.
std::string current_directory();
// The path of `name` relative to `directory`; `name` itself if it is absolute or `directory` is "".
std::string in_directory(const std::string& directory, const std::string& name);

// The contents of `file`: a regular file, or a pipe, which is read to its end. `what` is expected,
// as in "a YAML file". Errors (invalid_option): no such file, a directory, more than 64 MiB, or a
// FIFO without a writer within a second.
expected<std::string> read_text_file(const std::string& file, const std::string& what);

}  // namespace surisim::base
