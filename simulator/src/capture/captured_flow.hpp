// Fills Suricata's Packet and Flow from a decoded packet, and tells when a flow has timed out.
//
// When:    for each packet whose bytes have been decoded.
// Owner:   the caller owns the structs.
// Threads: the flow's worker, with the flow locked or not yet known to others.
// Source:  flow-util.c (FlowInit), flow.c (FlowHandlePacketUpdate), decode.h, flow-private.h; T1,
//          T2, T12.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <cstddef>
#include <cstdint>

#include "capture/tcp_session.hpp"
#include "decode/decode.hpp"

namespace surisim::engine {

void fill_packet(Packet& packet, const decode::Decoded& decoded, std::uint32_t hash);
// Fills the fields that a receive module sets: Suricata's own; a capture plugin sets them itself.
// `record`: the number in the capture file, from 1; 0: there is no capture file.
void fill_capture(Packet& packet, const decode::Decoded& decoded, std::uint64_t record);
// Packet.pkt_src
std::uint8_t source_of(decode::Origin origin);
// Fills a new flow from its first packet, which defines the direction to the server (T1).
void fill_flow(Flow& flow, const Packet& packet, const decode::Decoded& decoded);
bool is_to_server(const Flow& flow, const decode::Decoded& decoded);
// Counts the packet on its flow and sets its direction, before the update callbacks (L30).
void count_packet(Flow& flow, Packet& packet, const decode::Decoded& decoded, int thread_id);
// Sets the flow's state from the session's, after the update callbacks.
void set_state(Flow& flow, TcpSession::State state);
TcpSegment segment_of(const decode::Decoded& decoded, bool to_server);
// Packet time, µs (T12).
std::int64_t times_out_at(const Flow& flow);
// Whether the flow has timed out at `now`, µs (T12). Time-outs are shorter in emergency mode.
bool is_timed_out(const Flow& flow, std::int64_t now, bool emergency = false);
// Whether at `now`, µs, the flow has been idle too short to be taken under memory pressure (L31).
bool is_alive(const Flow& flow, std::int64_t now);

}  // namespace surisim::engine
