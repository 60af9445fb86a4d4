// A hash table of blocks by their address, as small and as quick as it gets: there is an entry for
// each block that a plugin has allocated.
//
// When:    from Memory::start() to stop().
// Owner:   a shard of Memory.
// Threads: one at a time: the caller holds the shard's lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace surisim::check {

// Neighbours end up far apart in the upper bits, and only there.
constexpr std::uint64_t spread(std::uintptr_t start) { return (start >> 4) * 0x9e3779b97f4a7c15U; }

// The shards take the uppermost bits of it.
inline constexpr unsigned kShardBits = 6;

// Open addressing with linear probing; it grows by half when it is three quarters full. An Entry
// with `start` 0 is empty.
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

  // There is none with this start. Pointers to other entries are no longer valid.
  Entry* insert(const Entry& entry) {
    if ((used_ + 1) * 4 > places_.size() * 3) grow();
    ++used_;
    return put(entry);
  }

  // Entries after the hole move up, so that no look-up ends early.
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
    return static_cast<std::size_t>((spread(start) << kShardBits >> 32) * places_.size() >> 32);
  }
  std::size_t after(std::size_t i) const { return i + 1 == places_.size() ? 0 : i + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + places_.size() - from;
  }

  void grow() {
    std::vector<Entry> old(std::max<std::size_t>(64, places_.size() + places_.size() / 2));
    old.swap(places_);
    for (const Entry& entry : old) {
      if (entry.start != 0) put(entry);
    }
  }

  Entry* put(const Entry& entry) {
    std::size_t i = home_of(entry.start);
    while (places_[i].start != 0) i = after(i);
    places_[i] = entry;
    return &places_[i];
  }

  std::vector<Entry> places_;
  std::size_t used_ = 0;
};

}  // namespace surisim::check
