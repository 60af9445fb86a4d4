// Decodes link layers: Ethernet, VLAN, PPP and PPPoE, MPLS, NSH and others found in capture files
// (T11). Source: decode-ethernet.c, decode-ppp.c, decode-mpls.c, decode-nsh.c and similar files.
#include <algorithm>
#include <array>

#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

// libpcap's numbers: it turns a file's LINKTYPE_RAW, 101, into DLT_RAW, 12 on Linux. 14 (OpenBSD's
// DLT_RAW) and 108 (LOOP) are missing because Suricata refuses them.
enum Link : int {
  kNull = 0,
  kEthernet = 1,
  kPpp = 9,
  kRaw = 12,
  kRawInFile = 101,
  kCiscoHdlc = 104,
  kLinuxSll = 113,
  kRawIpv4 = 228,
  kRawIpv6 = 229,
  kLinuxSll2 = 276,
  kGreOverIp = 778,
};

Outcome decode_raw(Run& run, Packet& p, Bytes bytes) {
  if (bytes.size() < kIpv4Header) return p.fail();
  const int version = u8(bytes, 0) >> 4;
  if (version != 4 && version != 6) return Outcome::ok;
  if (bytes.size() > kMaxIpBytes) return Outcome::failed;
  (void)(version == 4 ? decode_ipv4(run, p, bytes) : decode_ipv6(run, p, bytes));
  return Outcome::ok;
}

// The address family is in the capturing machine's byte order; only little-endian is understood, as
// in Suricata.
Outcome decode_null(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 4;
  if (bytes.size() < kHeader) return p.fail();
  if (bytes.size() > kHeader + kMaxIpBytes) return Outcome::failed;
  const Bytes rest = from(bytes, kHeader);
  const std::array<std::uint8_t, 4> family = {bytes[3], bytes[2], bytes[1], bytes[0]};
  switch (be32(family, 0)) {
    case 2:
      (void)decode_ipv4(run, p, rest);
      break;
    case 10:  // Linux
    case 23:  // Windows
    case 24:  // BSD
    case 26:  // Solaris
    case 28:  // FreeBSD
    case 30:  // Darwin
      (void)decode_ipv6(run, p, rest);
      break;
    default:
      break;
  }
  return Outcome::ok;
}

// A header of fixed size that contains an ethertype.
Outcome decode_typed(Run& run, Packet& p, Bytes bytes, std::size_t header, std::size_t type_at) {
  if (bytes.size() < header) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  (void)decode_network(run, p, be16(bytes, type_at), from(bytes, header));
  return Outcome::ok;
}

// A tag that makes the packet invalid if its ethertype is unknown.
Outcome decode_tag(Run& run, Packet& p, Bytes bytes, std::size_t header, std::size_t type_at) {
  if (bytes.size() < header) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  if (!decode_network(run, p, be16(bytes, type_at), from(bytes, header))) return p.fail();
  return Outcome::ok;
}

Outcome decode_cisco_hdlc(Run& run, Packet& p, Bytes bytes) {
  if (bytes.size() > 4 + kMaxIpBytes) return Outcome::failed;
  return decode_typed(run, p, bytes, 4, 2);
}

// Data Center Ethernet: two bytes, then another frame.
Outcome decode_dce(Run& run, Packet& p, Bytes bytes) {
  if (bytes.size() < 16) return p.fail();
  return decode_ethernet(run, p, from(bytes, 2));
}

}  // namespace

bool knows_link_type(int link_type) {
  switch (link_type) {
    case kNull:
    case kEthernet:
    case kPpp:
    case kRaw:
    case kRawInFile:
    case kCiscoHdlc:
    case kLinuxSll:
    case kRawIpv4:
    case kRawIpv6:
    case kLinuxSll2:
    case kGreOverIp:
      return true;
    default:
      return false;
  }
}

Outcome decode_link(Run& run, Packet& p, int link_type) {
  const Bytes bytes = p.out.bytes;
  switch (link_type) {
    case kEthernet:
      return decode_ethernet(run, p, bytes);
    case kLinuxSll:
      return decode_typed(run, p, bytes, 16, 14);
    case kLinuxSll2:
      return decode_typed(run, p, bytes, 20, 0);
    case kPpp:
      return decode_ppp(run, p, bytes);
    case kRaw:
    case kRawInFile:
    case kRawIpv4:
    case kRawIpv6:
    case kGreOverIp:
      return decode_raw(run, p, bytes);
    case kNull:
      return decode_null(run, p, bytes);
    case kCiscoHdlc:
      return decode_cisco_hdlc(run, p, bytes);
    default:
      return Outcome::failed;
  }
}

Outcome decode_ethernet(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 14;
  if (bytes.size() < kHeader) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  p.out.l2 = p.offset(bytes);
  (void)decode_network(run, p, be16(bytes, 12), from(bytes, kHeader));
  return Outcome::ok;
}

Outcome decode_vlan(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 4;
  if (bytes.size() < kHeader) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  if (p.out.vlans >= p.out.vlan.size()) return Outcome::failed;
  p.out.vlan[p.out.vlans++] = be16(bytes, 0) & 0x0fff;
  if (!decode_network(run, p, be16(bytes, 2), from(bytes, kHeader))) return p.fail();
  return Outcome::ok;
}

Outcome decode_arp(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 28;
  constexpr std::uint32_t kEthernetAndIpv4 = 0x00010800;
  if (bytes.size() < 8) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  const std::uint16_t operation = be16(bytes, 6);
  const bool is_usual = be32(bytes, 0) == kEthernetAndIpv4 && bytes.size() >= kHeader &&
                        u8(bytes, 4) == 6 && u8(bytes, 5) == 4 && operation >= 1 && operation <= 4;
  if (!is_usual) return p.fail();
  p.out.l3 = p.offset(bytes);
  p.out.arp = true;
  return Outcome::ok;
}

bool decode_network(Run& run, Packet& p, std::uint16_t type, Bytes bytes) {
  switch (type) {
    case 0x0800:
      (void)decode_ipv4(run, p, at_most(bytes, kMaxIpBytes));
      return true;
    case 0x86dd:
      (void)decode_ipv6(run, p, at_most(bytes, kMaxIpBytes));
      return true;
    case 0x8100:  // 802.1Q
    case 0x88a8:  // 802.1ad
    case 0x9100:  // QinQ before the standard
      // With a fourth tag the packet has no IP, but is not invalid.
      if (p.out.vlans < p.out.vlan.size()) (void)decode_vlan(run, p, bytes);
      return true;
    case 0x88e7:  // 802.1ah: four bytes of flags, two addresses, the type
      (void)decode_typed(run, p, bytes, 18, 16);
      return true;
    case 0x893f:  // 802.1BR E-Tag
      if (!run.dialect.etag) return false;
      (void)decode_tag(run, p, bytes, 8, 6);
      return true;
    case 0x8926:  // 802.1Qbh VN-Tag
      (void)decode_tag(run, p, bytes, 6, 4);
      return true;
    case 0x8863:
      (void)decode_pppoe_discovery(p, bytes);
      return true;
    case 0x8864:
      (void)decode_pppoe_session(run, p, bytes);
      return true;
    case 0x8847:
    case 0x8848:
      (void)decode_mpls(run, p, bytes);
      return true;
    case 0x8903:
      (void)decode_dce(run, p, bytes);
      return true;
    case 0x894f:
      (void)decode_nsh(run, p, bytes);
      return true;
    case 0x0806:
      (void)decode_arp(p, bytes);
      return true;
    default:
      return false;
  }
}

namespace {

enum class Carries : std::uint8_t { ipv4, ipv6, vj_tcp, other, unknown };

// `other`: numbers that Suricata knows but does not decode. An unknown number makes the packet
// invalid.
constexpr std::array<std::uint16_t, 32> kNotDecoded = {
    0x0023, 0x0025, 0x0027, 0x0029, 0x002b, 0x002d, 0x0031, 0x0033, 0x0035, 0x00fd, 0x0201,
    0x0231, 0x0233, 0x0281, 0x0283, 0x8021, 0x8023, 0x8025, 0x8027, 0x8029, 0x802b, 0x8033,
    0x8035, 0x8057, 0x80fd, 0x8207, 0x8281, 0xc021, 0xc023, 0xc025, 0xc029, 0xc223};

Carries carried_by(std::uint16_t protocol) {
  if (protocol == 0x0021) return Carries::ipv4;
  if (protocol == 0x0057) return Carries::ipv6;
  if (protocol == 0x002f) return Carries::vj_tcp;
  const bool known =
      std::find(kNotDecoded.begin(), kNotDecoded.end(), protocol) != kNotDecoded.end();
  return known ? Carries::other : Carries::unknown;
}

Outcome decode_ip(Run& run, Packet& p, Carries what, Bytes bytes) {
  const std::size_t header = what == Carries::ipv6 ? kIpv6Header : kIpv4Header;
  if (bytes.size() < header) return p.fail();
  if (bytes.size() > kMaxIpBytes) return Outcome::failed;
  if (what == Carries::ipv6) return decode_ipv6(run, p, bytes);
  if (what == Carries::vj_tcp && bytes[0] >> 4 != 4) return Outcome::failed;
  return decode_ipv4(run, p, bytes);
}

bool is_ip(Carries what) {
  return what == Carries::ipv4 || what == Carries::ipv6 || what == Carries::vj_tcp;
}

// A protocol number of one byte: anything but IP is ignored, known or not.
Outcome decode_short(Run& run, Packet& p, std::uint8_t protocol, Bytes bytes) {
  const Carries what = carried_by(protocol);
  if (!is_ip(what)) return Outcome::ok;
  if (what == Carries::vj_tcp) {
    // Such a header has 0 in the place of IP's protocol.
    p.vj_tcp = bytes.size() >= kIpv4Header && bytes.size() <= kMaxIpBytes && bytes[0] >> 4 == 4;
    return decode_ip(run, p, what, bytes);
  }
  return decode_ip(run, p, what, at_most(bytes, kMaxIpBytes));
}

}  // namespace

Outcome decode_ppp(Run& run, Packet& p, Bytes bytes) {
  if (bytes.empty()) return p.fail();
  const std::size_t at = bytes[0] == 0xff ? 2 : 0;  // after HDLC's address and control
  if (at >= bytes.size()) return p.fail();
  const bool is_short = (bytes[at] & 1) != 0;
  const std::size_t header = at + (is_short ? 1 : 2);
  if (bytes.size() < header) return p.fail();
  if (!p.enter_layer()) return Outcome::failed;
  const Bytes rest = from(bytes, header);
  if (is_short) return decode_short(run, p, bytes[at], rest);
  const Carries what = carried_by(be16(bytes, at));
  if (is_ip(what)) return decode_ip(run, p, what, rest);
  if (what == Carries::unknown) p.out.invalid = true;
  return Outcome::ok;
}

Outcome decode_pppoe_session(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 7;  // without the protocol's second byte
  if (bytes.size() < kHeader) return p.fail();
  if (be16(bytes, 4) == 0) return Outcome::ok;
  std::uint16_t protocol = bytes[6];
  std::size_t header = kHeader;
  if ((protocol & 1) == 0) {
    if (bytes.size() < ++header) return p.fail();
    protocol = be16(bytes, 6);
  }
  const Carries what = carried_by(protocol);
  if (what == Carries::unknown) p.out.invalid = true;
  if (is_ip(what)) (void)decode_ip(run, p, what, from(bytes, header));
  return Outcome::ok;
}

Outcome decode_pppoe_discovery(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 6;
  if (bytes.size() < kHeader) return p.fail();
  switch (bytes[1]) {
    case 0x07:
    case 0x09:
    case 0x19:
    case 0x65:
    case 0xa7:
      if (be16(bytes, 4) > bytes.size() - kHeader) p.out.invalid = true;
      return Outcome::ok;
    default:
      p.out.invalid = true;
      return Outcome::ok;
  }
}

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
  if (label == 0 || label == 2) {  // explicit null labels of IPv4 and IPv6
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
  if (first >> 14 != 0) return Outcome::ok;  // another version
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
