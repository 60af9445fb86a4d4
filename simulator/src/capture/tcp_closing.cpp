// The states of a TCP session after its first FIN.
//
// Source:  stream-tcp.c (StreamTcpHandleFin, StreamTcpPacketStateFinWait1, -FinWait2, -Closing,
//          -CloseWait, -LastAck, -TimeWait).
#include "capture/tcp_session.hpp"

namespace surisim::engine {

// What several states share: most packets are a FIN or an acknowledgement.
TcpSession::Verdict TcpSession::on_fin_or_ack(Step& step, Handler on_fin, Handler on_ack) {
  const TcpSegment& segment = step.segment;
  if (!segment.has(kTcpFin)) {
    if (segment.has(kTcpSyn)) return Verdict::refused;
    if (!segment.has(kTcpAck)) return Verdict::taken;
  }
  if (!time_is_valid(step)) return Verdict::refused;
  return (this->*(segment.has(kTcpFin) ? on_fin : on_ack))(step);
}

void TcpSession::take_ack(Step& step) {
  note_time(step);
  if (seq_before(step.to.next, step.segment.ack)) step.to.next = step.segment.ack;
  acknowledge(step);
}

TcpSession::Verdict TcpSession::on_first_fin(Step& step) {
  const TcpSegment& segment = step.segment;
  if (!ack_is_valid(step)) return Verdict::refused;
  if (seq_before(segment.seq, step.from.acked) || seq_after(segment.end(), step.from.allowed))
    return Verdict::refused;
  if (segment.to_server && segment.has(kTcpSyn)) return Verdict::refused;
  set(segment.to_server ? State::close_wait : State::fin_wait1);
  // The server's FIN uses a sequence number at once; the client's, in Suricata, once acknowledged.
  step.from.next = segment.end() + (segment.to_server ? 0 : 1);
  open_window(step);
  take_ack(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_fin_wait1_fin(Step& step) {
  const TcpSegment& segment = step.segment;
  const bool is_first_again = segment.has(kTcpAck) && !segment.to_server &&
                              segment.seq == step.from.next - 1 && segment.ack == step.to.acked;
  const bool repeats = step.repeats || is_first_again;
  const bool out_of_place = seq_before(segment.seq, step.from.next - 1) ||
                            seq_after(segment.seq, step.from.acked + step.from.window);
  if ((!repeats && out_of_place) || !ack_is_valid(step)) return Verdict::refused;
  end_fin_wait1(step, repeats);
  return Verdict::taken;
}

void TcpSession::end_fin_wait1(Step& step, bool repeats) {
  const TcpSegment& segment = step.segment;
  if (!repeats) {
    set(segment.has(kTcpAck) ? State::time_wait : State::closing);
    open_window(step);
  }
  note_time(step);
  if (repeats && segment.has(kTcpAck) && !segment.to_server) return;
  if (seq_before(step.to.next - 1, segment.ack)) step.to.next = segment.ack;
  const bool counts_fin = !segment.has(kTcpAck) || !segment.to_server;
  if (segment.seq == step.from.next - (counts_fin ? 1 : 0)) step.from.next = segment.end();
  acknowledge(step);
}

TcpSession::Verdict TcpSession::on_fin_wait1_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  if (!ack_is_valid(step)) return Verdict::refused;
  const std::uint32_t expected = step.from.next - (segment.to_server ? 0 : 1);
  const bool acks_fin = !segment.to_server || segment.ack == step.to.next;
  if (acks_fin && !step.repeats) {
    if (seq_after(segment.end(), step.from.allowed)) return Verdict::refused;
    if (segment.seq == expected) set(State::fin_wait2);
    open_window(step);
  }
  note_time(step);
  if (seq_before(step.to.next - 1, segment.ack)) step.to.next = segment.ack;
  if (segment.seq == expected) step.from.next = segment.end();
  acknowledge(step);
  extend(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_fin_wait2_fin(Step& step) {
  const TcpSegment& segment = step.segment;
  const bool is_first_again = segment.seq == step.from.next - 1 && segment.ack == step.to.acked;
  const bool repeats = step.repeats || is_first_again;
  const bool out_of_place = seq_before(segment.seq, step.from.next) ||
                            seq_after(segment.seq, step.from.acked + step.from.window);
  if ((!repeats && out_of_place) || !ack_is_valid(step)) return Verdict::refused;
  if (!repeats) {
    set(State::time_wait);
    if (segment.to_server && segment.seq == step.from.next) step.from.next = segment.end();
    open_window(step);
  }
  take_ack(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_fin_wait2_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  if (!ack_is_valid(step)) return Verdict::refused;
  if (!step.repeats) {
    if (seq_after(segment.end(), step.from.allowed)) return Verdict::refused;
    open_window(step);
  }
  note_time(step);
  if (segment.seq == step.from.next) step.from.next = segment.end();
  acknowledge(step);
  extend(step);
  return Verdict::taken;
}

// Both ends have sent a FIN. Of another FIN only the acknowledgement counts.
TcpSession::Verdict TcpSession::on_closing(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpSyn)) return Verdict::refused;
  if (!segment.has(kTcpAck)) return Verdict::taken;
  if (!time_is_valid(step)) return Verdict::refused;
  if (segment.seq != step.from.next || !ack_is_valid(step)) return Verdict::refused;
  if (!step.repeats) {
    set(State::time_wait);
    ends_[0].window = std::uint32_t{segment.window} << ends_[0].scale;
  }
  take_ack(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_close_wait_fin(Step& step) {
  const TcpSegment& segment = step.segment;
  const bool out_of_place = seq_before(segment.seq, step.from.next) ||
                            seq_after(segment.seq, step.from.acked + step.from.window);
  if ((!step.repeats && out_of_place) || !ack_is_valid(step)) return Verdict::refused;
  if (!step.repeats) {
    if (!segment.to_server) set(State::last_ack);
    open_window(step);
  }
  take_ack(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_close_wait_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  const bool is_old = segment.size > 0 && !seq_after(segment.end(), step.from.acked);
  if (is_old || seq_after(segment.seq, step.from.acked + step.from.window)) return Verdict::refused;
  if (!ack_is_valid(step)) return Verdict::refused;
  if (!step.repeats) open_window(step);
  note_time(step);
  if (seq_before(step.to.next, segment.ack)) step.to.next = segment.ack;
  if (segment.seq == step.from.next) step.from.next = segment.end();
  acknowledge(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_last_ack(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) return Verdict::taken;
  if (segment.has(kTcpSyn)) return Verdict::refused;
  if (!segment.has(kTcpAck)) return Verdict::taken;
  if (!time_is_valid(step)) return Verdict::refused;
  if (!segment.to_server) return Verdict::taken;
  if (!ack_is_valid(step)) return Verdict::refused;
  if (!step.repeats) {
    const bool is_old = seq_before(segment.seq, step.from.next);
    const bool is_last = segment.seq == step.from.next || segment.seq == step.from.next + 1;
    if (!is_old && !is_last) return Verdict::refused;
    if (is_last) set(State::closed);
    open_window(step);
  }
  take_ack(step);
  return Verdict::taken;
}

TcpSession::Verdict TcpSession::on_time_wait(Step& step) {
  const TcpSegment& segment = step.segment;
  if (segment.has(kTcpFin)) return Verdict::taken;
  if (segment.has(kTcpSyn)) return Verdict::refused;
  if (!segment.has(kTcpAck)) return Verdict::taken;
  if (!time_is_valid(step)) return Verdict::refused;
  const std::uint32_t other = segment.to_server ? step.from.next + 1 : step.from.next - 1;
  if (!step.repeats && segment.seq != step.from.next && segment.seq != other) {
    const bool is_late_data =
        !segment.to_server && segment.size > 0 && segment.seq == step.from.acked;
    return is_late_data ? Verdict::taken : Verdict::refused;
  }
  if (!ack_is_valid(step)) return Verdict::refused;
  if (!step.repeats) {
    set(State::closed);
    open_window(step);
  }
  take_ack(step);
  return Verdict::taken;
}

}  // namespace surisim::engine
