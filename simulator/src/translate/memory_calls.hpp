// Replacements for memcpy, strlen, snprintf and similar functions, which translated libraries call
// instead of the C library's: they do the same, and report what they read and write. libstdc++'s
// calls are redirected too, as std::string copies memory for its caller. And CalledSites: the
// places of such calls.
//
// When:    while a library is translated. Nothing is reported on a thread that has not entered
//          (translation.hpp), or that is in a function of the Watcher.
// Owner:   the Translation; the sites are in its table.
// Threads: any; CalledSites as noted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "translate/mapped.hpp"
#include "translate/object.hpp"

namespace surisim::translate {

// A range that a call reads, or writes.
struct MemoryCall {
  const char* function;           // "memcpy"
  std::uintptr_t return_address;  // in the original text
  bool of_library;                // the caller is libstdc++
  std::uintptr_t begin;
  std::size_t bytes;
  bool writes;
};

// The handler is called on the calling thread before the access, or after it if only the function
// knows its length. errno is preserved.
void set_memory_handler(void (*handler)(const MemoryCall& call));

// The address of the replacement, for plugins and for libstdc++; 0: there is none.
std::uintptr_t memory_function_for(std::string_view name);
std::uintptr_t memory_function_of_library_for(std::string_view name);

// The sites of these calls, by address, and the points set at them. add() and set_point(): one
// thread at a time; find() and is_point(): any, also in a signal handler.
class CalledSites {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // The index of the site for what the call at `at` reads, or writes; kNone: it has not been added.
  std::uint32_t find(std::uintptr_t at, bool writes) const;
  // Adds it unless it is there. kNone: the table is full.
  std::uint32_t add(SiteTable& sites, const Site& site);
  // May be called before the site is added; then it returns false.
  bool set_point(std::uintptr_t at, bool on);
  bool is_point(std::uintptr_t at) const;

 private:
  static constexpr std::size_t kPlaces = std::size_t{1} << 14;  // half of them are used at most
  struct Place {
    std::uintptr_t key;  // 0: free; written after `site`
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
