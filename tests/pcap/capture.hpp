// Creates capture files for tests: builds packets, which libpcap writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace surisim::test {

using Bytes = std::string;

// 10.0.0.`last`, 2001::`last`
Bytes ip4(std::uint8_t last);
Bytes ip6(std::uint8_t last);

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16;

Bytes tcp(std::uint16_t sp, std::uint16_t dp, std::uint8_t flags, std::uint32_t seq,
          std::uint32_t ack, const Bytes& data);
Bytes udp(std::uint16_t sp, std::uint16_t dp, const Bytes& data = "data");
// With one empty chunk.
Bytes sctp(std::uint16_t sp, std::uint16_t dp);
Bytes icmp(std::uint8_t type, std::uint8_t code, const Bytes& rest = Bytes(4, '\0'));
// `fragment`: flags and offset of the IPv4 header.
Bytes ipv4(std::uint8_t proto, const Bytes& src, const Bytes& dst, const Bytes& payload,
           std::uint16_t fragment = 0);
Bytes ipv6(std::uint8_t proto, const Bytes& src, const Bytes& dst, const Bytes& payload);
// Ethernet around an IP packet, or around a payload of `type` if that is not 0.
Bytes ethernet(const Bytes& payload, const std::vector<std::uint16_t>& vlans = {},
               std::uint16_t type = 0);

// Ethernet, from client 10.0.0.1 to server 10.0.0.2, or back.
Bytes udp_packet(bool to_server, std::uint16_t client_port = 5000);
Bytes tcp_packet(bool to_server, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                 const Bytes& data = {}, std::uint16_t client_port = 40000);

// The same with a correct checksum, which tcp() leaves out. Ethernet, no VLAN, no IP options.
Bytes with_checksum(Bytes tcp_packet);

struct TimedRecord {
  std::int64_t time;  // µs
  Bytes bytes;
};

class Capture {
 public:
  // Seconds since the capture's start; by default a millisecond after the previous record.
  Capture& add(const Bytes& bytes, double at);
  Capture& add(const Bytes& bytes);
  // 8 packets: handshake, a request and an answer, FIN from both ends.
  Capture& add_tcp_conversation(std::uint16_t client_port = 40000);

  // Writes the file with libpcap and returns its name. `link_type`: libpcap's number.
  std::string write(const std::string& path, int link_type = 1, bool nanoseconds = false) const;
  Bytes as_pcapng(bool big_endian) const;
  Bytes as_pcap(bool big_endian) const;

 private:
  std::vector<TimedRecord> records_;
};

Bytes gzipped(const Bytes& content);

}  // namespace surisim::test
