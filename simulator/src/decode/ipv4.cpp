// Decodes IPv4: the header, its options, and fragments. Source: decode-ipv4.c; T4, T5, T10.
#include <algorithm>
#include <array>

#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

// Type, length, then a pointer that counts from 1 in steps of an address.
bool is_route(Bytes option) {
  const std::uint8_t pointer = u8(option, 2);
  return option.size() >= 3 && pointer >= 4 && pointer % 4 == 0 && pointer <= option.size() + 1;
}

bool is_timestamp(Bytes option) {
  const std::uint8_t pointer = u8(option, 2);
  if (option.size() < 5 || pointer < 5) return false;
  const int flag = option[3] & 0x0f;
  const int entry = flag == 1 || flag == 3 ? 8 : 4;  // with an address, or without
  return (pointer - 5) % entry == 0 && pointer <= option.size() + 1;
}

bool is_cipso(Bytes option) {
  if (option.size() < 10) return false;
  for (Bytes tags = from(option, 6); !tags.empty();) {
    const std::uint8_t type = tags[0];
    const std::uint8_t size = u8(tags, 1);
    const bool known = type == 1 || type == 2 || type == 5 || type == 6 || type == 7;
    if (!known || size < 4 || size > tags.size()) return false;
    if (type != 7 && tags[2] != 0) return false;
    tags = from(tags, size);
  }
  return true;
}

bool has_three_bytes(Bytes option) { return option.size() >= 3; }
bool has_eight_bytes(Bytes option) { return option.size() >= 8; }
bool is_four_bytes(Bytes option) { return option.size() == 4; }

struct CheckedOption {
  std::uint8_t type;
  bool (*is_sound)(Bytes option);
};

constexpr std::array<CheckedOption, 10> kCheckedOptions = {{
    {0x07, is_route},         // record route
    {0x19, has_eight_bytes},  // quick start
    {0x44, is_timestamp},
    {0x82, has_three_bytes},  // security
    {0x83, is_route},         // loose source route
    {0x85, has_three_bytes},  // extended security
    {0x86, is_cipso},
    {0x88, is_four_bytes},  // stream id
    {0x89, is_route},       // strict source route
    {0x94, is_four_bytes},  // router alert
}};

// A length that does not fit ends decoding; a malformed option only makes the packet invalid. A
// second option of the same kind is not checked.
Outcome decode_options(Packet& p, Bytes options) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNop = 1;
  std::array<bool, kCheckedOptions.size()> seen{};
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNop) {
      options = from(options, 1);
      continue;
    }
    if (options.size() < 2) break;
    const std::uint8_t size = options[1];
    if (size < 2 || size > options.size()) return p.fail();
    const Bytes option = options.first(size);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (kCheckedOptions[i].type != option[0] || seen[i]) continue;
      seen[i] = kCheckedOptions[i].is_sound(option);
      if (!seen[i]) p.out.invalid = true;
    }
    options = from(options, size);
  }
  return Outcome::ok;
}

// Checks the header and its options, and sets the packet's addresses.
Outcome decode_header(Packet& p, Bytes bytes) {
  if (bytes.size() < kIpv4Header) return p.fail();
  if (bytes[0] >> 4 != 4) return p.fail();
  const std::size_t header = (bytes[0] & 0x0fu) * std::size_t{4};
  const std::size_t total = be16(bytes, 2);
  if (header < kIpv4Header || total < header || total > bytes.size()) return p.fail();
  std::copy_n(bytes.begin() + 12, 4, p.out.src.begin());
  std::copy_n(bytes.begin() + 16, 4, p.out.dst.begin());
  return decode_options(p, bytes.subspan(kIpv4Header, header - kIpv4Header));
}

Fragment fragment_of(const Packet& p, Bytes datagram, Bytes data) {
  Fragment fragment;
  fragment.key = {p.out.src, p.out.dst, be16(datagram, 4), p.out.vlan, p.out.proto, false};
  fragment.time = p.out.time;
  fragment.offset = static_cast<std::uint16_t>((be16(datagram, 6) & 0x1fff) << 3);
  fragment.more = (be16(datagram, 6) & 0x2000) != 0;
  fragment.header = p.out.bytes.first(p.offset(data));
  fragment.data = data;
  fragment.ip_at = p.out.l3;
  return fragment;
}

void decode_payload(Run& run, Packet& p, Bytes data) {
  switch (p.out.proto) {
    case kTcp:
      decode_tcp(p, data);
      break;
    case kUdp:
      decode_udp(run, p, data);
      break;
    case kIcmp:
      decode_icmpv4(p, data);
      break;
    case kGre:
      decode_gre(run, p, data);
      break;
    case kSctp:
      decode_sctp(run, p, data);
      break;
    case kEsp:
      decode_esp(p, data);
      break;
    case kIpv6:
      derive_inner(run, p, data, Inner::ipv6, Origin::ipv4);
      p.wants_flow = true;
      break;
    case kIpip:
      derive_inner(run, p, data, Inner::ipv4, Origin::ipv4);
      p.wants_flow = true;
      break;
    case kHopByHop:
      if (p.vj_tcp) decode_tcp(p, data);
      break;
    case kIcmpv6:
      p.out.invalid = true;
      break;
    case kIgmp:
      decode_igmp(p, data);
      break;
    default:
      break;
  }
}

}  // namespace

Outcome decode_ipv4(Run& run, Packet& p, Bytes bytes) {
  if (!p.enter_layer()) return Outcome::failed;
  if (decode_header(p, bytes) == Outcome::failed) return Outcome::failed;
  p.out.ipv4 = true;
  p.out.l3 = p.offset(bytes);
  p.out.proto = bytes[9];
  const std::size_t header = (bytes[0] & 0x0fu) * std::size_t{4};
  const Bytes data = bytes.subspan(header, be16(bytes, 2) - header);
  const bool is_fragment = (be16(bytes, 6) & 0x3fff) != 0;
  if (is_fragment) {
    derive_reassembled(run, p, fragment_of(p, bytes, data));
  } else {
    decode_payload(run, p, data);
  }
  return Outcome::ok;
}

}  // namespace surisim::decode
