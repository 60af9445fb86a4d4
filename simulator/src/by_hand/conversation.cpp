// Builds frames from a test's PacketSpecs, and sends the packets of a handshake, close or reset.
#include "by_hand/conversation.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>
#include <vector>

#include "surisim/traffic.hpp"

namespace surisim::engine {
namespace {

constexpr std::uint8_t kPsh = 0x08;
constexpr std::size_t kMostIp = 65'535;       // bytes of an IP packet
constexpr std::uint16_t kMore = 0x2000;       // IPv4: more fragments follow
constexpr std::uint8_t kFragmentHeader = 44;  // IPv6

std::string be16(std::size_t value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}
std::string be32(std::size_t value) { return be16(value >> 16 & 0xffff) + be16(value & 0xffff); }

std::string byte(std::size_t value) { return {static_cast<char>(value & 0xff)}; }

void put16(std::string& bytes, std::size_t at, std::uint16_t value) {
  bytes.replace(at, 2, be16(value));
}

// The Internet checksum before it is folded and inverted.
std::uint32_t sum_of(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = static_cast<std::uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? std::uint32_t{value} << 8 : value;
  }
  return sum;
}

std::uint16_t folded(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// CRC32c, the checksum of SCTP.
std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

}  // namespace

bool has_ports(std::uint8_t proto) {
  return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

expected<Endpoint> parse_endpoint(std::string_view text, bool with_port) {
  const auto wrong = [&] {
    return refuse_traffic("expected an address {} such as {}, got \"{}\"",
                          with_port ? "with a port" : "without a port",
                          with_port ? "10.0.0.1:80 or [2001:db8::1]:80" : "10.0.0.1 or 2001:db8::1",
                          text);
  };
  std::string address(text);
  Endpoint end;
  if (with_port) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) return wrong();
    const std::string_view port = text.substr(colon + 1);
    const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), end.port);
    if (error != std::errc() || rest != port.data() + port.size()) return wrong();
    address = text.substr(0, colon);
    const bool brackets = address.starts_with('[') && address.ends_with(']');
    if (brackets) address = address.substr(1, address.size() - 2);
    if (brackets != (address.find(':') != address.npos)) return wrong();
  }
  unsigned char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) {
    end.address.assign(reinterpret_cast<const char*>(bytes), 4);
  } else if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) {
    end.address.assign(reinterpret_cast<const char*>(bytes), 16);
  } else {
    return wrong();
  }
  return end;
}

expected<Conversation> Conversation::make(const FlowSpec& spec) {
  constexpr std::size_t kMostVlans = 3;
  constexpr std::uint16_t kMostVlanId = 4095;
  auto client = parse_endpoint(spec.client, has_ports(spec.proto));
  if (!client) return tl::unexpected<Error>(client.error());
  auto server = parse_endpoint(spec.server, has_ports(spec.proto));
  if (!server) return tl::unexpected<Error>(server.error());
  if (client->address.size() != server->address.size())
    return refuse_traffic("expected two IPv4 or two IPv6 addresses, got \"{}\" and \"{}\"",
                          spec.client, spec.server);
  if (spec.vlans.size() > kMostVlans)
    return refuse_traffic("expected at most {} VLAN ids, got {}", kMostVlans, spec.vlans.size());
  for (const std::uint16_t id : spec.vlans) {
    if (id > kMostVlanId)
      return refuse_traffic("expected a VLAN id from 0 to {}, got {}", kMostVlanId, id);
  }
  return Conversation(spec, *std::move(client), *std::move(server));
}

std::uint8_t Conversation::icmp_proto() const {
  return ipv6_ ? std::uint8_t{IPPROTO_ICMPV6} : std::uint8_t{IPPROTO_ICMP};
}

expected<void> Conversation::check(const PacketSpec& spec) const {
  const bool is_tcp = proto_ == IPPROTO_TCP && !spec.icmp_error;
  if (!is_tcp && spec.tcp_flags) return refuse_traffic("only TCP packets have tcp_flags");
  if (!is_tcp && spec.gap > 0) return refuse_traffic("only TCP data can have a gap");
  if (!is_tcp && spec.unacked > 0) return refuse_traffic("only TCP acknowledges data");
  if (spec.icmp_error && !spec.payload.empty())
    return refuse_traffic("an ICMP error quotes a packet of the flow: its payload cannot be set");
  constexpr std::size_t kHeaders = 100;
  const std::size_t most = kMostIp - kHeaders;
  if (spec.payload.size() > most)
    return refuse_traffic("expected at most {} bytes in a packet, got {}", most,
                          spec.payload.size());
  if (spec.fragments == 0) return refuse_traffic("expected at least 1 fragment, got 0");
  return {};
}

expected<std::vector<std::string>> Conversation::packet(const PacketSpec& spec) {
  if (const auto right = check(spec); !right) return tl::unexpected<Error>(right.error());
  const std::array<std::uint32_t, 2> before = next_;
  IpPacket packet{spec.icmp_error ? icmp_proto() : proto_, spec.to_server, transport(spec)};
  if (spec.fragments == 1) return std::vector<std::string>{frame(packet)};

  // The length of each fragment but the last is a multiple of 8 bytes.
  const std::size_t units = (packet.payload.size() + 7) / 8;
  if (units < spec.fragments) {
    next_ = before;
    return refuse_traffic("expected at most {} fragments of {} bytes after the IP header, got {}",
                          units, packet.payload.size(), spec.fragments);
  }
  ++ip_id_;
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < spec.fragments; ++i) {
    const std::size_t begin = units * i / spec.fragments * 8;
    const std::size_t end = std::min(units * (i + 1) / spec.fragments * 8, packet.payload.size());
    frames.push_back(fragment(packet, begin, end - begin));
  }
  return frames;
}

void Conversation::restart() {
  constexpr std::uint32_t kApart = 1'000'000;
  ++restarts_;
  next_ = {kFirst[0] + restarts_ * kApart, kFirst[1] + restarts_ * kApart};
}

std::string Conversation::transport(const PacketSpec& spec) {
  if (spec.icmp_error) return icmp_error(spec);
  switch (proto_) {
    case IPPROTO_TCP:
      return tcp(spec);
    case IPPROTO_UDP:
      return udp(spec);
    case IPPROTO_SCTP:
      return sctp(spec);
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return icmp(spec);
    default:
      return spec.payload;
  }
}

std::uint16_t Conversation::checksum(std::string_view bytes, std::uint8_t proto,
                                     bool to_server) const {
  const bool pseudo_header = proto != IPPROTO_ICMP;
  std::uint32_t sum = sum_of(bytes);
  if (pseudo_header)
    sum += sum_of(from(to_server).address) + sum_of(to(to_server).address) + proto +
           static_cast<std::uint32_t>(bytes.size());
  return folded(sum);
}

std::string Conversation::tcp(const PacketSpec& spec) {
  const std::uint8_t flags = spec.tcp_flags.value_or(
      static_cast<std::uint8_t>(kTcpAck | (spec.payload.empty() ? 0 : kPsh)));
  std::uint32_t& mine = next_[spec.to_server ? 0 : 1];
  const std::uint32_t other = next_[spec.to_server ? 1 : 0];
  mine += spec.gap;
  std::string bytes = be16(from(spec.to_server).port) + be16(to(spec.to_server).port) + be32(mine) +
                      be32((flags & kTcpAck) != 0 ? other - spec.unacked : 0) + byte(0x50) +
                      byte(flags) + be16(0xffff) + be32(0) + spec.payload;
  std::uint16_t sum = checksum(bytes, IPPROTO_TCP, spec.to_server);
  if (spec.bad_checksum) sum ^= 0x5555;
  put16(bytes, 16, sum);
  mine += static_cast<std::uint32_t>(spec.payload.size()) + ((flags & kTcpSyn) != 0 ? 1 : 0) +
          ((flags & kTcpFin) != 0 ? 1 : 0);
  return bytes;
}

std::string Conversation::udp(const PacketSpec& spec) const {
  std::string bytes = be16(from(spec.to_server).port) + be16(to(spec.to_server).port) +
                      be16(8 + spec.payload.size()) + be16(0) + spec.payload;
  std::uint16_t sum = checksum(bytes, IPPROTO_UDP, spec.to_server);
  if (sum == 0) sum = 0xffff;  // 0 means: no checksum
  if (spec.bad_checksum) sum ^= 0x5555;
  put16(bytes, 6, sum);
  return bytes;
}

// One complete DATA chunk.
std::string Conversation::sctp(const PacketSpec& spec) {
  std::uint32_t& tsn = next_[spec.to_server ? 0 : 1];
  const std::string ports = be16(from(spec.to_server).port) + be16(to(spec.to_server).port);
  std::string chunk = byte(0) + byte(3) + be16(16 + spec.payload.size()) + be32(tsn++) + be16(0) +
                      be16(0) + be32(0) + spec.payload;
  chunk.resize((chunk.size() + 3) / 4 * 4);
  std::string bytes = ports + be32(1) + be32(0) + chunk;
  std::uint32_t crc = crc_of(bytes);
  if (spec.bad_checksum) crc ^= 0x55555555;
  bytes.replace(8, 4, be32(ntohl(crc)));
  return bytes;
}

// Echo requests to the server, replies to the client.
std::string Conversation::icmp(const PacketSpec& spec) const {
  constexpr std::uint8_t kRequest = 8, kReply = 0, kRequest6 = 128, kReply6 = 129;
  const std::uint8_t type = spec.to_server ? (proto_ == IPPROTO_ICMPV6 ? kRequest6 : kRequest)
                                           : (proto_ == IPPROTO_ICMPV6 ? kReply6 : kReply);
  std::string bytes = byte(type) + byte(0) + be16(0) + be16(1) + be16(1) + spec.payload;
  std::uint16_t sum = checksum(bytes, proto_, spec.to_server);
  if (spec.bad_checksum) sum ^= 0x5555;
  put16(bytes, 2, sum);
  return bytes;
}

// "Destination unreachable", which quotes a packet that the receiver has sent.
std::string Conversation::icmp_error(const PacketSpec& spec) const {
  Conversation sender = *this;
  const IpPacket quoted{proto_, !spec.to_server, sender.transport({.to_server = !spec.to_server})};
  constexpr std::size_t kQuoted = 8;  // bytes after the IP header
  const std::string quote =
      ip_header(quoted, quoted.payload.size(), proto_, 0) + quoted.payload.substr(0, kQuoted);
  std::string bytes = byte(ipv6_ ? 1 : 3) + byte(*spec.icmp_error) + be16(0) + be32(0) + quote;
  std::uint16_t sum = checksum(bytes, icmp_proto(), spec.to_server);
  if (spec.bad_checksum) sum ^= 0x5555;
  put16(bytes, 2, sum);
  return bytes;
}

// `size`: bytes after the header; `next`: their protocol; `fragment`: IPv4's flags and offset.
std::string Conversation::ip_header(const IpPacket& packet, std::size_t size, std::uint8_t next,
                                    std::uint16_t fragment) const {
  const std::string& src = from(packet.to_server).address;
  const std::string& dst = to(packet.to_server).address;
  constexpr std::size_t kTtl = 64;
  if (ipv6_) return be32(0x60000000) + be16(size) + byte(next) + byte(kTtl) + src + dst;
  std::string header = byte(0x45) + byte(0) + be16(20 + size) + be16(ip_id_) + be16(fragment) +
                       byte(kTtl) + byte(next) + be16(0) + src + dst;
  put16(header, 10, folded(sum_of(header)));
  return header;
}

std::string Conversation::link(bool to_server) const {
  constexpr std::size_t kVlan = 0x8100, kIpv4 = 0x0800, kIpv6 = 0x86dd;
  const std::string client = be16(0x0200) + be32(1), server = be16(0x0200) + be32(2);
  std::string bytes = to_server ? server + client : client + server;
  for (const std::uint16_t id : vlans_) bytes += be16(kVlan) + be16(id);
  return bytes + be16(ipv6_ ? kIpv6 : kIpv4);
}

std::string Conversation::frame(const IpPacket& packet) const {
  return link(packet.to_server) + ip_header(packet, packet.payload.size(), packet.proto, 0) +
         packet.payload;
}

std::string Conversation::fragment(const IpPacket& packet, std::size_t at, std::size_t size) const {
  const bool more = at + size < packet.payload.size();
  const std::string data = packet.payload.substr(at, size);
  if (ipv6_) {
    const std::string header =
        byte(packet.proto) + byte(0) + be16(at | (more ? 1 : 0)) + be32(ip_id_);
    return link(packet.to_server) + ip_header(packet, header.size() + size, kFragmentHeader, 0) +
           header + data;
  }
  const auto offset = static_cast<std::uint16_t>(at / 8 | (more ? kMore : 0));
  return link(packet.to_server) + ip_header(packet, size, packet.proto, offset) + data;
}

}  // namespace surisim::engine

namespace surisim {

namespace {

constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kPortUnreachable = 3;  // codes of ICMP and ICMPv6
constexpr std::uint8_t kPortUnreachable6 = 4;

std::vector<PacketSpec> packets_of(Exchange what, std::string_view client) {
  constexpr std::uint8_t kSynAck = kTcpSyn | kTcpAck, kFinAck = kTcpFin | kTcpAck,
                         kRstAck = kTcpRst | kTcpAck;
  switch (what) {
    case Exchange::handshake:
      return {{.tcp_flags = kTcpSyn},
              {.to_server = false, .tcp_flags = kSynAck},
              {.tcp_flags = kTcpAck}};
    case Exchange::close:
      return {{.tcp_flags = kFinAck},
              {.to_server = false, .tcp_flags = kFinAck},
              {.tcp_flags = kTcpAck}};
    case Exchange::reset:
      return {{.tcp_flags = kRstAck}};
    case Exchange::icmp_error:
      return {{.to_server = false,
               .icmp_error = icmp_of(client) == kIcmpv6 ? kPortUnreachable6 : kPortUnreachable}};
  }
  return {};
}

}  // namespace

expected<Sent> exchange(Traffic& traffic, FlowId flow, Exchange what) {
  const auto spec = traffic.spec_of(flow);
  if (!spec) return tl::unexpected<Error>(spec.error());
  expected<Sent> sent;
  for (const PacketSpec& packet : packets_of(what, spec->client)) {
    sent = traffic.send(flow, packet);
    if (!sent) break;
  }
  return sent;
}

}  // namespace surisim
