// What threads have seen of each other, as a number: equal for schedules that they cannot tell
// apart, whatever the addresses of what they have used.
//
// When:    from a Controller's begin() to its end().
// Owner:   the Controller.
// Threads: the one that has the baton.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "schedule/operation.hpp"

namespace surisim::schedule {

class Histories {
 public:
  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
    a ^= b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2);
    a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9;
    return a ^ (a >> 27);
  }

  // The thread's history, and its object's from now on, when it has done this.
  std::uint64_t after(std::uint64_t history, ThreadId thread, const Operation& done) {
    std::uint64_t nothing = 0;
    std::uint64_t& object = done.object == nullptr ? nothing : objects_[done.object];
    return object =
               mixed(mixed(mixed(history, object), thread), static_cast<std::uint64_t>(done.act));
  }
  // A block is freed: what is at its addresses later are other objects.
  void forget(const void* block, std::size_t size) {
    const auto last = objects_.lower_bound(static_cast<const char*>(block) + size);
    for (auto at = objects_.lower_bound(block); at != last; at = objects_.erase(at))
      forgotten_ += mixed(at->second, 1);
  }
  // Of all objects, in whatever order.
  std::uint64_t sum() const {
    std::uint64_t all = forgotten_;
    for (const auto& [object, history] : objects_) all += mixed(history, 1);
    return all;
  }

 private:
  std::map<const void*, std::uint64_t> objects_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace surisim::schedule
