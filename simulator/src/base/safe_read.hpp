// Memory that may not be there: read without a crash.
//
// When:    at any time, for any address.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>

namespace surisim::base {

// A plugin's string, read without trusting the pointer; at most 4 KiB of it. Empty for NULL and for
// memory that cannot be read.
std::string read_string(const char* text);

// Copies so much of `size` bytes, at most 64 KiB, as can be read; returns how many. [any thread]
std::size_t read_memory(const void* from, void* to, std::size_t size);

}  // namespace surisim::base
