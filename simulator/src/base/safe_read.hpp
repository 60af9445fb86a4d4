// Reads memory that may be unmapped, without crashing; and a plugin's machine code as it was before
// translation replaced it.
//
// When:    at any time, for any address; set_original_code() before code is replaced.
// Owner:   results are copies.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace surisim::base {

// Reads a string without trusting the pointer, at most about 4 KiB of it. Empty for NULL and for
// unreadable memory.
std::string read_string(const char* text);

// Shortens a string of more than kExtremeText bytes, which would take noticeable time to copy: its
// beginning, and its length. Empty for shorter strings, and for NULL. Trusts the pointer.
std::string cut_if_extreme(const char* text);
inline constexpr std::size_t kExtremeText = std::size_t{64} << 10;

// Copies as many of `size` bytes as can be read, at most 64 KiB; returns how many. [any thread]
std::size_t read_memory(const void* from, void* to, std::size_t size);

// The same for machine code, with the original bytes where code has been replaced.
std::size_t read_code(const void* from, void* to, std::size_t size);

// Copies the original bytes of replaced code; returns 0 if this code has not been replaced.
using OriginalCode = std::size_t (*)(std::uintptr_t from, void* to, std::size_t size);
// Called by whoever replaces code; nullptr: no code is replaced any more.
void set_original_code(OriginalCode original);

}  // namespace surisim::base
