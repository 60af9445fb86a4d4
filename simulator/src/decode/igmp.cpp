#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

constexpr std::size_t kIgmpHeader = 8;
constexpr std::size_t kQueryHeader = 12;
constexpr std::size_t kRecordHeader = 8;
constexpr std::uint8_t kQuery = 0x11;
constexpr std::uint8_t kReport3 = 0x22;

// Where the payload starts; beyond the end when the message is not whole.
std::size_t header_size(Bytes bytes) {
  if (bytes[0] == kQuery && bytes.size() >= kQueryHeader) {
    return kQueryHeader + be16(bytes, 10) * std::size_t{4};
  }
  if (bytes[0] != kReport3) return kIgmpHeader;
  std::size_t size = kIgmpHeader;
  for (std::size_t records = be16(bytes, 6); records > 0 && size <= bytes.size(); --records) {
    const std::size_t sources = be16(bytes, size + 2);
    const std::size_t words = u8(bytes, size + 1) + sources;
    size += kRecordHeader + words * 4;
  }
  return size;
}

}  // namespace

void decode_igmp(Packet& p, Bytes bytes) {
  if (bytes.size() < kIgmpHeader) {
    p.out.invalid = true;
    return;
  }
  p.out.l4 = p.offset(bytes);
  const std::size_t size = header_size(bytes);
  if (size > bytes.size()) {
    p.out.invalid = true;
    return;
  }
  p.set_payload(from(bytes, size));
}

}  // namespace surisim::decode
