// Tracks the ranges that plugins have mapped, finds pages that are in physical memory, and the C
// library's lists of free memory.
#include "check/leak_roots.hpp"

#include <dlfcn.h>
#include <pthread.h>
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

// Finds the pages that may be read: reading an untouched page of a shared mapping would allocate
// it.
bool find_resident(std::uintptr_t start, std::size_t count, unsigned char* resident) {
  return ::mincore(reinterpret_cast<void*>(start), count * kPage, resident) == 0;
}

// Collects the pages of several ranges that are in physical memory.
class ResidentPages {
 public:
  explicit ResidentPages(std::size_t most) : most_(most) {}

  // False: `most` is reached.
  bool add(Range range) {
    for (std::uintptr_t at = range.begin; at < range.end; at += kAtOnce * kPage) {
      const std::size_t count = std::min((range.end - at) / kPage, kAtOnce);
      // Not whole: it has a hole, made by a call that was not seen.
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

  std::vector<Range> take() { return std::move(found_); }

 private:
  static constexpr std::size_t kAtOnce = 16384;
  static constexpr std::size_t kMostTorn = 16 * kAtOnce;  // pages to look at one by one

  std::size_t most_;
  std::size_t torn_ = 0;
  std::vector<Range> found_;
  std::array<unsigned char, kAtOnce> is_there_;
};

}  // namespace

std::vector<Range> resident_pages(Range range, std::size_t most) {
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
    const auto [old_start, old_end] = *at;
    at = ends_.erase(at);
    if (old_start < start) ends_[old_start] = start;
    if (old_end > end) ends_[end] = old_end;
    known = true;
  }
  return known;
}

std::vector<Range> Mappings::resident(std::size_t most) const {
  ResidentPages resident(most);
  const MutexLock lock(lock_);
  for (const auto& [start, end] : ends_) {
    if (!resident.add({start, end})) break;
  }
  return resident.take();
}

Range this_threads_stack() {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  void* lowest = nullptr;
  std::size_t size = 0;
  ::pthread_attr_getstack(&attributes, &lowest, &size);
  ::pthread_attr_destroy(&attributes);
  const auto begin = reinterpret_cast<std::uintptr_t>(lowest);
  return {begin, begin + size};
}

// A free block contains pointers to the lists: frees one and reads it.
Range lists_of_free_memory() {
  if (abi::frees_at_once()) return {};
  // The block is too large for the thread's cache and the fast lists. The guard separates it from
  // the end of the heap, so that free() puts it into the first list; its second word then points
  // two words before that list.
  constexpr std::size_t kListed = 4000;
  void* const block = std::malloc(kListed);
  void* volatile guard = std::malloc(kListed);  // volatile, or the compiler removes it
  // volatile hides from the compiler that a freed block is read.
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
