// Finds where the C library keeps its lists of free memory.
//
// When:    at the end of a run, for each search for lost memory.
// Owner:   the C library.
// Threads: the program's first: others may use lists of their own, which stand elsewhere.
#pragma once

#include <cstdint>

namespace surisim::check {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// The lists that stand in the C library's data. What is there are no pointers of a program's, but
// many look so: they lead to the last word of blocks before free memory, and, when old, into blocks
// in use. Empty if they were not found, as with another malloc.
Range lists_of_free_memory();

}  // namespace surisim::check
