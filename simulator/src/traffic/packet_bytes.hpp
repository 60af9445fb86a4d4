// A packet's bytes, as the fields of Suricata's Packet show them.
//
// When:    when a packet is filled.
// Owner:   the caller owns the bytes, which must stay for as long as the packet is used.
// Threads: the worker that handles the packet.
// Source:  decode.h, decode-tcp.c and its siblings; E24.
#pragma once

#include <suricata/decode.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace surisim::engine {

struct PacketBytes {
  std::span<std::uint8_t> all;      // from the first header on
  std::uint8_t* l4 = nullptr;       // the transport header; null: there is none, as in a fragment
  std::span<std::uint8_t> payload;  // of the transport layer; its data() may be null
};

// Sets the transport layer, the payload and the length. The packet's protocol is known already.
void set_bytes(Packet& packet, const PacketBytes& bytes);

}  // namespace surisim::engine
