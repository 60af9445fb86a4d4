// Keeps the ranges that plugins have mapped, and finds which of their pages are in memory; and asks
// the C library's malloc for the address of its lists, which a free block has.
#include "check/leak_roots.hpp"

#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "abi/allocations.hpp"
#include "base/safe_read.hpp"

namespace surisim::check {
namespace {

// The whole pages that a call covers.
std::uintptr_t begin_of(std::uintptr_t start) { return start & ~(kPage - 1); }
std::uintptr_t end_of(std::uintptr_t start, std::size_t size) {
  return begin_of(start + size + kPage - 1);
}

// Pages that were never touched are not read: that would allocate them in a shared mapping.
bool find_resident(std::uintptr_t start, std::size_t count, unsigned char* resident) {
  return ::mincore(reinterpret_cast<void*>(start), count * kPage, resident) == 0;
}

// Collects pages in memory, of one range after the other.
class ResidentPages {
 public:
  explicit ResidentPages(std::size_t most) : most_(most) {}

  // False: there are as many as may be.
  bool add(Pages range) {
    for (std::uintptr_t at = range.begin; at < range.end; at += kAtOnce * kPage) {
      const std::size_t count = std::min((range.end - at) / kPage, kAtOnce);
      // False: it has a hole, made without a call that was seen.
      const bool whole = find_resident(at, count, is_there_.data());
      if (!whole && (torn_ += count) > kMostTorn) continue;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uintptr_t page = at + i * kPage;
        if (!whole && !find_resident(page, 1, &is_there_[i])) continue;
        if ((is_there_[i] & 1) == 0) continue;
        if (most_-- == 0) return false;
        if (found_.empty() || found_.back().end != page) found_.push_back({page, page});
        found_.back().end += kPage;
      }
    }
    return true;
  }

  std::vector<Pages> take() { return std::move(found_); }

 private:
  static constexpr std::size_t kAtOnce = 16384;
  static constexpr std::size_t kMostTorn = 16 * kAtOnce;  // pages that are looked at one by one

  std::size_t most_;
  std::size_t torn_ = 0;
  std::vector<Pages> found_;
  std::array<unsigned char, kAtOnce> is_there_;
};

}  // namespace

std::vector<Pages> resident_pages(Pages range, std::size_t most) {
  ResidentPages resident(most);
  resident.add({begin_of(range.begin), end_of(range.end, 0)});
  return resident.take();
}

void Mappings::note(std::uintptr_t start, std::size_t size) {
  forget(start, size);
  const std::uintptr_t end = end_of(start, size);
  start = begin_of(start);
  if (start >= end) return;
  const MutexLock lock(lock_);
  ends_[start] = end;
}

bool Mappings::forget(std::uintptr_t start, std::size_t size) {
  const std::uintptr_t end = end_of(start, size);
  start = begin_of(start);
  if (start >= end) return false;
  const MutexLock lock(lock_);
  auto at = ends_.upper_bound(start);
  if (at != ends_.begin() && std::prev(at)->second > start) --at;
  bool known = false;
  while (at != ends_.end() && at->first < end) {
    const auto [its_start, its_end] = *at;
    at = ends_.erase(at);
    if (its_start < start) ends_[its_start] = start;
    if (its_end > end) ends_[end] = its_end;
    known = true;
  }
  return known;
}

std::vector<Pages> Mappings::resident(std::size_t most) const {
  ResidentPages resident(most);
  const MutexLock lock(lock_);
  for (const auto& [start, end] : ends_) {
    if (!resident.add({start, end})) break;
  }
  return resident.take();
}

// Asks the C library's malloc for the address of its lists: a free block has it.

Range lists_of_free_memory() {
  if (abi::frees_at_once()) return {};
  // Too large for a thread's own cache and for the fast lists. The guard keeps the block from the
  // end of the heap, so that it goes to the first list when it is freed; its second word then leads
  // two words before that list.
  constexpr std::size_t kListed = 4000;
  void* const block = std::malloc(kListed);
  void* volatile guard = std::malloc(kListed);  // volatile: or it would be left out
  // volatile: what follows is no use of a freed block to a compiler.
  const volatile auto at = reinterpret_cast<std::uintptr_t>(block);
  std::free(block);
  std::array<std::uintptr_t, 2> links{};
  const std::size_t read =
      base::read_memory(reinterpret_cast<const void*>(at), links.data(), sizeof(links));
  std::free(guard);
  Dl_info lists{};
  Dl_info library{};
  if (read < sizeof(links) || ::dladdr(reinterpret_cast<const void*>(links[1]), &lists) == 0 ||
      ::dladdr(reinterpret_cast<const void*>(&::dladdr), &library) == 0 ||
      lists.dli_fbase != library.dli_fbase)
    return {};
  constexpr std::uintptr_t kFastLists = 10 * sizeof(void*);
  constexpr std::uintptr_t kLists = std::uintptr_t{127} * 2 * sizeof(void*);
  return {links[1] - kFastLists, links[1] + 2 * sizeof(void*) + kLists};
}

}  // namespace surisim::check
