// Decodes transport headers: TCP, UDP, SCTP, ESP, IGMP, and ICMP with the packet that an error
// quotes. Source: decode-tcp.c, decode-udp.c, decode-icmpv4.c and similar files; T6 to T10.
#include <algorithm>

#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

// Only these mistakes in options make the packet invalid (T10).
bool sound_tcp_options(Bytes options) {
  constexpr std::uint8_t kMd5 = 19;
  constexpr std::uint8_t kAuthentication = 29;
  bool sound = true;
  const bool lengths_fit = for_each_option(options, [&sound](Bytes option) {
    if (option[0] == kMd5 && option.size() != 18) sound = false;
    if (option[0] == kAuthentication && option.size() < 4) sound = false;
  });
  return lengths_fit && sound;
}

// Sets `data` to the first data chunk, if there is one. False: a chunk does not fit.
bool find_sctp_data(Bytes chunks, Bytes& data) {
  constexpr std::size_t kDataHeader = 16;
  bool found = false;
  while (!chunks.empty()) {
    const std::size_t size = be16(chunks, 2);
    if (chunks.size() < 4 || size < 4 || size > chunks.size()) return false;
    if (!found && chunks[0] == 0 && size >= kDataHeader) {
      data = chunks.subspan(kDataHeader, size - kDataHeader);
      found = true;
    }
    chunks = from(chunks, (size + 3) & ~std::size_t{3});
  }
  return true;
}

}  // namespace

void decode_tcp(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 20;
  if (bytes.size() < kHeader) return p.set_invalid();
  const std::size_t header = (bytes[12] >> 4) * std::size_t{4};
  if (header < kHeader || header > bytes.size()) return p.set_invalid();
  if (!sound_tcp_options(bytes.subspan(kHeader, header - kHeader))) p.out.invalid = true;
  p.out.l4 = p.offset(bytes);
  p.out.proto = kTcp;
  p.out.sp = be16(bytes, 0);
  p.out.dp = be16(bytes, 2);
  p.out.tcp = {be32(bytes, 4), be32(bytes, 8), be16(bytes, 14), bytes[13]};
  p.set_payload(from(bytes, header));
  p.wants_flow = true;
}

void decode_udp(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  const std::size_t size = be16(bytes, 4);
  if (bytes.size() < kHeader || size > bytes.size() || size < kHeader) return p.set_invalid();
  p.out.l4 = p.offset(bytes);
  p.out.proto = kUdp;
  p.out.sp = be16(bytes, 0);
  p.out.dp = be16(bytes, 2);
  const Bytes payload = bytes.subspan(kHeader, size - kHeader);
  p.set_payload(payload);
  p.wants_flow = true;
  if (decode_teredo(run, p, payload)) return;
  if (decode_geneve(run, p, payload)) return;
  decode_vxlan(run, p, payload);
}

void decode_sctp(const Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 12;
  if (bytes.size() < kHeader) return p.set_invalid();
  p.out.proto = kSctp;
  p.out.sp = be16(bytes, 0);
  p.out.dp = be16(bytes, 2);
  const Bytes chunks = from(bytes, kHeader);
  Bytes data = run.dialect.sctp_chunks ? bytes.subspan(kHeader, 0) : chunks;
  if (run.dialect.sctp_chunks && !find_sctp_data(chunks, data)) return p.set_invalid();
  p.out.l4 = p.offset(bytes);
  p.out.sctp_size = bytes.size();
  p.set_payload(data);
  p.wants_flow = true;
}

void decode_esp(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  if (!p.enter_layer()) return;
  if (bytes.size() < kHeader) return p.set_invalid();
  p.out.l4 = p.offset(bytes);
  p.out.proto = kEsp;
  p.spi = be32(bytes, 0);
  p.set_payload(from(bytes, kHeader));
  p.wants_flow = true;
}

namespace {

enum Icmp : std::uint8_t {
  kEchoReply = 0,
  kUnreachable = 3,
  kSourceQuench = 4,
  kRedirect = 5,
  kEcho = 8,
  kRouterAdvertisement = 9,
  kRouterSolicitation = 10,
  kTimeExceeded = 11,
  kParameterProblem = 12,
  kTimestamp = 13,
  kTimestampReply = 14,
  kInfoRequest = 15,
  kInfoReply = 16,
  kAddressMask = 17,
  kAddressMaskReply = 18,
};

struct Pair {
  std::uint8_t one;
  std::uint8_t other;
};

constexpr Pair kIcmpPairs[] = {{kEcho, kEchoReply},
                               {kTimestamp, kTimestampReply},
                               {kInfoRequest, kInfoReply},
                               {kRouterSolicitation, kRouterAdvertisement},
                               {kAddressMask, kAddressMaskReply}};

// Echo, neighbour, router, listener, node information, home agent, mobile prefix, certificate
// path, multicast router, duplicate address.
constexpr Pair kIcmpv6Pairs[] = {{128, 129}, {135, 136}, {133, 134}, {130, 131}, {139, 140},
                                 {144, 145}, {146, 147}, {148, 149}, {151, 152}, {157, 158}};

template <std::size_t N>
std::uint8_t counterpart(const Pair (&pairs)[N], std::uint8_t type) {
  for (const Pair& pair : pairs) {
    if (pair.one == type) return pair.other;
    if (pair.other == type) return pair.one;
  }
  return 0;
}

// The largest code whose quoted packet is decoded; -1 if the type quotes none.
int last_code(std::uint8_t type) {
  switch (type) {
    case kUnreachable:
      return 15;
    case kRedirect:
      return 3;
    case kTimeExceeded:
      return 1;
    case kSourceQuench:
    case kParameterProblem:
      return 0;
    default:
      return -1;
  }
}

// Ports are read after twenty bytes of IP header, even if the header says that it is longer.
void read_quote(Packet& p, Bytes quoted) {
  if (quoted.size() < kIpv4Header || quoted[0] >> 4 != 4) return p.set_invalid();
  const std::uint8_t proto = quoted[9];
  const std::size_t least = kIpv4Header + (proto == kTcp ? 4 : 8);
  if ((proto != kTcp && proto != kUdp) || quoted.size() < least) return;
  std::copy_n(quoted.begin() + 12, 4, p.quote.src.begin());
  std::copy_n(quoted.begin() + 16, 4, p.quote.dst.begin());
  p.quote.sp = be16(quoted, kIpv4Header);
  p.quote.dp = be16(quoted, kIpv4Header + 2);
  p.quote.proto = proto;
}

std::size_t icmp_header_size(std::uint8_t type, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  std::size_t more = 0;
  if (type == kTimestamp || type == kTimestampReply) more = 12;
  if (type == kRouterAdvertisement) more = std::size_t{4} * bytes[4] * bytes[5];
  return kHeader + more <= bytes.size() ? kHeader + more : kHeader;
}

void set_type(Packet& p, Bytes bytes, std::uint8_t other) {
  p.out.l4 = p.offset(bytes);
  p.out.icmp_type = bytes[0];
  p.out.icmp_code = bytes[1];
  p.out.sp = static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);  // type and code share the port
  p.out.dp = other;
  p.wants_flow = true;
}

}  // namespace

void decode_icmpv4(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader) return p.set_invalid();
  const std::uint8_t type = bytes[0];
  p.out.proto = kIcmp;
  set_type(p, bytes, counterpart(kIcmpPairs, type));
  // Suricata tries to read a quoted packet from a source quench that is only a header, and fails.
  if (bytes[1] <= last_code(type) && (bytes.size() > kHeader || type == kSourceQuench)) {
    read_quote(p, from(bytes, kHeader));
  }
  p.set_payload(from(bytes, icmp_header_size(type, bytes)));
}

void decode_icmpv6(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader) return p.set_invalid();
  const std::uint8_t type = bytes[0];
  const std::uint8_t code = bytes[1];
  p.out.proto = kIcmpv6;
  set_type(p, bytes, counterpart(kIcmpv6Pairs, type));

  // Unreachable, packet too big, time exceeded, parameter problem.
  constexpr std::array<std::uint8_t, 5> kLastCodes = {0, 6, 0, 1, 2};
  const bool quotes = type >= 1 && type < kLastCodes.size() && code <= kLastCodes[type];
  const Bytes body = from(bytes, kHeader);
  if (quotes && (body.size() < kIpv6Header || body[0] >> 4 != 6)) p.out.invalid = true;
  const bool is_echo = (type == 128 || type == 129) && code == 0;
  if (quotes || is_echo) {
    p.set_payload(body);
  } else if (body.size() >= 4) {
    // As in Suricata: from the fifth byte on, and four bytes short of the end.
    p.set_payload(bytes.subspan(4, body.size() - 4));
  }
}

namespace {

// The sum of big-endian 16-bit words; an odd last byte is padded with 0.
std::uint64_t sum_of(Bytes bytes) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += std::uint32_t{bytes[at]} << 8 | bytes[at + 1];
  if (at < bytes.size()) sum += std::uint32_t{bytes[at]} << 8;
  return sum;
}

}  // namespace

bool has_right_checksum(const Decoded& packet) {
  const std::size_t end = packet.payload + packet.payload_size;
  const Bytes segment = packet.bytes.subspan(packet.l4, end - packet.l4);
  const std::size_t address = packet.ipv6 ? 16 : 4;
  std::uint64_t sum = sum_of(segment) + segment.size() + packet.proto;
  sum += sum_of(Bytes(packet.src).first(address));
  sum += sum_of(Bytes(packet.dst).first(address));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

namespace {

constexpr std::size_t kIgmpHeader = 8;
constexpr std::size_t kQueryHeader = 12;
constexpr std::size_t kRecordHeader = 8;
constexpr std::uint8_t kQuery = 0x11;
constexpr std::uint8_t kReport3 = 0x22;

// Where the payload starts; beyond the end if the message is incomplete.
std::size_t igmp_header_size(Bytes bytes) {
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
  if (bytes.size() < kIgmpHeader) return p.set_invalid();
  p.out.l4 = p.offset(bytes);
  const std::size_t size = igmp_header_size(bytes);
  if (size > bytes.size()) return p.set_invalid();
  p.set_payload(from(bytes, size));
}

}  // namespace surisim::decode
