// Reads memory that may not be mapped, without crashing; and machine code as its file has it,
// though a plugin's may have been replaced while it runs translated.
//
// When:    at any time, for any address; set_original_code() before code is replaced.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
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

// As read_memory().
std::size_t read_code(const void* from, void* to, std::size_t size);

// Copies what was at an address before it was replaced; 0: it has not been.
using OriginalCode = std::size_t (*)(std::uintptr_t from, void* to, std::size_t size);
// Who replaces code says how to read it; nullptr: no code is replaced any more.
void set_original_code(OriginalCode original);

}  // namespace surisim::base
