// The memory that plugins have mapped themselves: what they keep there is known to nobody else.
//
// When:    as long as allocations are watched (Memory).
// Threads: any, inside mmap too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/mutex.hpp"
#include "trace/handover.hpp"

namespace surisim::check {

inline constexpr std::size_t kPage = 4096;  // bytes

// Pages without a gap; the address after the last.
struct Pages {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

class Mappings {
 public:
  // Sizes are in bytes, and count whole pages as the kernel's do. [any thread]
  void note(std::uintptr_t start, std::size_t size);
  // True: some of it had been noted. [any thread]
  bool forget(std::uintptr_t start, std::size_t size);
  // What is in memory now; no more than `most` pages. Of a reservation that is larger than all
  // memory this is little. [any thread]
  std::vector<Pages> resident(std::size_t most) const;

 private:
  mutable engine::SpinLock lock_;
  // By start; no two overlap.
  std::map<std::uintptr_t, std::uintptr_t> ends_ SURISIM_GUARDED_BY(lock_);
};

}  // namespace surisim::check
