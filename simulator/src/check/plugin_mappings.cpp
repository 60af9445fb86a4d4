// Keeps the ranges that plugins have mapped, and finds which of their pages are in memory.
#include "check/plugin_mappings.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <iterator>

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

}  // namespace

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
  constexpr std::size_t kAtOnce = 16384;
  constexpr std::size_t kMostTorn = 16 * kAtOnce;  // pages that are looked at one by one
  std::size_t torn = 0;
  std::vector<Pages> found;
  std::array<unsigned char, kAtOnce> is_there;
  const MutexLock lock(lock_);
  for (const auto& [start, end] : ends_) {
    for (std::uintptr_t at = start; at < end; at += kAtOnce * kPage) {
      const std::size_t count = std::min((end - at) / kPage, kAtOnce);
      // False: it has a hole, made without a call that was seen.
      const bool whole = find_resident(at, count, is_there.data());
      if (!whole && (torn += count) > kMostTorn) continue;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uintptr_t page = at + i * kPage;
        if (!whole && !find_resident(page, 1, &is_there[i])) continue;
        if ((is_there[i] & 1) == 0) continue;
        if (most-- == 0) return found;
        if (found.empty() || found.back().end != page) found.push_back({page, page});
        found.back().end += kPage;
      }
    }
  }
  return found;
}

}  // namespace surisim::check
