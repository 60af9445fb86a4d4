// What a translated library calls in place of the C library's functions that read and write memory
// for it: they tell which, and do what the C library's do. libstdc++ calls them in place of its
// own, too: what a std::string copies is done for whoever has called it. And CalledSites: the
// places of such calls.
//
// When:    while a library is translated. A thread that has not entered (translation.hpp), or is in
//          a function of the Watcher's, tells nothing.
// Owner:   nothing is kept here.
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "translate/mapped.hpp"
#include "translate/object.hpp"

namespace surisim::translate {

// Of one call: so many bytes that it reads, or writes.
struct MemoryCall {
  const char* function;           // "memcpy"
  std::uintptr_t return_address;  // in code that has not been translated: of its original
  bool of_library;                // libstdc++ calls it
  std::uintptr_t begin;
  std::size_t bytes;
  bool writes;
};

// Called on the calling thread before the access, or if only the function knows how far it goes,
// after it. Keeps errno.
void set_memory_handler(void (*handler)(const MemoryCall& call));

// 0: the function itself is called.
std::uintptr_t memory_function_for(std::string_view name);
std::uintptr_t memory_function_of_library_for(std::string_view name);

// The sites of these calls: found again by the call, and whether there is a point at it.
//
// When:    for the Translation's life.
// Owner:   the Translation; the sites are in its table.
// Threads: add() and set_point() one at a time; find() and is_point() any, and in a signal handler.

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
