// The packet that Suricata makes up so that a worker looks once more at what is left of a TCP
// flow's data, in one direction: headers, no payload. Packet loggers see it; callbacks do not
// (L30).
//
// Source: flow-timeout.c (FlowPseudoPacketSetup), flow-worker.c (FlowFinish); T14.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <array>
#include <cstdint>

namespace surisim::engine {

class LastLookPacket {
 public:
  // `flow` has to outlive it. `is_last`: no other one follows for this flow.
  LastLookPacket(Flow& flow, bool to_server, SCTime_t now, bool is_last);
  LastLookPacket(const LastLookPacket&) = delete;
  LastLookPacket& operator=(const LastLookPacket&) = delete;

  const Packet& packet() const { return packet_; }

 private:
  void write_headers(bool ipv6);

  Packet packet_{};
  alignas(4) std::array<std::uint8_t, 60> headers_{};  // IP and TCP
};

}  // namespace surisim::engine
