// Decodes tunnels: GRE and ERSPAN, and those over UDP: Teredo, Geneve, VXLAN (T3).
// Source: decode-gre.c, decode-teredo.c and similar files.
#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeArp = 0x0806;
constexpr std::uint16_t kTypeTransparent = 0x6558;  // Ethernet
constexpr std::uint16_t kTypeVlan = 0x8100;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;
constexpr std::uint16_t kTypePpp = 0x880b;
constexpr std::uint16_t kTypeErspan = 0x88be;

// The fields of a GRE header; `version` includes the second byte's other flags.
struct Gre {
  explicit Gre(Bytes bytes) : flags(u8(bytes, 0)), version(u8(bytes, 1)), type(be16(bytes, 2)) {}
  bool checksum() const { return (flags & 0x80) != 0; }
  bool routing() const { return (flags & 0x40) != 0; }
  bool key() const { return (flags & 0x20) != 0; }
  bool sequence() const { return (flags & 0x10) != 0; }
  bool strict_route() const { return (flags & 0x08) != 0; }
  bool recursion() const { return (flags & 0x07) != 0; }
  bool acknowledgment() const { return (version & 0x80) != 0; }  // version 1
  bool reserved() const { return (version & 0x78) != 0; }

  std::uint8_t flags;
  std::uint8_t version;
  std::uint16_t type;
};

constexpr std::size_t kTooLong = ~std::size_t{0};

// The end of the list of source routes that starts at `at`.
std::size_t skip_routes(Bytes bytes, std::size_t at) {
  constexpr std::size_t kEntry = 4;
  for (;;) {
    if (at + kEntry > bytes.size()) return kTooLong;
    const bool is_end = be16(bytes, at) == 0 && bytes[at + 3] == 0;
    if (is_end) return at + kEntry;
    at += kEntry + bytes[at + 3];
  }
}

// kTooLong if the header does not fit or is not allowed.
std::size_t gre0_header(const Gre& gre, Bytes bytes) {
  if (gre.recursion() || gre.reserved()) return kTooLong;
  std::size_t size = 4;
  if (gre.key()) size += 4;
  if (gre.sequence()) size += 4;
  if (gre.checksum() || gre.routing()) size += 4;
  return gre.routing() ? skip_routes(bytes, size) : size;
}

std::size_t gre1_header(const Gre& gre) {
  const bool is_pptp = !gre.checksum() && !gre.routing() && !gre.strict_route() &&
                       !gre.recursion() && !gre.reserved() && gre.type == kTypePpp && gre.key();
  if (!is_pptp) return kTooLong;
  return std::size_t{8} + (gre.sequence() ? 4 : 0) + (gre.acknowledgment() ? 4 : 0);
}

}  // namespace

// The outer packet itself has no flow (T5).
void decode_gre(Run& run, Packet& p, Bytes bytes) {
  if (bytes.size() < 4) return p.set_invalid();
  if (!p.enter_layer()) return;
  p.out.l4 = p.offset(bytes);
  const Gre gre(bytes);
  const int version = gre.version & 0x07;
  const std::size_t header = version == 0   ? gre0_header(gre, bytes)
                             : version == 1 ? gre1_header(gre)
                                            : kTooLong;
  if (header > bytes.size()) return p.set_invalid();
  const auto derive = [&, rest = from(bytes, header)](Inner inner) {
    derive_inner(run, p, rest, inner, Origin::gre);
  };
  switch (gre.type) {
    case kTypeIpv4:
      derive(Inner::ipv4);
      break;
    case kTypeIpv6:
      derive(Inner::ipv6);
      break;
    case kTypePpp: {
      const bool is_empty = version == 1 && be16(bytes, 4) == 0;
      if (!is_empty) derive(Inner::ppp);
      break;
    }
    case kTypeVlan:
      derive(Inner::vlan);
      break;
    case kTypeErspan:  // type I has neither an ERSPAN header nor a sequence number
      derive(gre.sequence() ? Inner::erspan2 : Inner::ethernet);
      break;
    case kTypeTransparent:
      derive(Inner::ethernet);
      break;
    case kTypeArp:
      derive(Inner::arp);
      break;
    default:
      break;
  }
}

Outcome decode_erspan2(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader) return Outcome::failed;
  if (!p.enter_layer()) return Outcome::failed;
  const std::uint16_t first = be16(bytes, 0);
  if (first >> 12 != 1) return Outcome::failed;
  const std::uint16_t vlan = first & 0x0fff;
  if (vlan > 0) p.out.vlan[p.out.vlans++] = vlan;
  return decode_ethernet(run, p, from(bytes, kHeader));
}

// On any port: an IPv6 packet that fills the datagram, possibly after an origin indication (the
// client's address and port).
bool decode_teredo(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kOrigin = 8;
  if (bytes.size() < kIpv6Header) return false;
  if (bytes[0] == 0) {
    if (bytes[1] != 0 || bytes.size() < kOrigin + kIpv6Header) return false;
    bytes = from(bytes, kOrigin);
  }
  const std::size_t size = be16(bytes, 4);
  const std::uint8_t next = bytes[6];
  const std::uint8_t hop_limit = bytes[7];
  if (bytes[0] >> 4 != 6 || hop_limit == 0) return false;
  if (next == kHopByHop && size < 8) return false;
  if (bytes.size() != kIpv6Header + size) return false;
  return derive_inner(run, p, bytes, Inner::ipv6, Origin::teredo);
}

bool decode_geneve(Run& run, Packet& p, Bytes bytes) {
  constexpr std::uint16_t kPort = 6081;
  constexpr std::size_t kHeader = 8;
  if (p.out.sp != kPort && p.out.dp != kPort) return false;
  if (bytes.size() < kHeader) return false;
  if (!p.enter_layer()) return false;
  const std::size_t options = (bytes[0] & 0x3fu) * std::size_t{4};
  if (bytes.size() < kHeader + options) return false;
  const bool is_version0 = bytes[0] >> 6 == 0;
  const bool reserved = (bytes[1] & 0x3f) != 0 || bytes[7] != 0;
  if (!is_version0 || reserved) return false;
  std::size_t at = 0;
  while (at < options) at += 4 + (bytes[kHeader + at + 3] & 0x1fu) * std::size_t{4};
  if (at != options) return false;

  const Bytes rest = from(bytes, kHeader + options);
  switch (be16(bytes, 2)) {
    case kTypeIpv4:
      derive_inner(run, p, rest, Inner::ipv4, Origin::geneve);
      break;
    case kTypeIpv6:
      derive_inner(run, p, rest, Inner::ipv6, Origin::geneve);
      break;
    case kTypeTransparent:
      derive_inner(run, p, rest, Inner::ethernet, Origin::geneve);
      break;
    case kTypeArp:
      break;
    default:
      p.out.invalid = true;
      break;
  }
  return true;
}

bool decode_vxlan(Run& run, Packet& p, Bytes bytes) {
  constexpr std::uint16_t kPort = 4789;
  constexpr std::size_t kHeader = 8;
  constexpr std::size_t kEthernet = 14;
  if (p.out.dp != kPort || bytes.size() < kHeader + kEthernet) return false;
  if (!p.enter_layer()) return false;
  // The one flag must be set, and reserved bits must be 0.
  const bool flags_fit =
      run.dialect.vxlan_strict ? be32(bytes, 0) == 0x08000000 : (bytes[0] & 0x08) != 0;
  if (!flags_fit || bytes[7] != 0) return false;
  const auto derive = [&](Inner inner) {
    const bool whole = run.dialect.vxlan_frame;
    derive_inner(run, p, from(bytes, whole ? kHeader : kHeader + kEthernet),
                 whole ? Inner::ethernet : inner, Origin::vxlan);
  };
  switch (be16(bytes, kHeader + 12)) {
    case kTypeIpv4:
      derive(Inner::ipv4);
      break;
    case kTypeIpv6:
      derive(Inner::ipv6);
      break;
    case kTypeVlan:
    case 0x88a8:
    case 0x9100:
      derive(Inner::vlan);
      break;
    case kTypeArp:
      if (run.dialect.vxlan_frame) derive(Inner::arp);
      break;
    default:
      p.out.invalid = true;
      break;
  }
  return true;
}

}  // namespace surisim::decode
