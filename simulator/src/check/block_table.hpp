// A hash table of blocks by their address: of those of which more is known than that they were
// allocated.
//
// When:    from Memory::start() to stop().
// Owner:   a shard of Memory.
// Threads: one at a time: the caller holds the shard's lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "check/block.hpp"

namespace surisim::check {

// Open addressing with linear probing. It grows by half when it is three quarters full, one of
// large entries when it is half full, and is made smaller when little is left. An Entry with
// `start` 0 is empty.
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

  // The entry with this start, reset to one with nothing but the start. Pointers to other entries
  // are no longer valid.
  Entry& at(std::uintptr_t start) {
    if (is_full()) move_to(std::max<std::size_t>(64, places_.size() + places_.size() / 2));
    std::size_t i = home_of(start);
    while (places_[i].start != 0 && places_[i].start != start) i = after(i);
    if (places_[i].start == 0) ++used_;
    places_[i] = Entry{};
    places_[i].start = start;
    return places_[i];
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
    // Neighbours end up far apart in the upper bits, and only there.
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

}  // namespace surisim::check
