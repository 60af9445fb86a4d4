// Sets the fields of Suricata's Packet that point into its bytes, and writes IP headers.
//
// When:    when a packet is filled.
// Owner:   the caller owns the bytes, which must live as long as the packet is used.
// Threads: the worker that handles the packet.
// Source:  decode.h, decode-tcp.c and the other decoders; E24.
#pragma once

#include <netinet/in.h>
#include <suricata/decode.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "abi/host.hpp"

namespace surisim::engine {

struct PacketBytes {
  std::span<std::uint8_t> all;      // from the first header on
  std::uint8_t* l4 = nullptr;       // the transport header; null: there is none, as in a fragment
  std::span<std::uint8_t> payload;  // of the transport layer; its data() may be null
};

inline PacketL4Types l4_type(std::uint8_t proto) {
  switch (proto) {
    case IPPROTO_TCP:
      return PACKET_L4_TCP;
    case IPPROTO_UDP:
      return PACKET_L4_UDP;
    case IPPROTO_ICMP:
      return PACKET_L4_ICMPV4;
    case IPPROTO_ICMPV6:
      return PACKET_L4_ICMPV6;
    case IPPROTO_SCTP:
      return static_cast<PacketL4Types>(abi::in_packet().l4_sctp);
    case IPPROTO_ESP:
      return static_cast<PacketL4Types>(abi::in_packet().l4_esp);
    default:
      return PACKET_L4_UNKNOWN;
  }
}

// Sets the transport layer, the payload and the length. `packet.proto` must be set.
inline void set_bytes(Packet& packet, const PacketBytes& bytes) {
  const abi::PacketLayout& in_packet = abi::in_packet();
  packet.l4.type = bytes.l4 == nullptr ? PACKET_L4_UNKNOWN : l4_type(packet.proto);
  packet.l4.hdrs.tcph = reinterpret_cast<TCPHdr*>(bytes.l4);
  in_packet.payload(packet) = bytes.payload.data();
  in_packet.payload_len(packet) = static_cast<std::uint16_t>(bytes.payload.size());
  in_packet.pktlen(packet) = static_cast<std::uint32_t>(bytes.all.size());
  in_packet.ext_pkt(packet) = bytes.all.data();
}

inline void write16(std::uint8_t* to, std::size_t value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}

// Writes the IP header for the packet's addresses and protocol over zeros, without a checksum.
// `payload`: bytes after the header.
inline void write_ip_header(std::uint8_t* ip, const Packet& packet, std::size_t payload) {
  if (packet.src.family == AF_INET6) {
    ip[0] = 6 << 4;
    write16(ip + 4, payload);
    ip[6] = packet.proto;
    ip[7] = 64;  // hop limit
    std::memcpy(ip + 8, packet.src.addr_data8, 16);
    std::memcpy(ip + 24, packet.dst.addr_data8, 16);
  } else {
    ip[0] = 4 << 4 | 5;
    write16(ip + 2, 20 + payload);
    ip[8] = 64;  // TTL
    ip[9] = packet.proto;
    std::memcpy(ip + 12, packet.src.addr_data8, 4);
    std::memcpy(ip + 16, packet.dst.addr_data8, 4);
  }
}

}  // namespace surisim::engine
