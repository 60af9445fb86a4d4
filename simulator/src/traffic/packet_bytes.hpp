// Sets the fields of Suricata's Packet that point into its bytes, and writes IP headers.
//
// When:    when a packet is filled.
// Owner:   the caller owns the bytes, which must outlive the packet's use.
// Threads: the worker that handles the packet.
// Source:  decode.h, decode-tcp.c and its siblings; E24.
#pragma once

#include <suricata/decode.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace surisim::engine {

struct PacketBytes {
  std::span<std::uint8_t> all;      // from the first header on
  std::uint8_t* l4 = nullptr;       // the transport header; null: there is none, as in a fragment
  std::span<std::uint8_t> payload;  // of the transport layer; its data() may be null
};

// Sets the transport layer, the payload and the length. The packet's protocol must be set.
void set_bytes(Packet& packet, const PacketBytes& bytes);

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
