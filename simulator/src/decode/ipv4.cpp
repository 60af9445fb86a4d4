#include <algorithm>

#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

// Header and options; the packet's addresses.
Outcome decode_header(Packet& p, Bytes bytes) {
  if (bytes.size() < kIpv4Header) return p.fail();
  if (bytes[0] >> 4 != 4) return p.fail();
  const std::size_t header = (bytes[0] & 0x0fu) * std::size_t{4};
  const std::size_t total = be16(bytes, 2);
  if (header < kIpv4Header || total < header || total > bytes.size()) return p.fail();
  std::copy_n(bytes.begin() + 12, 4, p.out.src.begin());
  std::copy_n(bytes.begin() + 16, 4, p.out.dst.begin());
  return decode_ipv4_options(p, bytes.subspan(kIpv4Header, header - kIpv4Header));
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
      decode_sctp(p, data);
      break;
    case kEsp:
      decode_esp(p, data);
      break;
    case kIpv6:
      derive_inner(run, p, data, Inner::ipv6);
      p.wants_flow = true;
      break;
    case kIpip:
      derive_inner(run, p, data, Inner::ipv4);
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
