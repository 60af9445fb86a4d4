#include "engine/tcp_session.hpp"

namespace surisim::engine {

namespace {

// Sequence numbers wrap around.
bool before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }
bool after(std::uint32_t a, std::uint32_t b) { return before(b, a); }

}  // namespace

TcpSession::Step TcpSession::step_of(const TcpSegment& segment) {
  Step step{segment, ends_[segment.to_server ? 0 : 1], ends_[segment.to_server ? 1 : 0]};
  const std::uint32_t end = segment.end();
  step.repeats =
      segment.size != 0 && (!after(end, step.from.acked) || before(segment.seq, step.from.acked) ||
                            !after(end, step.from.next));
  return step;
}

void TcpSession::see(const TcpSegment& segment) {
  Step step = step_of(segment);
  if (state_ == State::none) {
    on_none(step);
    return;
  }
  if (!is_skipped(step)) dispatch(state_, step);
  if (!segment.has_any(kTcpRst)) step.to.told_reset = false;
}

bool TcpSession::is_replaced_by(const TcpSegment& segment) const {
  if (segment.has_any(kTcpRst | kTcpFin | kTcpAck) || !segment.has(kTcpSyn)) return false;
  if (state_ == State::none) return true;
  if (segment.to_server && segment.seq == ends_[0].first) return false;  // sent again
  return state_ >= State::last_ack;
}

void TcpSession::set(State state) {
  if (state == state_) return;
  before_ = state_;
  state_ = state;
}

void TcpSession::dispatch(State state, Step& step) {
  if (step.segment.has(kTcpRst) && state >= State::syn_received && state != State::closed) {
    if (is_reset(step)) set(State::closed);
    return;
  }
  switch (state) {
    case State::none:
      return;
    case State::syn_sent:
      return on_syn_sent(step);
    case State::syn_received:
      return on_syn_received(step);
    case State::established:
      return on_established(step);
    case State::fin_wait1:
      return on_fin_wait1(step);
    case State::fin_wait2:
      return on_fin_wait2(step);
    case State::time_wait:
      return on_time_wait(step);
    case State::last_ack:
      return on_last_ack(step);
    case State::close_wait:
      return on_close_wait(step);
    case State::closing:
      return on_closing(step);
    case State::closed:
      return on_closed(step);
  }
}

// Only a SYN makes a session: without midstream pick-up everything else leaves the flow without.
void TcpSession::on_none(Step& step) {
  const TcpSegment& segment = step.segment;
  if (!segment.has(kTcpSyn) || segment.has_any(kTcpRst | kTcpFin | kTcpAck)) return;
  set(State::syn_sent);
  step.from.first = segment.seq;
  step.from.next = segment.seq + 1;
  step.to.window = segment.window;
  step.to.offers_scale = segment.scale != TcpSegment::kNoScale;
  step.to.scale = step.to.offers_scale ? segment.scale : 0;
}

void TcpSession::on_syn_sent(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpSyn | kTcpAck)) return on_syn_ack(step);
  if (segment.has(kTcpRst)) {
    if (segment.to_server || !is_reset(step)) return;
    step.to.told_reset = true;
    set(State::closed);
  } else if (segment.has(kTcpSyn) && !segment.has(kTcpFin)) {
    syn_from_server_ = syn_from_server_ || !segment.to_server;
    step.from.first = segment.seq;
    step.from.next = segment.seq + 1;
    End& other = segment.to_server ? step.to : step.from;
    other.window = segment.window;
    other.offers_scale = segment.scale != TcpSegment::kNoScale;
    other.scale = other.offers_scale ? segment.scale : 0;
  }
}

void TcpSession::on_syn_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.ack != step.to.first + 1) return;
  if (segment.to_server && (!syn_from_server_ || segment.seq != step.from.first)) return;
  set(State::syn_received);
  step.from.first = segment.seq;
  step.from.next = segment.seq + 1;
  step.from.acked = step.from.next;
  step.to.acked = segment.ack;
  step.to.window = segment.window;
  // Windows are scaled when both ends can.
  const bool scaled = ends_[1].offers_scale && segment.scale != TcpSegment::kNoScale;
  step.to.scale = scaled ? segment.scale : 0;
  for (End& end : ends_) end.allowed = end.acked + end.window;
}

void TcpSession::on_syn_received(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) {
    on_first_fin(step);
  } else if (!segment.has(kTcpSyn) && segment.has(kTcpAck)) {
    on_handshake_ack(step);
  }
}

// The last packet of the handshake, or what comes when it was lost.
void TcpSession::on_handshake_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  End& client = ends_[0];
  End& server = ends_[1];
  const bool expected = segment.seq == client.next;
  const bool ahead = after(segment.seq, client.next);
  const bool by_client =
      segment.ack == server.next && (expected || (ahead && !after(segment.seq, client.allowed)));
  const bool by_server = !segment.to_server && !expected &&
                         ((ahead && after(segment.ack, client.acked)) ||
                          (segment.ack == client.acked && segment.seq == server.next));
  const bool ends_double_start = !segment.to_server && syn_from_server_;
  if (ends_double_start ? segment.seq != server.next || !ack_is_valid(step)
                        : !by_client && !by_server)
    return;
  (ends_double_start || by_server ? server : client).next = segment.end();
  open_window(step);
  acknowledge(step);
  step.to.allowed = step.to.acked + step.to.window;
  set(State::established);
}

void TcpSession::on_established(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) return on_first_fin(step);
  if (segment.has(kTcpSyn) || !segment.has(kTcpAck) || !ack_is_valid(step)) return;
  const std::uint32_t end = segment.end();
  const bool keep_alive = segment.size <= 1 && segment.seq == step.from.next - 1;
  if (!keep_alive && before(end, step.from.acked)) {
    // Taken only when it fills a gap that has been acknowledged nevertheless.
    if (!after(step.from.acked, step.from.next) || !after(end, step.from.next)) return;
  }
  const bool zero_window_probe =
      segment.size == 1 && segment.seq == step.from.next && step.from.window == 0;
  if (zero_window_probe) return;
  if (!before(end, step.from.next)) step.from.next = end;
  if (after(end, step.from.allowed)) return;
  open_window(step);
  acknowledge(step);
  extend(step);
}

void TcpSession::on_first_fin(Step& step) {
  const TcpSegment& segment = step.segment;
  if (!ack_is_valid(step)) return;
  if (before(segment.seq, step.from.acked) || after(segment.end(), step.from.allowed)) return;
  if (segment.to_server && segment.has(kTcpSyn)) return;
  set(segment.to_server ? State::close_wait : State::fin_wait1);
  // Suricata counts the server's FIN, and the client's only when it has been acknowledged.
  step.from.next = segment.end() + (segment.to_server ? 0 : 1);
  open_window(step);
  if (before(step.to.next, segment.ack)) step.to.next = segment.ack;
  acknowledge(step);
}

void TcpSession::on_fin_wait1(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) {
    const bool out_of_place = before(segment.seq, step.from.next - 1) ||
                              after(segment.seq, step.from.acked + step.from.window);
    if ((!step.repeats && out_of_place) || !ack_is_valid(step)) return;
    if (!step.repeats) {
      set(segment.has(kTcpAck) ? State::time_wait : State::closing);
      open_window(step);
    }
    if (before(step.to.next - 1, segment.ack)) step.to.next = segment.ack;
    if (step.from.next - 1 == segment.seq) step.from.next = segment.end();
    return acknowledge(step);
  }
  if (segment.has(kTcpSyn) || !segment.has(kTcpAck) || !ack_is_valid(step)) return;
  const bool acks_fin = !segment.to_server || segment.ack == step.to.next;
  if (acks_fin && !step.repeats) {
    if (after(segment.end(), step.from.allowed)) return;
    if (segment.seq == step.from.next - (segment.to_server ? 0 : 1)) set(State::fin_wait2);
    open_window(step);
  }
  if (before(step.to.next - 1, segment.ack)) step.to.next = segment.ack;
  if (segment.seq == step.from.next - (segment.to_server ? 0 : 1)) step.from.next = segment.end();
  acknowledge(step);
  extend(step);
}

void TcpSession::on_fin_wait2(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) {
    const bool repeats =
        step.repeats || (segment.seq == step.from.next - 1 && segment.ack == step.to.acked);
    const bool out_of_place = before(segment.seq, step.from.next) ||
                              after(segment.seq, step.from.acked + step.from.window);
    if ((!repeats && out_of_place) || !ack_is_valid(step)) return;
    if (!repeats) {
      set(State::time_wait);
      if (segment.to_server && step.from.next == segment.seq) step.from.next = segment.end();
      open_window(step);
    }
    if (before(step.to.next, segment.ack)) step.to.next = segment.ack;
    return acknowledge(step);
  }
  if (segment.has(kTcpSyn) || !segment.has(kTcpAck) || !ack_is_valid(step)) return;
  if (!step.repeats) {
    if (after(segment.end(), step.from.allowed)) return;
    open_window(step);
  }
  if (step.from.next == segment.seq) step.from.next = segment.end();
  acknowledge(step);
  extend(step);
}

void TcpSession::on_closing(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has_any(kTcpFin | kTcpSyn) || !segment.has(kTcpAck)) return;
  if (segment.seq != step.from.next || !ack_is_valid(step)) return;
  if (!step.repeats) set(State::time_wait);
  if (before(step.to.next, segment.ack)) step.to.next = segment.ack;
  acknowledge(step);
}

void TcpSession::on_close_wait(Step& step) {
  const TcpSegment& segment = step.segment;
  const bool beyond = after(segment.seq, step.from.acked + step.from.window);
  if (segment.has(kTcpFin)) {
    if (!step.repeats && (beyond || before(segment.seq, step.from.next))) return;
    if (!ack_is_valid(step)) return;
    if (!step.repeats && !segment.to_server) set(State::last_ack);
  } else {
    if (segment.has(kTcpSyn) || !segment.has(kTcpAck) || beyond) return;
    if (segment.size > 0 && !after(segment.end(), step.from.acked)) return;
    if (!ack_is_valid(step)) return;
    if (segment.seq == step.from.next) step.from.next = segment.end();
  }
  if (!step.repeats) step.to.window = std::uint32_t{segment.window} << step.to.scale;
  if (before(step.to.next, segment.ack)) step.to.next = segment.ack;
  acknowledge(step);
}

void TcpSession::on_last_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has_any(kTcpFin | kTcpSyn) || !segment.has(kTcpAck)) return;
  if (!segment.to_server || step.repeats || !ack_is_valid(step)) return;
  if (segment.seq == step.from.next || segment.seq == step.from.next + 1) set(State::closed);
}

void TcpSession::on_time_wait(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has_any(kTcpFin | kTcpSyn) || !segment.has(kTcpAck)) return;
  const std::uint32_t last = segment.to_server ? step.from.next + 1 : step.from.next - 1;
  if (step.repeats || (segment.seq != step.from.next && segment.seq != last)) return;
  if (ack_is_valid(step)) set(State::closed);
}

// An end that goes on although its SYN was answered by RST: the RST was not its peer's.
void TcpSession::on_closed(Step& step) {
  if (step.segment.has(kTcpRst) || step.from.told_reset || !step.to.told_reset) return;
  dispatch(before_, step);
  if (state_ == State::closed) state_ = before_;
}

// Packets that a state never gets to see.
bool TcpSession::is_skipped(Step& step) {
  if (is_keep_alive(step)) return true;
  const TcpSegment& segment = step.segment;
  if (segment.has_any(kTcpSyn | kTcpFin | kTcpRst) || state_ < State::established) return false;
  if (segment.size == 0 && segment.flags == kTcpAck &&
      (state_ == State::time_wait || state_ == State::close_wait || state_ == State::last_ack) &&
      segment.seq == step.from.next + 1 && segment.ack == step.to.next + 1)
    return false;
  if (shrinks_window_too_much(step)) return true;
  // An acknowledgement that a later one has overtaken.
  return segment.size == 0 && segment.has(kTcpAck) && segment.seq == step.from.next &&
         before(segment.ack, step.to.acked);
}

bool TcpSession::is_keep_alive(Step& step) {
  const TcpSegment& segment = step.segment;
  const bool plain = !segment.has_any(kTcpSyn | kTcpFin | kTcpRst);
  if (plain && segment.size <= 1 && segment.ack == step.to.acked &&
      segment.seq == step.from.next - 1) {
    step.from.kept_alive = true;
    return true;
  }
  const bool answers = plain && segment.size == 0 && segment.window != 0 &&
                       (std::uint32_t{segment.window} << step.to.scale) == step.to.window &&
                       step.to.kept_alive && segment.ack == step.to.acked &&
                       segment.seq == step.from.next;
  if (answers) step.to.kept_alive = false;
  step.from.kept_alive = false;
  return answers;
}

// A packet from nowhere that would have everything after it fall out of the window.
bool TcpSession::shrinks_window_too_much(const Step& step) const {
  const TcpSegment& segment = step.segment;
  if (state_ == State::closed) return false;
  const std::uint32_t window = std::uint32_t{segment.window} << step.to.scale;
  if (window >= step.to.window || !after(segment.ack, step.to.next) ||
      !after(segment.seq, step.from.next))
    return false;
  const std::uint32_t by = step.to.window - window;
  const std::uint32_t acks = segment.ack - step.to.acked;
  return by > segment.size && by > acks + (window > 1024 ? 32 : 0);
}

bool TcpSession::ack_is_valid(const Step& step) const {
  const TcpSegment& segment = step.segment;
  if (!segment.has(kTcpAck)) return true;
  const End& acked = step.to;
  if (before(segment.ack, acked.acked))
    return acked.window == 0 || !before(segment.ack, acked.acked - acked.window);
  if (segment.ack == acked.acked || !after(segment.ack, acked.allowed)) return true;
  return state_ == State::syn_sent && !segment.to_server && segment.has(kTcpRst) &&
         segment.ack == acked.first + 1;
}

// As for a host that takes RST with the expected number only, which is Suricata's default.
bool TcpSession::is_reset(const Step& step) const {
  const TcpSegment& segment = step.segment;
  if (segment.ack != 0 && !ack_is_valid(step)) return false;
  return segment.seq == step.from.next;
}

void TcpSession::open_window(Step& step) {
  step.to.window = std::uint32_t{step.segment.window} << step.to.scale;
}

void TcpSession::acknowledge(Step& step) {
  if (step.segment.has(kTcpAck) && after(step.segment.ack, step.to.acked))
    step.to.acked = step.segment.ack;
}

// What has been allowed once stays so.
void TcpSession::extend(Step& step) {
  const std::uint32_t allowed = step.to.acked + step.to.window;
  if (after(allowed, step.to.allowed)) step.to.allowed = allowed;
}

}  // namespace surisim::engine
