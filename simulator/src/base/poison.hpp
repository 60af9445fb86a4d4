// What freed values are filled with, so that a later use of their memory is recognised: it changes
// the filling, or takes it for a pointer. As an address it is one that no memory can have.
//
// When:    at any time.
// Threads: any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace surisim::base {

inline constexpr unsigned char kPoison = 0xf5;
// No more than this much at the start of a block is filled.
inline constexpr std::size_t kMostPoison = 65536;

inline void poison(void* block, std::size_t size) noexcept {
  std::memset(block, kPoison, std::min(size, kMostPoison));
}

// How far into the block the first byte is that has been changed; `size` or kMostPoison: none has.
inline std::size_t poison_until(const void* block, std::size_t size) noexcept {
  const auto* const bytes = static_cast<const unsigned char*>(block);
  size = std::min(size, kMostPoison);
  // Nearly always none has: the bytes are compared with those before them.
  if (size == 0 || (bytes[0] == kPoison && std::memcmp(bytes, bytes + 1, size - 1) == 0))
    return size;
  return static_cast<std::size_t>(
      std::find_if(bytes, bytes + size, [](unsigned char byte) { return byte != kPoison; }) -
      bytes);
}

// True for a pointer, an index or a count that was read from there, and what is a little beyond.
constexpr bool may_be_poison(std::uint64_t word) noexcept {
  constexpr std::uint32_t kHalf = kPoison * 0x01010101U;
  const auto high = static_cast<std::uint32_t>(word >> 32);
  return high == kHalf || (static_cast<std::uint32_t>(word) == kHalf && (high == 0 || ~high == 0));
}

}  // namespace surisim::base
