#include "check/reach.hpp"
#include "base/safe_read.hpp"

#include <link.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

// Other people's memory is read word by word, whatever it is: no business of a sanitizer's.
#define SURISIM_READS_ANYTHING __attribute__((no_sanitize_address, no_sanitize_thread))

namespace surisim::check {

namespace {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

int add_ranges(dl_phdr_info* info, std::size_t, void* to) {
  auto& ranges = *static_cast<std::vector<Range>*>(to);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0) {
      const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
      ranges.push_back({begin, begin + segment.p_memsz});
    } else if (segment.p_type == PT_TLS && info->dlpi_tls_data != nullptr) {
      const auto begin = reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data);
      ranges.push_back({begin, begin + segment.p_memsz});
    }
  }
  return 0;
}

Range stack_from_here() {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  void* lowest = nullptr;
  std::size_t size = 0;
  ::pthread_attr_getstack(&attributes, &lowest, &size);
  ::pthread_attr_destroy(&attributes);
  return {reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)),
          reinterpret_cast<std::uintptr_t>(lowest) + size};
}

class Marker {
 public:
  explicit Marker(const std::vector<Block>& blocks)
      : blocks_(blocks), marked_(blocks.size()), order_(blocks.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&blocks](std::size_t a, std::size_t b) {
      return blocks[a].start < blocks[b].start;
    });
    if (blocks.empty()) return;
    const Block& last = blocks[order_.back()];
    span_ = {blocks[order_.front()].start, last.start + std::max<std::size_t>(last.size, 1)};
  }

  void mark(std::size_t block) {
    if (marked_[block]) return;
    marked_[block] = true;
    to_scan_.push_back(block);
  }

  SURISIM_READS_ANYTHING void scan(Range range) {
    constexpr std::uintptr_t kWord = sizeof(void*);
    for (std::uintptr_t at = (range.begin + kWord - 1) & ~(kWord - 1); at + kWord <= range.end;
         at += kWord) {
      mark_what_holds(*reinterpret_cast<const std::uintptr_t*>(at));
    }
  }

  // What may be protected, or unmapped at any time.
  void scan_copy_of(Pages pages) {
    constexpr std::size_t kAtOnce = 16 * kPage;
    std::array<std::uintptr_t, kAtOnce / sizeof(std::uintptr_t)> copy;
    const auto start = reinterpret_cast<std::uintptr_t>(copy.data());
    for (std::uintptr_t at = pages.begin; at < pages.end;) {
      const std::size_t got = base::read_memory(reinterpret_cast<const void*>(at), copy.data(),
                                                std::min<std::size_t>(pages.end - at, kAtOnce));
      scan({start, start + got});
      at += std::max<std::size_t>(got, kPage);
    }
  }

  std::vector<bool> finish() {
    while (!to_scan_.empty()) {
      const Block& block = blocks_[to_scan_.back()];
      to_scan_.pop_back();
      if (!block.freed) scan({block.start, block.start + block.size});
    }
    return std::move(marked_);
  }

 private:
  void mark_what_holds(std::uintptr_t address) {
    if (address < span_.begin || address >= span_.end) return;  // most words
    const auto after = std::upper_bound(
        order_.begin(), order_.end(), address,
        [this](std::uintptr_t wanted, std::size_t i) { return wanted < blocks_[i].start; });
    if (after == order_.begin()) return;
    const std::size_t candidate = *(after - 1);
    const Block& block = blocks_[candidate];
    if (address < block.start + std::max<std::size_t>(block.size, 1)) mark(candidate);
  }

  const std::vector<Block>& blocks_;
  std::vector<bool> marked_;
  std::vector<std::size_t> order_;  // by start
  Range span_;                      // of all blocks
  std::vector<std::size_t> to_scan_;
};

}  // namespace

std::vector<bool> reachable(const std::vector<Block>& blocks, bool stack,
                            const std::vector<Pages>& mapped) {
  std::size_t count = 0;
  for (const Pages& pages : mapped) count += (pages.end - pages.begin) / kPage;
  if (count > kMostPages) return std::vector<bool>(blocks.size(), true);

  Marker marker(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (block.holders > 0 || !(block.may_leak || block.was_value)) marker.mark(i);
  }
  std::vector<Range> ranges;
  ::dl_iterate_phdr(add_ranges, &ranges);
  if (stack) ranges.push_back(stack_from_here());
  for (const Range& range : ranges) marker.scan(range);
  for (const Pages& pages : mapped) marker.scan_copy_of(pages);
  return marker.finish();
}

std::vector<bool> reachable_from_lost_values(const std::vector<Block>& blocks,
                                             const std::vector<bool>& reached) {
  Marker marker(blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (!reached[i] && !block.freed && block.holders == 0 && (block.was_value || block.reported))
      marker.mark(i);
  }
  return marker.finish();
}

}  // namespace surisim::check
