// Reads memory that may not be mapped, without crashing.
//
// When:    at any time, for any address.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>

namespace surisim::base {

// Reads a string without trusting the pointer, at most about 4 KiB of it. Empty for NULL and for
// unreadable memory.
std::string read_string(const char* text);

// The beginning of a text of more than kExtremeText bytes, of which copies would take noticeable
// time, and its length; empty for shorter ones, and for NULL. Trusts the pointer.
std::string cut_if_extreme(const char* text);
inline constexpr std::size_t kExtremeText = std::size_t{64} << 10;

// Copies as many of `size` bytes as can be read, at most 64 KiB; returns how many. [any thread]
std::size_t read_memory(const void* from, void* to, std::size_t size);

}  // namespace surisim::base
