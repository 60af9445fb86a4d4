// What a packet out of a capture file says in Suricata's structs.
//
// When:    for each packet of a capture file.
// Owner:   the caller has the structs.
// Threads: the flow's worker; the flow is locked, or not yet known to others.
// Source:  flow-util.c (FlowInit), flow.c (FlowHandlePacketUpdate), decode.h, flow-private.h.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <cstdint>

#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"

namespace surisim::engine {

void fill_packet(Packet& packet, const decode::Decoded& decoded, std::uint32_t hash);
// A new flow from its first packet, which is to the server (T1).
void fill_flow(Flow& flow, const Packet& packet, const decode::Decoded& decoded);
bool is_to_server(const Flow& flow, const decode::Decoded& decoded);
// Counts the packet on its flow and sets its direction, before the update callbacks (L30).
void count_packet(Flow& flow, Packet& packet, const decode::Decoded& decoded, int thread_id);
// What the TCP session has come to, after them.
void set_state(Flow& flow, TcpSession::State state);
TcpSegment segment_of(const decode::Decoded& decoded, bool to_server);
// Whether a packet of that time, in µs, comes too late for the flow (T12).
bool is_timed_out(const Flow& flow, std::int64_t now);

}  // namespace surisim::engine
