#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

enum class Carries : std::uint8_t { ipv4, ipv6, vj_tcp, other, unknown };

// Numbers that a decoder knows and leaves alone are `other`; a number that it does not know makes
// the packet invalid.
Carries carried_by(std::uint16_t protocol) {
  switch (protocol) {
    case 0x0021:
      return Carries::ipv4;
    case 0x0057:
      return Carries::ipv6;
    case 0x002f:
      return Carries::vj_tcp;
    case 0x0023:
    case 0x0025:
    case 0x0027:
    case 0x0029:
    case 0x002b:
    case 0x002d:
    case 0x0031:
    case 0x0033:
    case 0x0035:
    case 0x00fd:
    case 0x0201:
    case 0x0231:
    case 0x0233:
    case 0x0281:
    case 0x0283:
    case 0x8021:
    case 0x8023:
    case 0x8025:
    case 0x8027:
    case 0x8029:
    case 0x802b:
    case 0x8033:
    case 0x8035:
    case 0x8057:
    case 0x80fd:
    case 0x8207:
    case 0x8281:
    case 0xc021:
    case 0xc023:
    case 0xc025:
    case 0xc029:
    case 0xc223:
      return Carries::other;
    default:
      return Carries::unknown;
  }
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

// One byte of protocol: what is not IP is left alone, known or not.
Outcome decode_short(Run& run, Packet& p, std::uint8_t protocol, Bytes bytes) {
  const Carries what = carried_by(protocol);
  if (!is_ip(what)) return Outcome::ok;
  if (what == Carries::vj_tcp) {
    // Such a header has 0 where IP's protocol is.
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
  constexpr std::size_t kHeader = 7;  // and a second byte of protocol
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

}  // namespace surisim::decode
