// Sets the fields of a Packet that point into its bytes.
//
// When:    when a packet is filled.
// Owner:   the caller owns the bytes, which must live as long as the packet is used.
// Threads: the worker that handles the packet.
// Source:  decode.h, decode-tcp.c and the other decoders; E24.
#pragma once

#include <netinet/in.h>
#include <suricata/decode.h>

#include <cstddef>
#include <cstdint>
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

}  // namespace surisim::engine
