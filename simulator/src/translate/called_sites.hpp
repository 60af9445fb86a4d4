// The sites of functions of the C library's that plugins call (memory_calls.hpp): found again by
// the call, and whether there is a point at it.
//
// When:    for the Translation's life.
// Owner:   the Translation; the sites are in its table.
// Threads: add() and set_point() one at a time; find() and is_point() any, and in a signal handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "translate/mapped.hpp"
#include "translate/object.hpp"

namespace surisim::translate {

class CalledSites {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // The index of what the call at this place reads, or writes; kNone: it has not been added.
  std::uint32_t find(std::uintptr_t at, bool writes) const;
  // Adds it, unless it is there. kNone: there is no room.
  std::uint32_t add(SiteTable& sites, const Site& site);
  // False: it is no place of a call that is known. A point is set for a call that comes later, too.
  bool set_point(std::uintptr_t at, bool on);
  bool is_point(std::uintptr_t at) const;

 private:
  static constexpr std::size_t kPlaces = std::size_t{1} << 14;  // half of them are used at most
  struct Place {
    std::uintptr_t key;  // 0: free. Written last
    std::uint32_t site;
  };
  static std::uintptr_t key_of(std::uintptr_t at, bool writes) { return at * 2 + (writes ? 1 : 0); }
  // Where the key is, or would be.
  std::size_t place_of(std::uintptr_t key) const;

  Mapped<Place> places_{kPlaces};
  std::size_t used_ = 0;
  Mapped<std::uintptr_t> points_{1024};  // 0: off
};

}  // namespace surisim::translate
