// Memory in which the search for leaks looks for pointers: what plugins have mapped (Mappings),
// this thread's stack; and memory that it skips: the C library's lists of free memory.
//
// When:    Mappings: from Memory::start() to stop(); the others at the end of a run.
// Owner:   Memory owns the Mappings.
// Threads: Mappings: any, also inside mmap. lists_of_free_memory(): the program's first thread; the
//          lists of other threads may be elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/mutex.hpp"
#include "trace/handover.hpp"

namespace surisim::check {

inline constexpr std::size_t kPage = 4096;  // bytes

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;  // the address after it
};

// The runs of pages of `range` that are in physical memory, at most `most` pages. [any thread]
std::vector<Range> resident_pages(Range range, std::size_t most);

class Mappings {
 public:
  // Sizes are in bytes, and are rounded up to whole pages as in the kernel.
  void note(std::uintptr_t start, std::size_t size);
  // Returns whether a part of it had been noted.
  bool forget(std::uintptr_t start, std::size_t size);
  // The mapped pages that are in physical memory, at most `most`. Of a huge reservation they are
  // few.
  std::vector<Range> resident(std::size_t most) const;

 private:
  mutable engine::SpinLock lock_;
  // By start, without overlaps.
  std::map<std::uintptr_t, std::uintptr_t> ends_ SURISIM_GUARDED_BY(lock_);
};

// The calling thread's stack; empty: unknown, as when the process is out of file descriptors.
Range this_threads_stack();

// The C library's lists of free memory, in its data. Their pointers lead to free memory or, if they
// are old, into blocks in use, and must not keep a block reachable. Empty if the lists were not
// found, as with another malloc.
Range lists_of_free_memory();

}  // namespace surisim::check
