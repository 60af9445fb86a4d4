// The byte that fills freed values, so that a use after free is recognised: a write changes it, and
// a pointer made of it is an address that cannot be mapped.
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

// The offset of the first byte that has been changed; `size`, or kMostPoison: none has.
inline std::size_t poison_until(const void* block, std::size_t size) noexcept {
  const auto* const bytes = static_cast<const unsigned char*>(block);
  size = std::min(size, kMostPoison);
  // The usual case, quickly: each byte equals the one before it.
  if (size == 0 || (bytes[0] == kPoison && std::memcmp(bytes, bytes + 1, size - 1) == 0))
    return size;
  return static_cast<std::size_t>(
      std::find_if(bytes, bytes + size, [](unsigned char byte) { return byte != kPoison; }) -
      bytes);
}

// True if `word` may be a pointer, plus an offset, or a 32-bit number that was read from poison.
constexpr bool may_be_poison(std::uint64_t word) noexcept {
  constexpr std::uint32_t kHalf = kPoison * 0x01010101U;
  const auto high = static_cast<std::uint32_t>(word >> 32);
  return high == kHalf || (static_cast<std::uint32_t>(word) == kHalf && (high == 0 || ~high == 0));
}

}  // namespace surisim::base
