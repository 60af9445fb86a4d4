// Packs and unpacks entries of plain blocks, and maps the memory for them.
#include "check/blocks.hpp"

#include <sys/mman.h>

#include <algorithm>

#include "abi/allocations.hpp"

namespace surisim::check {
namespace {

// Zeroed memory. Only pages that are written take memory.
template <class Type>
Type* map_zeroed() {
  void* const memory = ::mmap(nullptr, sizeof(Type), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Type*>(memory);
}

// What `pointer` points to; maps it if it is null.
template <class Type>
Type* at_or_new(std::atomic<Type*>& pointer) {
  Type* known = pointer.load(std::memory_order_acquire);
  if (known != nullptr) return known;
  Type* const made = map_zeroed<Type>();
  if (made == nullptr || pointer.compare_exchange_strong(known, made)) return made;
  ::munmap(made, sizeof(Type));
  return known;
}

}  // namespace

void PlainBlocks::Entry::set_plain(std::uintptr_t start, const PlainBlock& block) noexcept {
  constexpr std::uint64_t kFlowBits = 40;
  words_[1].store(std::min(block.size, PlainBlock::kLargest) << 24 |
                      std::uint64_t{std::min(block.plugin, PlainBlock::kNoPlugin)} << 8 |
                      static_cast<std::uint64_t>(block.made_in),
                  std::memory_order_relaxed);
  words_[2].store(std::uint64_t{block.moment} << kFlowBits |
                      (block.flow & ((std::uint64_t{1} << kFlowBits) - 1)),
                  std::memory_order_relaxed);
  words_[0].store(reinterpret_cast<std::uint64_t>(block.caller) << 16 |
                      (block.must_be_freed ? 8U : 0U) | half_of(start) |
                      static_cast<std::uint64_t>(BlockKind::plain),
                  std::memory_order_release);
}

PlainBlock PlainBlocks::Entry::block() const noexcept {
  const std::uint64_t first = words_[0].load(std::memory_order_relaxed);
  const std::uint64_t second = words_[1].load(std::memory_order_relaxed);
  const std::uint64_t third = words_[2].load(std::memory_order_relaxed);
  PlainBlock block;
  block.size = second >> 24;
  block.caller = reinterpret_cast<const void*>(first >> 16);
  block.flow = third & ((std::uint64_t{1} << 40) - 1);
  block.plugin = static_cast<std::uint32_t>(second >> 8 & 0xffff);
  block.moment = static_cast<std::uint32_t>(third >> 40);
  block.made_in = static_cast<JournalCallback>(second & 0xff);
  block.must_be_freed = (first & 8) != 0;
  return block;
}

// Blocks of the C library are at least 32 bytes apart, those of a sanitizer may be 16.
PlainBlocks::PlainBlocks() : closest_(abi::frees_at_once() ? kClosest : 5) {}

PlainBlocks::~PlainBlocks() {
  for (auto& pointer : high_) {
    Regions* const regions = pointer.load();
    if (regions == nullptr) continue;
    for (auto& region : regions->at) {
      if (Region* const mapped = region.load()) ::munmap(mapped, sizeof(Region));
    }
    ::munmap(regions, sizeof(Regions));
  }
}

PlainBlocks::Region* PlainBlocks::add_region(std::uintptr_t start) noexcept {
  const std::uintptr_t number = start >> kRegionBits;
  if (number >> (2 * kHighBits) != 0) return nullptr;
  Regions* const regions = at_or_new(high_[number >> kHighBits]);
  return regions == nullptr ? nullptr : at_or_new(regions->at[number % kHigh]);
}

}  // namespace surisim::check
