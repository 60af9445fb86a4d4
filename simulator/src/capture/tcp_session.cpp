// The established state of a TCP session, the checks that all states share, and which data is
// unread when the session ends.
//
// Suricata tries to detect the protocol from the acknowledged data of each direction, and gives up
// once it has tried enough of both, or much of one. Until then the data stays unread.
//
// Source:  stream-tcp.c; stream-tcp-reassemble.c (StreamTcpReassembleHandleSegment,
//          ReassembleUpdateAppLayer, CheckGap, StreamNeedsReassembly), app-layer.c
//          (TCPProtoDetectCheckBailConditions); T14.
#include "capture/tcp_session.hpp"

#include <algorithm>

#include "abi/host.hpp"

namespace surisim::engine {

namespace {
constexpr std::uint32_t kLongest = 24 * 24 * 3600;  // greatest age of a time stamp, seconds
constexpr std::uint32_t kEnough = 100'000;          // bytes of one direction to try
// Bytes of each direction from which Suricata can tell that data is of none of its protocols.
constexpr std::uint32_t kLongestToServer = 17;
constexpr std::uint32_t kLongestToClient = 10;
}  // namespace

TcpSession::Step TcpSession::step_of(const TcpSegment& segment) {
  Step step{segment, ends_[segment.to_server ? 0 : 1], ends_[segment.to_server ? 1 : 0]};
  const std::uint32_t end = segment.end();
  step.repeats = segment.size != 0 &&
                 (!seq_after(end, step.from.acked) || seq_before(segment.seq, step.from.acked) ||
                  !seq_after(end, step.from.next));
  return step;
}

void TcpSession::handle(const TcpSegment& segment) {
  took_data_ = false;
  if (state_ == State::none) return on_none(segment);
  Step step = step_of(segment);
  step.from.flags |= segment.flags;
  if (process(step) == Verdict::refused) return;
  if (!segment.has_any(kTcpRst)) step.to.suspects_reset = false;
}

bool TcpSession::is_replaced_by(const TcpSegment& segment) const {
  if (segment.has_any(kTcpRst | kTcpFin | kTcpAck) || !segment.has(kTcpSyn)) return false;
  if (state_ == State::none) return true;
  if (segment.to_server) {
    if (data_ignored_) return true;
    if (segment.seq == ends_[0].first) return false;  // sent again
  }
  return state_ >= State::last_ack;
}

void TcpSession::set(State state) {
  if (state == state_) return;
  before_ = state_;
  state_ = state;
}

TcpSession::Verdict TcpSession::process(Step& step) {
  if (is_skipped(step)) return Verdict::taken;
  const Verdict verdict = dispatch(state_, step);
  if (verdict == Verdict::taken && step.counts) reassemble(step);
  return verdict;
}

TcpSession::Verdict TcpSession::dispatch(State state, Step& step) {
  if (step.segment.has(kTcpRst) && state >= State::syn_received && state != State::closed) {
    return on_reset(state, step);
  }
  switch (state) {
    case State::none:
      return Verdict::taken;
    case State::syn_sent:
      return on_syn_sent(step);
    case State::syn_received:
      return on_syn_received(step);
    case State::established:
      return on_established(step);
    case State::fin_wait1:
      return on_fin_or_ack(step, &TcpSession::on_fin_wait1_fin, &TcpSession::on_fin_wait1_ack);
    case State::fin_wait2:
      return on_fin_or_ack(step, &TcpSession::on_fin_wait2_fin, &TcpSession::on_fin_wait2_ack);
    case State::time_wait:
      return on_time_wait(step);
    case State::last_ack:
      return on_last_ack(step);
    case State::close_wait:
      return on_fin_or_ack(step, &TcpSession::on_close_wait_fin, &TcpSession::on_close_wait_ack);
    case State::closing:
      return on_closing(step);
    case State::closed:
      return on_closed(step);
  }
  return Verdict::taken;
}

// A reset updates sequence numbers too: the other end may ignore it and go on.
TcpSession::Verdict TcpSession::on_reset(State state, Step& step) {
  if (!is_reset(step)) return Verdict::refused;
  set(State::closed);
  const TcpSegment& segment = step.segment;
  if (state == State::established) {
    step.to.next = segment.ack;
    step.from.next = segment.end() + (segment.to_server ? 0 : 1);
    step.from.window = std::uint32_t{segment.window} << step.from.scale;
  }
  if (state != State::syn_received) {
    if (ack_is_valid(step)) acknowledge(step);
    if (seq_after(segment.seq, step.from.acked)) step.from.acked = segment.seq;
  }
  note_time(step);
  step.counts = true;
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_established(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) return time_is_valid(step) ? on_first_fin(step) : Verdict::refused;
  if (segment.has(kTcpSyn)) {
    const bool is_again = segment.has(kTcpAck) && !segment.to_server && !confirmed_ &&
                          segment.ack == ends_[0].acked && segment.seq == ends_[1].first;
    return is_again ? Verdict::taken : Verdict::refused;
  }
  if (!segment.has(kTcpAck)) return Verdict::taken;
  if (!time_is_valid(step)) return Verdict::refused;
  confirmed_ = confirmed_ || !segment.to_server;
  take_data(step);
  return Verdict::taken;
}

// A packet outside the window is not refused, but changes nothing.
void TcpSession::take_data(Step& step) {
  const TcpSegment& segment = step.segment;
  if (!ack_is_valid(step)) return;
  const std::uint32_t end = segment.end();
  const bool keep_alive = segment.size <= 1 && segment.seq == step.from.next - 1;
  if (!keep_alive && seq_before(end, step.from.acked)) {
    // Old data counts only if it fills a gap that was acknowledged.
    if (!seq_after(step.from.acked, step.from.next) || !seq_after(end, step.from.next)) return;
  }
  if (segment.size == 1 && segment.seq == step.from.next && step.from.window == 0) {
    step.from.probed = true;
    return;
  }
  if (!seq_before(end, step.from.next)) step.from.next = end;
  if (seq_after(end, step.from.allowed)) return;
  open_window(step);
  acknowledge(step);
  note_time(step);
  extend(step);
}

// If an end goes on after a suspicious reset, the reset was forged.
TcpSession::Verdict TcpSession::on_closed(Step& step) {
  if (step.segment.has(kTcpRst) || step.from.suspects_reset || !step.to.suspects_reset)
    return Verdict::taken;
  if (dispatch(before_, step) == Verdict::refused) return Verdict::refused;
  if (state_ == State::closed) state_ = before_;
  return Verdict::taken;
}

// Whether the packet is skipped before its state handles it.
bool TcpSession::is_skipped(Step& step) {
  if (is_keep_alive(step)) return true;
  const bool answered = answers_probe(step);
  step.to.probed = false;
  if (answered) return true;
  const TcpSegment& segment = step.segment;
  // Data before the first byte, as in a late keep-alive.
  if (segment.size > 0 && !seq_after(segment.end(), step.from.begin)) return true;
  if (segment.has_any(kTcpSyn | kTcpFin | kTcpRst) || state_ < State::established) return false;
  const bool ends_shutdown =
      segment.size == 0 && segment.flags == kTcpAck &&
      (state_ == State::time_wait || state_ == State::close_wait || state_ == State::last_ack) &&
      segment.seq == step.from.next + 1 && segment.ack == step.to.next + 1;
  return !ends_shutdown && (shrinks_window_too_much(step) || is_overtaken(step));
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

// Whether it answers a window probe: the window is still closed.
bool TcpSession::answers_probe(const Step& step) const {
  const TcpSegment& segment = step.segment;
  const bool is_ack =
      segment.size == 0 && segment.has(kTcpAck) && !segment.has_any(kTcpSyn | kTcpFin | kTcpRst);
  return state_ >= State::established && is_ack && step.to.probed && segment.window == 0 &&
         step.to.window == 0 && segment.seq == step.from.next && segment.ack == step.to.acked;
}

// Whether it is a stray packet that would put all later packets outside the window.
bool TcpSession::shrinks_window_too_much(const Step& step) const {
  const TcpSegment& segment = step.segment;
  if (state_ == State::closed) return false;
  const std::uint32_t window = std::uint32_t{segment.window} << step.to.scale;
  if (window >= step.to.window || !seq_after(segment.ack, step.to.next) ||
      !seq_after(segment.seq, step.from.next))
    return false;
  const std::uint32_t by = step.to.window - window;
  const std::uint32_t acks = segment.ack - step.to.acked;
  return by > segment.size && by > acks + (window > 1024 ? 32 : 0);
}

// Whether it is a pure acknowledgement that arrives after a later one.
bool TcpSession::is_overtaken(const Step& step) const {
  const TcpSegment& segment = step.segment;
  if (segment.size != 0 || !segment.has(kTcpAck) || segment.seq != step.from.next ||
      !seq_before(segment.ack, step.to.acked))
    return false;
  return !segment.options.has_sack || step.to.sack.knows_all(segment);
}

bool TcpSession::ack_is_valid(const Step& step) const {
  const TcpSegment& segment = step.segment;
  if (!segment.has(kTcpAck)) return true;
  const End& acked = step.to;
  if (seq_before(segment.ack, acked.acked))
    return acked.window == 0 || !seq_before(segment.ack, acked.acked - acked.window);
  if (segment.ack == acked.acked || !seq_after(segment.ack, acked.allowed)) return true;
  return state_ == State::syn_sent && !segment.to_server && segment.has(kTcpRst) &&
         segment.ack == acked.first + 1;
}

// As a host that accepts only a RST with the expected sequence number: Suricata's default.
bool TcpSession::is_reset(Step& step) {
  if (liberal_) return true;
  if (!time_is_valid(step)) return false;
  if (step.segment.ack != 0 && !ack_is_valid(step)) return false;
  // It may be forged: the signature cannot be checked.
  if (step.segment.options.is_signed) step.to.suspects_reset = true;
  return step.segment.seq == step.from.next;
}

bool TcpSession::time_is_valid(const Step& step) const {
  const TcpOptions& options = step.segment.options;
  if (!time_stamps_ || !options.has_ts) return true;
  if (options.ts == 0) return false;
  const End& from = step.from;
  const bool runs_back = static_cast<std::int32_t>(options.ts - from.ts + 1) < 0;
  const bool is_long_ago = step.segment.time > from.ts_time + kLongest;
  if (!runs_back && !(from.ts != 0 && is_long_ago)) return true;
  return is_long_ago && step.segment.seq == from.next;
}

void TcpSession::note_time(Step& step) {
  const TcpOptions& options = step.segment.options;
  if (!time_stamps_ || !options.has_ts || !time_is_valid(step)) return;
  End& from = step.from;
  if (step.segment.seq == from.next) from.ts = options.ts;
  from.ts_time = step.segment.time;
}

void TcpSession::open_window(Step& step) {
  step.to.window = std::uint32_t{step.segment.window} << step.to.scale;
}

void TcpSession::acknowledge(Step& step) {
  step.counts = true;
  const std::uint32_t ack = step.segment.ack;
  if (!step.segment.has(kTcpAck) || !seq_after(ack, step.to.acked)) return;
  if (!seq_after(ack, step.to.begin)) return;
  step.to.acked = ack;
  step.to.sack.prune(step.to.acked);
}

// The allowed range never shrinks.
void TcpSession::extend(Step& step) {
  step.to.sack.add(step.segment, step.to.acked, step.to.window, step.to.allowed);
  const std::uint32_t allowed = step.to.acked + step.to.window + step.to.sack.size();
  if (seq_after(allowed, step.to.allowed)) step.to.allowed = allowed;
}

// An acknowledgement makes the other end's data readable; the end of the session makes the sender's
// readable too.
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
    step.from.has_data = took_data_ = true;
    if (!seq_after(segment.seq, step.from.begin)) step.from.has_start = true;
  }
  if (reads_own) read(step.from);
}

void TcpSession::read(End& end) {
  if (unknown_protocol_ || !end.has_data) return;
  const bool is_acked = seq_after(end.acked, end.begin);
  if (end.has_start) {
    if (is_acked || state_ == State::closed) detect_protocol(end);
  } else if (is_acked && finds_gap(end)) {
    liberal_ = end.has_gap = true;
  }
}

void TcpSession::detect_protocol(End& end) {
  if (end.has_gap) return;  // Suricata does not try again
  const End& client = ends_[0];
  const End& server = ends_[1];
  const bool all = state_ == State::closed || seq_after(end.acked, end.data);
  const std::uint32_t readable = (all ? end.data : end.acked) - end.begin;
  if (readable >= (&end == &client ? kLongestToServer : kLongestToClient)) end.tried = true;
  if (state_ < State::established) return;
  const auto size = [](const End& one) { return one.has_data ? one.data - one.begin : 0; };
  const auto limit = [](const End& other) {
    const std::uint64_t depth = abi::host().stream_depth;
    const std::uint32_t most =
        depth == 0 ? other.window
                   : static_cast<std::uint32_t>(std::min<std::uint64_t>(other.window, depth));
    return std::max(kEnough, most);
  };
  const bool both = (client.tried || client.has_gap) && (server.tried || server.has_gap);
  const bool much_of_one = (size(client) > limit(server) && !server.has_data) ||
                           (size(server) > limit(client) && !client.has_data);
  const bool much = size(client) > 2 * limit(server) || size(server) > 2 * limit(client);
  unknown_protocol_ = both || much_of_one || much;
}

// Whether bytes at the beginning were acknowledged but never arrived. A FIN counts as a byte.
bool TcpSession::finds_gap(const End& end) const {
  const std::uint32_t fin = state_ >= State::fin_wait1 ? 1 : 0;
  return seq_after(end.acked - fin, end.begin);
}

}  // namespace surisim::engine
