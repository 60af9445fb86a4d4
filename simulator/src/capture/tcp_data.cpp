// What is left to read of a TCP session's data, when no parser knows its protocol.
//
// Suricata looks for the protocol in what has been acknowledged of each direction, and gives up
// once it has looked at both, or at much of one. Until then data waits at its beginning.
//
// Source:  stream-tcp-reassemble.c (StreamTcpReassembleHandleSegment, ReassembleUpdateAppLayer,
//          CheckGap, StreamNeedsReassembly), app-layer.c (TCPProtoDetectCheckBailConditions); T14.
#include <algorithm>

#include "capture/tcp_session.hpp"

namespace surisim::engine {

namespace {
constexpr std::uint32_t kEnough = 100'000;       // bytes of one direction to look at
constexpr std::uint32_t kDepth = 1024U * 1024U;  // stream.reassembly.depth
}  // namespace

// An acknowledgement makes the other end's data ready; an end of the session, one's own, too.
void TcpSession::reassemble(const Step& step) {
  const TcpSegment& segment = step.segment;
  const bool resets = segment.has(kTcpRst);
  const bool ends = segment.has(kTcpFin) && state_ > State::time_wait;
  const bool reads_own = resets || ends || state_ == State::closed;
  const bool reads_other = !resets && (!ends || segment.has(kTcpAck));
  if (reads_other) read(step.to);
  if (segment.size > 0 && !resets && seq_after(segment.end(), step.from.begin)) {
    const bool is_last = !step.from.has_data || seq_after(segment.end(), step.from.data);
    if (is_last) step.from.data = segment.end();
    step.from.has_data = true;
    if (!seq_after(segment.seq, step.from.begin)) step.from.has_start = true;
  }
  if (reads_own) read(step.from);
}

void TcpSession::read(End& end) {
  if (unknown_protocol_) return;
  if (!end.has_data) {
    if (state_ >= State::closing) look_for_protocol(end);
    return;
  }
  const bool is_acked = seq_after(end.acked, end.begin);
  if (end.has_start) {
    if (is_acked || state_ == State::closed) look_for_protocol(end);
  } else if (is_acked && finds_gap(end)) {
    liberal_ = end.has_gap = true;
  }
}

void TcpSession::look_for_protocol(End& end) {
  if (end.has_gap) return;  // never looked at again
  end.tried = true;
  if (state_ < State::established) return;
  const End& client = ends_[0];
  const End& server = ends_[1];
  const auto size = [](const End& one) { return one.has_data ? one.data - one.begin : 0; };
  const auto limit = [](const End& other) {
    return std::max(kEnough, std::min(other.window, kDepth));
  };
  const bool both = (client.tried || client.has_gap) && (server.tried || server.has_gap);
  const bool much_of_one = (size(client) > limit(server) && !server.has_data) ||
                           (size(server) > limit(client) && !client.has_data);
  const bool much = size(client) > 2 * limit(server) || size(server) > 2 * limit(client);
  unknown_protocol_ = both || much_of_one || much;
}

// Bytes at the beginning are acknowledged that have not come. A FIN is acknowledged as a byte.
bool TcpSession::finds_gap(const End& end) const {
  const std::uint32_t fin = state_ >= State::fin_wait1 ? 1 : 0;
  return seq_after(end.acked - fin, end.begin);
}

}  // namespace surisim::engine
