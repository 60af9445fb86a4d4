// Numbers in network order out of bytes that nobody has checked yet.
//
// What lies past the end reads as 0, and what is cut past the end is empty: a decoder that forgets
// to check a length is wrong, but never out of bounds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "decode/decode.hpp"

namespace surisim::decode {

inline std::uint8_t u8(Bytes bytes, std::size_t at) {
  return at < bytes.size() ? bytes[at] : std::uint8_t{0};
}

inline std::uint16_t be16(Bytes bytes, std::size_t at) {
  if (bytes.size() < 2 || at > bytes.size() - 2) return 0;
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline std::uint32_t be32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(be16(bytes, at)) << 16 | be16(bytes, at + 2);
}

inline Bytes from(Bytes bytes, std::size_t at) {
  return bytes.subspan(at < bytes.size() ? at : bytes.size());
}

inline Bytes at_most(Bytes bytes, std::size_t size) {
  return bytes.first(size < bytes.size() ? size : bytes.size());
}

}  // namespace surisim::decode
