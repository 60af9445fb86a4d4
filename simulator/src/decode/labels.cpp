#include "decode/packet.hpp"

namespace surisim::decode {

Outcome decode_mpls(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kLabel = 4;
  if (!p.enter_layer()) return Outcome::failed;
  std::uint32_t entry = 0;
  do {
    if (bytes.size() < kLabel) return p.fail();
    entry = be32(bytes, 0);
    bytes = from(bytes, kLabel);
  } while ((entry >> 8 & 1) == 0);

  const std::uint32_t label = entry >> 12;
  if (label == 0 || label == 2) {  // explicit null: the label says what follows
    if (bytes.size() > kMaxIpBytes) return Outcome::failed;
    return label == 0 ? decode_ipv4(run, p, bytes) : decode_ipv6(run, p, bytes);
  }
  if (label < 15) return Outcome::ok;
  if (bytes.size() < 4) return p.fail();
  const int guess = bytes[0] >> 4;
  if ((guess == 4 || guess == 6) && bytes.size() > kMaxIpBytes) return Outcome::failed;
  switch (guess) {
    case 4:
      (void)decode_ipv4(run, p, bytes);
      break;
    case 6:
      (void)decode_ipv6(run, p, bytes);
      break;
    case 0:  // the control word of a pseudowire
      (void)decode_ethernet(run, p, from(bytes, 4));
      break;
    default:
      p.out.invalid = true;
      break;
  }
  return Outcome::ok;
}

Outcome decode_nsh(Run& run, Packet& p, Bytes bytes) {
  if (bytes.size() < 8) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  const std::uint16_t first = be16(bytes, 0);
  if (first >> 14 != 0) return Outcome::ok;  // of another version
  const std::size_t header = (first & 0x3fu) * std::size_t{4};
  if (header >= bytes.size()) return p.fail();
  const std::uint8_t metadata = bytes[2];
  if (metadata == 1 && header != 24) return p.fail();
  if (metadata != 1 && metadata != 2) return Outcome::ok;

  const Bytes rest = from(bytes, header);
  const std::uint8_t next = bytes[3];
  if ((next == 1 || next == 2) && rest.size() > kMaxIpBytes) return Outcome::failed;
  switch (next) {
    case 1:
      return decode_ipv4(run, p, rest);
    case 2:
      return decode_ipv6(run, p, rest);
    case 3:
      return decode_ethernet(run, p, rest);
    case 5:
      return decode_mpls(run, p, rest);
    default:
      return Outcome::ok;
  }
}

}  // namespace surisim::decode
