// Decodes IPv4 and IPv6: the header, IPv4's options, IPv6's extension headers, and fragments.
// Source: decode-ipv4.c, decode-ipv6.c; T4, T5, T10.
#include <algorithm>
#include <array>
#include <optional>

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
  std::array<bool, kCheckedOptions.size()> seen{};
  const bool lengths_fit = for_each_option(options, [&](Bytes option) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (kCheckedOptions[i].type != option[0] || seen[i]) continue;
      seen[i] = kCheckedOptions[i].is_sound(option);
      if (!seen[i]) p.out.invalid = true;
    }
  });
  return lengths_fit ? Outcome::ok : p.fail();
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

namespace {

enum Next : std::uint8_t {
  kRouting = 43,
  kFragment = 44,
  kAuthentication = 51,
  kNone = 59,
  kDestination = 60,
  kMobility = 135,
  kHip = 139,
  kShim6 = 140,
};

// The smallest size of an option's value; a smaller one makes the packet invalid.
std::size_t least_value(std::uint8_t option) {
  switch (option) {
    case 0x05:  // router alert
      return 2;
    case 0xc2:  // jumbo payload
      return 4;
    case 0xc9:  // home address
      return 16;
    default:
      return 0;
  }
}

// Options of a hop-by-hop or destination header.
bool sound_extension_options(Bytes options) {
  while (!options.empty()) {
    if (options[0] == 0) {  // one byte of padding
      options = from(options, 1);
      continue;
    }
    const std::size_t value = u8(options, 1);
    if (options.size() < 2 || options.size() < 2 + value) return false;
    if (value < least_value(options[0])) return false;
    options = from(options, 2 + value);
  }
  return true;
}

void derive_ip(Run& run, Packet& p, Bytes data, Inner inner) {
  const bool ipv6 = inner == Inner::ipv6;
  if (data.size() < (ipv6 ? kIpv6Header : kIpv4Header) || data[0] >> 4 != (ipv6 ? 6 : 4))
    return p.set_invalid();
  derive_inner(run, p, data, inner, Origin::ipv6);
  p.wants_flow = true;
}

// Decodes the headers that may follow either the IPv6 header or extension headers. False: `header`
// is another one.
bool decode_payload(Run& run, Packet& p, std::uint8_t header, Bytes data) {
  switch (header) {
    case kTcp:
      decode_tcp(p, data);
      return true;
    case kUdp:
      decode_udp(run, p, data);
      return true;
    case kIcmpv6:
      decode_icmpv6(p, data);
      return true;
    case kSctp:
      decode_sctp(run, p, data);
      return true;
    case kIpip:
      derive_ip(run, p, data, Inner::ipv4);
      return true;
    default:
      return false;
  }
}

// Walks the extension headers of one packet.
class Extensions {
 public:
  Extensions(Run& run, Packet& p, Bytes datagram)
      : run_(run), p_(p), datagram_(datagram), rest_(from(datagram, kIpv6Header)) {}

  void walk(std::uint8_t next) {
    std::optional<std::uint8_t> current = next;
    while (current && *current != kNone) {
      if (rest_.size() < 2) {
        p_.out.invalid = true;
        break;
      }
      current = step(*current);
    }
  }

  std::uint8_t proto() const { return proto_; }  // of the last header that sets it
  const std::optional<Fragment>& fragment() const { return fragment_; }

 private:
  // The number of the next header; nullopt after the last one.
  std::optional<std::uint8_t> step(std::uint8_t header) {
    switch (header) {
      case kRouting:
        proto_ = header;
        return skip(8 + rest_[1] * std::size_t{8});
      case kMobility:
      case kHip:
      case kShim6:
        return skip(8 + rest_[1] * std::size_t{8});
      case kHopByHop:
      case kDestination:
        proto_ = header;
        return options(header);
      case kAuthentication:
        proto_ = header;
        return skip(12 + (rest_[1] > 0 ? (rest_[1] - 1u) * std::size_t{4} : 0));
      case kFragment:
        proto_ = header;
        return fragment_header();
      default:
        last(header);
        return std::nullopt;
    }
  }

  std::optional<std::uint8_t> skip(std::size_t size) {
    last_size_ = size;
    if (size > rest_.size()) {
      p_.out.invalid = true;
      return std::nullopt;
    }
    const std::uint8_t next = rest_[0];
    rest_ = from(rest_, size);
    return next;
  }

  // Checks options in one hop-by-hop header and two destination headers at most.
  std::optional<std::uint8_t> options(std::uint8_t header) {
    const Bytes all = rest_;
    const std::size_t size = (rest_[1] + 1u) * std::size_t{8};
    const std::optional<std::uint8_t> next = skip(size);
    if (!next) return next;
    int& left = header == kHopByHop ? hop_by_hop_left_ : destination_left_;
    if (left > 0) {
      --left;
      if (!sound_extension_options(all.subspan(2, size - 2))) p_.out.invalid = true;
    }
    return next;
  }

  std::optional<std::uint8_t> fragment_header() {
    const std::size_t previous = last_size_;
    const Bytes header = rest_;
    const std::optional<std::uint8_t> next = skip(8);
    if (!next || fragment_) return next;
    const std::uint16_t place = be16(header, 2);
    Fragment& f = fragment_.emplace();
    f.key = {p_.out.src, p_.out.dst, be32(header, 4), p_.out.vlan, kFragment, true};
    f.time = p_.out.time;
    f.offset = place & 0xfff8;
    f.more = (place & 1) != 0;
    f.header = p_.out.bytes.first(p_.offset(header));
    f.data = rest_;
    f.ip_at = p_.offset(datagram_);
    // In the reassembled packet, the header before the fragment header must name the one after it.
    f.next_at = previous > 0 ? f.header.size() - previous : f.ip_at + 6;
    f.next = *next;
    const bool is_whole = f.offset == 0 && !f.more;
    return is_whole ? next : std::nullopt;
  }

  void last(std::uint8_t header) {
    if (header == kIcmp) return;
    proto_ = header;
    if (header == kEsp) {
      decode_esp(p_, rest_);
    } else {
      (void)decode_payload(run_, p_, header, rest_);
    }
  }

  Run& run_;
  Packet& p_;
  Bytes datagram_;
  Bytes rest_;
  std::optional<Fragment> fragment_;
  std::size_t last_size_ = 0;  // of the header before
  int hop_by_hop_left_ = 1;
  int destination_left_ = 2;
  std::uint8_t proto_ = 0;
};

void decode_extensions(Run& run, Packet& p, Bytes datagram) {
  Extensions extensions(run, p, datagram);
  extensions.walk(datagram[6]);
  p.out.proto = extensions.proto();
  const std::optional<Fragment>& fragment = extensions.fragment();
  const bool is_whole = !fragment || (fragment->offset == 0 && !fragment->more);
  if (!is_whole) derive_reassembled(run, p, *fragment);
}

}  // namespace

Outcome decode_ipv6(Run& run, Packet& p, Bytes bytes) {
  if (!p.enter_layer()) return Outcome::failed;
  if (bytes.size() < kIpv6Header || bytes[0] >> 4 != 6) return p.fail();
  const std::size_t size = be16(bytes, 4);
  if (bytes.size() < kIpv6Header + size) return p.fail();
  const Bytes datagram = bytes.first(kIpv6Header + size);
  const Bytes data = from(datagram, kIpv6Header);
  p.out.ipv6 = true;
  p.out.l3 = p.offset(bytes);
  p.out.proto = bytes[6];
  std::copy_n(bytes.begin() + 8, 16, p.out.src.begin());
  std::copy_n(bytes.begin() + 24, 16, p.out.dst.begin());
  if (decode_payload(run, p, p.out.proto, data)) return Outcome::ok;
  switch (p.out.proto) {
    case kIpv6:
      derive_ip(run, p, data, Inner::ipv6);
      break;
    case kGre:
      decode_gre(run, p, data);
      break;
    case kHopByHop:
    case kRouting:
    case kFragment:
    case kEsp:
    case kAuthentication:
    case kNone:
    case kDestination:
    case kMobility:
    case kHip:
    case kShim6:
      decode_extensions(run, p, datagram);
      break;
    case kIcmp:
      p.out.proto = 0;
      break;
    default:
      break;
  }
  return Outcome::ok;
}

}  // namespace surisim::decode
