// Reads machine code of this process as its file has it: a plugin's may have been replaced while it
// runs translated.
//
// When:    at any time, for any address; set_original_code() before code is replaced.
// Owner:   values.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

namespace surisim::base {

// As read_memory().
std::size_t read_code(const void* from, void* to, std::size_t size);

// Copies what was at an address before it was replaced; 0: it has not been.
using OriginalCode = std::size_t (*)(std::uintptr_t from, void* to, std::size_t size);
// Who replaces code says how to read it; nullptr: no code is replaced any more.
void set_original_code(OriginalCode original);

}  // namespace surisim::base
