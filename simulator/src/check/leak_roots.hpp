// Where the search for lost memory looks for pointers, and where it does not: the memory that
// plugins have mapped themselves (mmap), and the C library's lists of free memory.
//
// When:    mappings from Memory::start() to stop(); the lists at the end of a run, for each search.
// Owner:   Memory; the lists are the C library's.
// Threads: mappings any, also inside mmap; the lists the program's first: others may use lists of
//          their own, which stand elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/mutex.hpp"
#include "trace/handover.hpp"

namespace surisim::check {

inline constexpr std::size_t kPage = 4096;  // bytes

// A run of pages; `end` is the address after the last one.
struct Pages {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// The pages of `range` that are in physical memory now, `most` at most. [any thread]
std::vector<Pages> resident_pages(Pages range, std::size_t most);

class Mappings {
 public:
  // Sizes are in bytes and are rounded up to whole pages, as by the kernel.
  void note(std::uintptr_t start, std::size_t size);
  // True: some of it had been noted.
  bool forget(std::uintptr_t start, std::size_t size);
  // The pages that are in physical memory now, `most` at most. Of a huge reservation these are few.
  std::vector<Pages> resident(std::size_t most) const;

 private:
  mutable engine::SpinLock lock_;
  // By start, without overlaps.
  std::map<std::uintptr_t, std::uintptr_t> ends_ SURISIM_GUARDED_BY(lock_);
};

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// Where the C library keeps its lists of free memory: those that stand in its data. What is there
// are no pointers of a program's, but many look so: they lead to the last word of blocks before
// free memory, and, when old, into blocks in use. Empty if they were not found, as with another
// malloc.
Range lists_of_free_memory();

}  // namespace surisim::check
