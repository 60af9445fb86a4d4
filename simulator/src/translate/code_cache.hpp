// Memory for translated code, near enough to a library for its own distances of 32 bits.
//
// It is writable and executable at once: a second, writable mapping would have to be shared, and
// then a forked child would write into its parent's code.
//
// When:    while a library is translated.
// Owner:   unmaps it.
// Threads: any; one at a time writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "translate/sequences.hpp"

namespace surisim::translate {

class CodeCache {
 public:
  // For code of `bytes` near [near, near + size). nullptr: see errno.
  static std::unique_ptr<CodeCache> create(std::uintptr_t near, std::size_t size,
                                           std::size_t bytes);
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  std::uintptr_t begin() const { return begin_; }
  bool contains(std::uintptr_t address) const { return address - begin_ < size_; }
  std::uint8_t* bytes() const { return reinterpret_cast<std::uint8_t*>(begin_); }
  // Its begin holds what the code refers to, then comes the code.
  std::uintptr_t stop_slot() const { return begin_; }
  KnownTarget* table() const { return reinterpret_cast<KnownTarget*>(begin_ + kTable); }
  std::size_t code_begin() const { return kTable + kKnownTargets * sizeof(KnownTarget); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kTable = 4096;

  CodeCache(std::uintptr_t begin, std::size_t size) : begin_(begin), size_(size) {}

  std::uintptr_t begin_;
  std::size_t size_;
};

}  // namespace surisim::translate
