// The states of a TCP session up to established.
//
// Source:  stream-tcp.c (StreamTcpPacketStateNone, -SynSent, -SynRecv).
#include <algorithm>

#include "capture/tcp_session.hpp"

namespace surisim::engine {

namespace {
constexpr std::size_t kMostSyns = 10;    // stream.max-syn-queued
constexpr std::size_t kMostSynAcks = 5;  // stream.max-synack-queued
}  // namespace

TcpSession::Opening TcpSession::opening_of(const TcpSegment& segment) {
  Opening opening;
  opening.seq = segment.seq;
  opening.ack = segment.ack;
  opening.time = segment.time;
  opening.window = segment.window;
  opening.scale = segment.options.scale;
  opening.has_ts = segment.options.has_ts;
  opening.ts = segment.options.ts;
  return opening;
}

// The client's current SYN.
TcpSession::Opening TcpSession::current_syn() const {
  const End& client = ends_[0];
  Opening syn;
  syn.seq = client.first;
  syn.time = client.ts_time;
  syn.window = static_cast<std::uint16_t>(ends_[1].window);
  if (client_can_scale_) syn.scale = ends_[1].scale;
  syn.has_ts = client.has_ts;
  syn.ts = client.has_ts ? client.ts : 0;
  return syn;
}

// Records a SYN without ACK, from either end. `from`: the end whose sequence numbers it sets. As in
// Suricata, window and scale are stored as the server's, whoever sent it.
void TcpSession::note_syn(const TcpSegment& segment, End& from) {
  End& server = ends_[1];
  from.first = segment.seq;
  from.begin = from.next = segment.seq + 1;
  if (segment.options.has_ts) {
    from.ts = segment.options.ts;
    from.ts_time = segment.time;
    from.has_ts = true;
  }
  server.window = segment.window;
  client_can_scale_ = segment.options.scale != TcpOptions::kNoScale;
  server.scale = client_can_scale_ ? segment.options.scale : std::uint8_t{0};
}

// Without midstream pick-up only a SYN starts a session.
void TcpSession::on_none(const TcpSegment& segment) {
  if (!segment.has(kTcpSyn) || segment.has_any(kTcpRst | kTcpFin | kTcpAck)) return;
  End& client = ends_[0];
  ends_[segment.to_server ? 0 : 1].flags = segment.flags;
  set(State::syn_sent);
  note_syn(segment, client);
  fast_open_ = segment.options.fast_open;
  has_early_data_ = fast_open_ && segment.size > 0;
  client.has_data = client.has_start = took_data_ = has_early_data_;
  if (has_early_data_) client.data = client.next += segment.size;
}

TcpSession::Verdict TcpSession::on_syn_sent(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpSyn | kTcpAck))
    return segment.to_server ? on_syn_ack_of_client(segment) : on_syn_ack(segment);
  if (!echoes_time_stamp(step)) return Verdict::refused;
  if (segment.has(kTcpRst)) {
    if (!is_reset(step)) return Verdict::refused;
    if (segment.to_server) return Verdict::taken;
    step.to.suspects_reset = true;
    set(State::closed);
    syns_.clear();
  } else if (segment.has(kTcpSyn) && !segment.has(kTcpFin)) {
    on_syn_again(segment);
  }
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_syn_ack(const TcpSegment& segment) {
  const bool with_data = fast_open_ || segment.options.fast_open;
  if (!(with_data ? finds_syn_with_data(segment) : finds_syn(segment))) return Verdict::refused;
  syns_.clear();
  accept_syn_ack(opening_of(segment));
  return Verdict::taken;
}

bool TcpSession::finds_syn(const TcpSegment& syn_ack) {
  return syn_ack.ack == ends_[0].first + 1 || finds_earlier_syn(syn_ack);
}

bool TcpSession::finds_syn_with_data(const TcpSegment& syn_ack) {
  End& client = ends_[0];
  if (syn_ack.ack != client.next) {
    if (syn_ack.ack == client.first + 1) {
      client.next = client.first;  // as in Suricata: the next packet then seems to be ahead
      data_ignored_ = true;
    } else if (!finds_earlier_syn(syn_ack)) {
      return false;
    }
  }
  fast_open_ = true;
  return true;
}

// Whether it answers an earlier SYN, with the same time stamp, which then becomes the current one.
bool TcpSession::finds_earlier_syn(const TcpSegment& syn_ack) {
  const TcpOptions& options = syn_ack.options;
  const auto syn = std::find_if(syns_.begin(), syns_.end(), [&](const Opening& earlier) {
    const bool same_time = !options.has_ts || (earlier.has_ts && earlier.ts == options.echo);
    return same_time && earlier.seq == syn_ack.ack - 1;
  });
  if (syn == syns_.end()) return false;
  adopt_syn(*syn);
  return true;
}

void TcpSession::accept_syn_ack(const Opening& syn_ack) {
  End& client = ends_[0];
  End& server = ends_[1];
  set(State::syn_received);
  server.first = syn_ack.seq;
  server.begin = server.next = syn_ack.seq + 1;
  client.window = syn_ack.window;
  if (syn_ack.has_ts && client.has_ts) {
    server.ts = syn_ack.ts;
    server.ts_time = syn_ack.time;
    time_stamps_ = true;
  } else {
    client.ts = server.ts = 0;
  }
  client.acked = syn_ack.ack;
  server.acked = server.next;
  client.scale = client_can_scale_ && syn_ack.has_scale() ? syn_ack.scale : std::uint8_t{0};
  for (End& end : ends_) end.allowed = end.acked + end.window;
  syn_from_server_ = false;
}

// The client's SYN/ACK, which answers a SYN of the server.
TcpSession::Verdict TcpSession::on_syn_ack_of_client(const TcpSegment& segment) {
  End& client = ends_[0];
  End& server = ends_[1];
  const bool is_expected =
      syn_from_server_ && segment.ack == server.first + 1 && segment.seq == client.first;
  if (!is_expected) return Verdict::refused;
  set(State::syn_received);
  client.begin = client.next = segment.seq + 1;
  server.window = segment.window;
  if (segment.options.has_ts && server.has_ts) {
    client.ts = segment.options.ts;
    client.ts_time = segment.time;
    time_stamps_ = true;
  } else {
    client.ts = server.ts = 0;
  }
  server.acked = segment.ack;
  client.acked = client.next;
  const bool scaled = client_can_scale_ && segment.options.scale != TcpOptions::kNoScale;
  server.scale = scaled ? segment.options.scale : std::uint8_t{0};
  for (End& end : ends_) end.allowed = end.acked + end.window;
  return Verdict::taken;
}

// The latest SYN becomes the current one; earlier ones are kept because they may be answered.
void TcpSession::on_syn_again(const TcpSegment& segment) {
  if (segment.to_server) {
    keep_syn(current_syn());
    return adopt_syn(opening_of(segment));
  }
  syn_from_server_ = true;
  note_syn(segment, ends_[1]);
}

void TcpSession::keep_syn(const Opening& syn) {
  const auto is_same = [&](const Opening& earlier) {
    return syn.has_ts && earlier.has_ts && earlier.ts == syn.ts && earlier.seq == syn.seq;
  };
  if (std::any_of(syns_.begin(), syns_.end(), is_same)) return;
  if (syns_.size() >= kMostSyns) syns_.erase(syns_.begin());
  syns_.push_back(syn);
}

void TcpSession::adopt_syn(const Opening& syn) {
  End& client = ends_[0];
  End& server = ends_[1];
  if (syn.has_ts) {
    client.ts = syn.ts;
    client.ts_time = syn.time;
    client.has_ts = true;
  }
  if (syn.has_scale()) {
    client_can_scale_ = true;
    server.scale = syn.scale;
  } else {
    // Suricata means to clear only the scaling flag, and clears all the others instead.
    syn_from_server_ = time_stamps_ = fast_open_ = data_ignored_ = false;
    server.scale = 0;
  }
  server.window = syn.window;
  client.first = syn.seq;
  client.begin = client.next = syn.seq + 1;
}

// Until the handshake is complete, the server's packets must echo the client's time stamp.
bool TcpSession::echoes_time_stamp(const Step& step) const {
  const TcpOptions& options = step.segment.options;
  if (step.segment.to_server || !options.has_ts || options.echo == 0) return true;
  const End& client = ends_[0];
  return client.has_ts ? client.ts == 0 || options.echo == client.ts : client.ts != 0;
}

TcpSession::Verdict TcpSession::on_syn_received(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) return time_is_valid(step) ? on_first_fin(step) : Verdict::refused;
  if (segment.has(kTcpSyn | kTcpAck)) {
    if (segment.to_server || segment.ack != ends_[0].acked) return Verdict::refused;
    return segment.seq == ends_[1].first ? Verdict::taken : keep_syn_ack(opening_of(segment));
  }
  if (segment.has(kTcpSyn)) {
    const bool again = segment.to_server && segment.seq == ends_[0].first;
    return again ? Verdict::taken : Verdict::refused;
  }
  return segment.has(kTcpAck) ? on_handshake_ack(step) : Verdict::taken;
}

TcpSession::Verdict TcpSession::keep_syn_ack(const Opening& syn_ack) {
  if (std::find(syn_acks_.begin(), syn_acks_.end(), syn_ack) != syn_acks_.end())
    return Verdict::taken;
  if (syn_acks_.size() >= kMostSynAcks) return Verdict::refused;
  syn_acks_.insert(syn_acks_.begin(), syn_ack);
  return Verdict::taken;
}

// The last packet of the handshake, or a later one if the last was lost.
TcpSession::Verdict TcpSession::on_handshake_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  const auto answered =
      std::find_if(syn_acks_.begin(), syn_acks_.end(), [&](const Opening& syn_ack) {
        return syn_ack.seq == segment.ack - 1 && syn_ack.ack == segment.seq;
      });
  if (answered != syn_acks_.end()) accept_syn_ack(*answered);
  if (!time_is_valid(step)) return Verdict::refused;
  if (syn_from_server_ && !segment.to_server) return end_double_start(step);
  return establish(step);
}

TcpSession::Verdict TcpSession::end_double_start(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.seq != step.from.next || !ack_is_valid(step)) return Verdict::refused;
  note_time(step);
  acknowledge(step);
  step.from.next += segment.size;
  open_window(step);
  step.to.allowed = step.to.acked + step.to.window;
  set(State::established);
  return Verdict::taken;
}

// Suricata compares the packet with the client's numbers, whichever end sent it.
TcpSession::Verdict TcpSession::establish(Step& step) {
  const TcpSegment& segment = step.segment;
  End& client = ends_[0];
  End& server = ends_[1];
  const bool is_next = segment.seq == client.next;
  const bool is_ahead = seq_after(segment.seq, client.next);
  const bool acks_server = segment.ack == server.next;
  const bool by_client =
      acks_server && (is_next || (is_ahead && !seq_after(segment.seq, client.allowed)));
  const bool may_be_first = !segment.to_server || fast_open_;  // the client's ACK is missing
  if (is_next && !acks_server) return Verdict::refused;
  if (!is_next && !segment.to_server && is_ahead && seq_after(segment.ack, client.acked)) {
    note_time(step);
    acknowledge(step);
    server.next = segment.end();
    client.allowed = client.acked + (std::uint32_t{segment.window} << client.scale);
    client.window = segment.window;
  } else if (by_client) {
    note_time(step);
    if (seq_after(segment.ack, server.acked)) server.acked = segment.ack;
    client.next = segment.end();
    server.window = std::uint32_t{segment.window} << server.scale;
  } else if (may_be_first && segment.ack == client.acked && segment.seq == server.next) {
    server.next = segment.end();
    server.window = std::uint32_t{segment.window} << server.scale;
  } else {
    return Verdict::refused;
  }
  server.allowed = server.acked + server.window;
  set(State::established);
  step.counts = true;
  return Verdict::taken;
}

}  // namespace surisim::engine
