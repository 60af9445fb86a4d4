// The pseudo packet that Suricata makes for each direction of a TCP flow with unread data, once the
// flow ends: headers, no payload. Packet loggers see it; flow callbacks do not (L30).
//
// When:    at the end of a flow, on its worker, if a packet logger runs.
// Source:  flow-timeout.c (FlowPseudoPacketSetup), flow-worker.c (FlowFinish); T14.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <array>
#include <cstdint>

namespace surisim::engine {

class PseudoPacket {
 public:
  // `flow` has to outlive it. `is_last`: no other follows for it.
  PseudoPacket(Flow& flow, bool to_server, SCTime_t now, bool is_last);
  PseudoPacket(const PseudoPacket&) = delete;
  PseudoPacket& operator=(const PseudoPacket&) = delete;

  const Packet& packet() const { return packet_; }

 private:
  void write_headers(bool ipv6);

  Packet packet_{};
  alignas(4) std::array<std::uint8_t, 60> headers_{};  // IP and TCP
};

}  // namespace surisim::engine
