// The blocks that were only allocated, as nearly all are: an entry for each, at a place that
// follows from its address, so that neither malloc nor free needs a lock or has to search.
//
// When:    from Memory::start() to stop().
// Owner:   Memory.
// Threads: a block's entry is written by the thread that has the block: in malloc before the plugin
//          gets it, and in free. Any thread may read an entry.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/journal.hpp"

namespace surisim::check {

// What a program's addresses fit in (x86-64).
inline constexpr unsigned kAddressBits = 48;

// What is known of a plain block besides its start.
struct PlainBlock {
  static constexpr std::uint32_t kNoPlugin = 0xffff;
  static constexpr std::size_t kLargest = (std::size_t{1} << 40) - 1;  // larger ones count as this

  std::size_t size = 0;
  const void* caller = nullptr;  // the call that allocated it
  std::uint64_t flow = 0;        // number of the flow being handled at its allocation; 0: none
  std::uint32_t plugin = kNoPlugin;
  std::uint32_t moment = 0;  // when it was allocated: place in Memory's list
  JournalCallback made_in = JournalCallback::none;
  bool must_be_freed = false;  // allocated in a callback for a thread or flow
};

enum class BlockKind : std::uint8_t {
  unknown,  // not a plugin's, or freed
  plain,
  other,  // Memory knows more of it
};

class PlainBlocks {
 public:
  class Entry {
   public:
    // Only for the start that it was found by.
    BlockKind kind(std::uintptr_t start) const noexcept {
      const std::uint64_t word = words_[0].load(std::memory_order_acquire);
      return (word & kHalf) == half_of(start) ? static_cast<BlockKind>(word & kKind)
                                              : BlockKind::unknown;
    }
    void set_plain(std::uintptr_t start, const PlainBlock& block) noexcept;
    void set_other(std::uintptr_t start) noexcept {
      words_[0].store(static_cast<std::uint64_t>(BlockKind::other) | half_of(start),
                      std::memory_order_release);
    }
    void forget() noexcept { words_[0].store(0, std::memory_order_release); }
    PlainBlock block() const noexcept;

   private:
    friend class PlainBlocks;
    static constexpr std::uint64_t kKind = 3;
    // Of two blocks that would have the same entry only one can exist.
    static constexpr std::uint64_t kHalf = 4;
    static constexpr std::uint64_t half_of(std::uintptr_t start) { return start >> 2 & kHalf; }

    std::array<std::atomic<std::uint64_t>, 3> words_{};
  };

  PlainBlocks();
  ~PlainBlocks();
  PlainBlocks(const PlainBlocks&) = delete;
  PlainBlocks& operator=(const PlainBlocks&) = delete;

  // Null: no block begins here, or none near this address has ever been known.
  Entry* find(std::uintptr_t start) const noexcept {
    if (!may_begin(start)) return nullptr;
    const Region* const region = region_of(start);
    return region == nullptr ? nullptr : entry_of(*region, start);
  }
  // Null: there is no memory for it.
  Entry* make(std::uintptr_t start) noexcept {
    if (!may_begin(start)) return nullptr;
    Region* region = region_of(start);
    if (region == nullptr && (region = add_region(start)) == nullptr) return nullptr;
    Entry* const entry = entry_of(*region, start);
    std::atomic<bool>& used = region->used[index_of(start) / kAtOnce];
    if (!used.load(std::memory_order_relaxed)) {
      entry->forget();  // a page that is read first has to be made twice
      used.store(true, std::memory_order_relaxed);
    }
    return entry;
  }
  // Calls `use(start, block)` for each plain block.
  template <class Use>
  void for_each(Use use) const {
    for (std::size_t i = 0; i < kHigh; ++i) {
      const Regions* const regions = high_[i].load(std::memory_order_acquire);
      for (std::size_t j = 0; regions != nullptr && j < kHigh; ++j) {
        const Region* const region = regions->at[j].load(std::memory_order_acquire);
        if (region != nullptr) for_each(*region, (i << kHighBits | j) << kRegionBits, use);
      }
    }
  }

 private:
  static constexpr unsigned kRegionBits = 20;  // of the addresses that a region is for
  static constexpr unsigned kHighBits = (kAddressBits - kRegionBits) / 2;
  static constexpr std::size_t kHigh = std::size_t{1} << kHighBits;
  static constexpr std::size_t kAtOnce = 128;
  static constexpr unsigned kClosest = 4;  // blocks are aligned to 16 bytes
  static constexpr std::size_t kMostEntries = std::size_t{1} << (kRegionBits - kClosest);

  // Zeroed memory; what is not used takes none.
  struct Region {
    std::array<std::atomic<bool>, kMostEntries / kAtOnce> used;  // some of so many entries were
    std::array<Entry, kMostEntries> entries;
  };
  struct Regions {
    std::array<std::atomic<Region*>, kHigh> at;
  };

  static constexpr bool may_begin(std::uintptr_t start) {
    return start % (std::uintptr_t{1} << kClosest) == 0;
  }
  std::size_t index_of(std::uintptr_t start) const noexcept {
    return (start & ((std::uintptr_t{1} << kRegionBits) - 1)) >> closest_;
  }
  Entry* entry_of(const Region& region, std::uintptr_t start) const noexcept {
    return const_cast<Entry*>(&region.entries[index_of(start)]);
  }
  Region* region_of(std::uintptr_t start) const noexcept {
    const std::uintptr_t number = start >> kRegionBits;
    if (number >> (2 * kHighBits) != 0) return nullptr;
    const Regions* const regions = high_[number >> kHighBits].load(std::memory_order_acquire);
    return regions == nullptr ? nullptr
                              : regions->at[number % kHigh].load(std::memory_order_acquire);
  }
  Region* add_region(std::uintptr_t start) noexcept;
  template <class Use>
  void for_each(const Region& region, std::uintptr_t begin, Use use) const {
    for (std::size_t i = 0; i < kMostEntries; ++i) {
      if (i % kAtOnce == 0 && !region.used[i / kAtOnce].load(std::memory_order_relaxed)) {
        i += kAtOnce - 1;
        continue;
      }
      const Entry& entry = region.entries[i];
      const std::uint64_t word = entry.words_[0].load(std::memory_order_acquire);
      if (static_cast<BlockKind>(word & Entry::kKind) != BlockKind::plain) continue;
      std::uintptr_t start = begin + (i << closest_);
      if (closest_ > kClosest && (word & Entry::kHalf) != 0) start += std::size_t{1} << kClosest;
      use(start, entry.block());
    }
  }

  std::array<std::atomic<Regions*>, kHigh> high_{};
  const unsigned closest_;  // two blocks are at least 1 << closest_ bytes apart
};

}  // namespace surisim::check
