// What is known about the blocks that plugins allocate. Nearly all are plain: nothing has happened
// to them since they were allocated, and PlainBlocks stores them compactly and without a lock. Of
// the others much more may be known: each is a Block in a BlockTable.
//
// When:    from Memory::start() to stop(); copies of a Block stay valid.
// Owner:   Memory.
// Threads: Block and BlockTable: with the lock of their shard. PlainBlocks: any; only the thread
//          that has the block writes its entry: in malloc before the plugin gets it, and in free.
#pragma once

#include <suricata/util-storage.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "base/journal.hpp"

namespace surisim::check {

// A slot of one object: a ThreadVars or a Flow.
struct SlotOf {
  StorageEnum type = STORAGE_MAX;
  const void* object = nullptr;
  int id = -1;
};

// How a value left its slot.
enum class Fate : std::uint8_t {
  none,
  taken,        // the plugin set the slot to NULL
  overwritten,  // the plugin set another value
  refused,      // it was never in the slot: set returned -1
};

// When something happened to a block. The strings live as long as the engine.
struct Moment {
  const char* thread = nullptr;  // null: not one of Suricata's threads
  const char* phase = "";
  JournalCallback callback = JournalCallback::none;
};

struct Block {
  std::uintptr_t start = 0;  // 0: an empty entry of the table
  std::size_t size = 0;
  const void* caller = nullptr;    // the call that allocated it
  const void* set_at = nullptr;    // the last call that put it into a slot
  const void* ended_at = nullptr;  // the call that freed it, took it out or replaced it
  std::uint64_t flow = 0;          // number of the flow that was handled then; 0: none
  SlotOf slot;                     // the last slot that held it
  Moment last;                     // when it was last allocated, set, taken out or replaced
  std::uint32_t plugin = 0;
  std::uint32_t holders = 0;  // slots that hold it
  JournalCallback made_in = JournalCallback::none;
  JournalCallback freed_in = JournalCallback::none;
  Fate fate = Fate::none;
  bool must_be_freed = false;  // allocated in a callback for a thread or flow
  bool was_value = false;      // has been in a slot
  bool is_name = false;        // holds a slot's name
  bool freed = false;          // by the plugin, but the memory is kept: it is or was a value
  bool freed_twice = false;    // by Frees of two threads at the same time
  bool put_away = false;       // taken out of its flow's slot in finish, and not freed there
  bool poisoned = false;       // freed, and filled with base::kPoison
  bool reported = false;       // a violation has been reported for it
};

// Identifies allocations of the same kind: by one call, in one kind of callback, of one size.
using Origin = std::tuple<const void*, JournalCallback, std::size_t>;
inline Origin origin_of(const Block& block) { return {block.caller, block.made_in, block.size}; }

// A hash table of blocks by address, with linear probing. An Entry with `start` 0 is empty. The
// table grows by half when it is three quarters full (half full, if entries are large), and shrinks
// when few entries are left.
template <class Entry>
class BlockTable {
 public:
  Entry* find(std::uintptr_t start) {
    if (used_ == 0) return nullptr;
    for (std::size_t i = home_of(start); places_[i].start != 0; i = after(i)) {
      if (places_[i].start == start) return &places_[i];
    }
    return nullptr;
  }

  // The entry with this start, new or reset. Invalidates all earlier pointers to entries.
  Entry& at(std::uintptr_t start) {
    if (is_full()) move_to(std::max<std::size_t>(64, places_.size() + places_.size() / 2));
    std::size_t i = home_of(start);
    while (places_[i].start != 0 && places_[i].start != start) i = after(i);
    if (places_[i].start == 0) ++used_;
    places_[i] = Entry{};
    places_[i].start = start;
    return places_[i];
  }

  // Entries after the hole move up, so that look-ups do not end at the hole. Invalidates all
  // pointers to entries.
  void erase(Entry* entry) {
    std::size_t hole = static_cast<std::size_t>(entry - places_.data());
    for (std::size_t i = after(hole); places_[i].start != 0; i = after(i)) {
      if (distance(home_of(places_[i].start), i) >= distance(hole, i)) {
        places_[hole] = places_[i];
        hole = i;
      }
    }
    places_[hole] = Entry{};
    --used_;
    constexpr std::size_t kMuch = 16384;
    if (places_.size() > kMuch && used_ < places_.size() / 8) move_to(places_.size() / 4);
  }

  std::size_t size() const { return used_; }

  template <class Use>
  void for_each(Use use) const {
    for (const Entry& entry : places_) {
      if (entry.start != 0) use(entry);
    }
  }

 private:
  std::size_t home_of(std::uintptr_t start) const {
    // Only the upper bits of the product spread neighbouring addresses.
    const std::uint64_t spread = (start >> 4) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>((spread >> 32) * places_.size() >> 32);
  }
  std::size_t after(std::size_t i) const { return i + 1 == places_.size() ? 0 : i + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + places_.size() - from;
  }

  bool is_full() const {
    const std::size_t more = used_ + 1;
    return sizeof(Entry) > 64 ? more * 2 > places_.size() : more * 4 > places_.size() * 3;
  }

  void move_to(std::size_t size) {
    std::vector<Entry> old(size);
    old.swap(places_);
    for (const Entry& entry : old) {
      if (entry.start == 0) continue;
      std::size_t i = home_of(entry.start);
      while (places_[i].start != 0) i = after(i);
      places_[i] = entry;
    }
  }

  std::vector<Entry> places_;
  std::size_t used_ = 0;
};

inline constexpr unsigned kAddressBits = 48;  // of a program on x86-64

// What is known about a plain block besides its start.
struct PlainBlock {
  static constexpr std::uint32_t kNoPlugin = 0xffff;
  static constexpr std::size_t kLargest = (std::size_t{1} << 40) - 1;  // sizes are cut to this

  std::size_t size = 0;
  const void* caller = nullptr;  // the call that allocated it
  std::uint64_t flow = 0;        // number of the flow that was handled then; 0: none
  std::uint32_t plugin = kNoPlugin;
  std::uint32_t moment = 0;  // when it was allocated: index into Memory's list
  JournalCallback made_in = JournalCallback::none;
  bool must_be_freed = false;  // allocated in a callback for a thread or flow
};

enum class BlockKind : std::uint8_t {
  unknown,  // not a plugin's, or freed
  plain,
  detailed,  // in a BlockTable
};

// An entry for each plain block, whose position follows from the block's address, so that malloc
// and free need neither a lock nor a search.
class PlainBlocks {
 public:
  class Entry {
   public:
    // `start`: the argument of the find() or make() that returned this entry.
    BlockKind kind(std::uintptr_t start) const noexcept {
      const std::uint64_t word = words_[0].load(std::memory_order_acquire);
      return (word & kHalf) == half_of(start) ? static_cast<BlockKind>(word & kKind)
                                              : BlockKind::unknown;
    }
    void set_plain(std::uintptr_t start, const PlainBlock& block) noexcept;
    void set_detailed(std::uintptr_t start) noexcept {
      words_[0].store(static_cast<std::uint64_t>(BlockKind::detailed) | half_of(start),
                      std::memory_order_release);
    }
    void forget() noexcept { words_[0].store(0, std::memory_order_release); }
    PlainBlock block() const noexcept;

   private:
    friend class PlainBlocks;
    static constexpr std::uint64_t kKind = 3;
    // If blocks are at least 32 bytes apart, two possible starts share an entry, and only one of
    // the two blocks can exist: this bit says which.
    static constexpr std::uint64_t kHalf = 4;
    static constexpr std::uint64_t half_of(std::uintptr_t start) { return start >> 2 & kHalf; }

    std::array<std::atomic<std::uint64_t>, 3> words_{};
  };

  PlainBlocks();
  ~PlainBlocks();
  PlainBlocks(const PlainBlocks&) = delete;
  PlainBlocks& operator=(const PlainBlocks&) = delete;

  // Null: no block can start here, or there has never been one near this address.
  Entry* find(std::uintptr_t start) const noexcept {
    if (!may_begin(start)) return nullptr;
    const Region* const region = region_of(start);
    return region == nullptr ? nullptr : entry_of(*region, start);
  }
  // Null: no block can start here, or there is no memory for an entry.
  Entry* make(std::uintptr_t start) noexcept {
    if (!may_begin(start)) return nullptr;
    Region* region = region_of(start);
    if (region == nullptr && (region = add_region(start)) == nullptr) return nullptr;
    Entry* const entry = entry_of(*region, start);
    std::atomic<bool>& used = region->used[index_of(start) / kAtOnce];
    if (!used.load(std::memory_order_relaxed)) {
      entry->forget();  // a read first, then a write, would fault the page in twice
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
  static constexpr unsigned kRegionBits = 20;  // of the addresses in a region
  static constexpr unsigned kHighBits = (kAddressBits - kRegionBits) / 2;
  static constexpr std::size_t kHigh = std::size_t{1} << kHighBits;
  static constexpr std::size_t kAtOnce = 128;
  static constexpr unsigned kClosest = 4;  // blocks are aligned to 16 bytes
  static constexpr std::size_t kMostEntries = std::size_t{1} << (kRegionBits - kClosest);

  // In zeroed memory. Pages that are not written take no memory.
  struct Region {
    std::array<std::atomic<bool>, kMostEntries / kAtOnce> used;  // of each group of kAtOnce entries
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
  const unsigned closest_;  // starts of blocks are at least 1 << closest_ bytes apart
};

}  // namespace surisim::check
