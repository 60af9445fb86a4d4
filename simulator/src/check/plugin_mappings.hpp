// The memory that plugins have mapped themselves (mmap), which may hold pointers to their blocks.
//
// When:    from Memory::start() to stop().
// Owner:   Memory.
// Threads: any, also inside mmap.
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

}  // namespace surisim::check
