// Files of text that a user names: read whole, or refused in a sentence.
//
// Threads: any.
#pragma once

#include <string>

#include "surisim/error.hpp"

namespace surisim::base {

// What `file` holds: a regular file, or a pipe that somebody writes to, which is read to its end.
// `what` is what is expected, as in "a YAML file". Errors (invalid_option): no such file, a
// directory, more than 64 MiB, or a FIFO that nobody has begun to write to within a second.
expected<std::string> read_text_file(const std::string& file, const std::string& what);

}  // namespace surisim::base
