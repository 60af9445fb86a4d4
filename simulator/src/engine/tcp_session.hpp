// How far a TCP conversation has come, as far as a flow's state, end and reuse depend on it.
//
// When:    for each TCP packet of a TCP flow, after the update callbacks (T13, T14).
// Owner:   a value; the flow table keeps one beside each flow.
// Threads: the flow's worker.
// Source:  stream-tcp.c with built-in defaults: no midstream pick-up, no async. Of its checks those
//          on sequence numbers and windows are here; time stamps and SACK are not looked at.
#pragma once

#include <array>
#include <cstdint>

namespace surisim::engine {

// Flags of a TCP header.
inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpAck = 0x10;

struct TcpSegment {
  static constexpr std::uint8_t kNoScale = 0xff;

  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t size = 0;  // of the payload, bytes
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
  std::uint8_t scale = kNoScale;  // of the window-scale option; it counts beside SYN only
  bool to_server = true;

  bool has(std::uint8_t all_of) const { return (flags & all_of) == all_of; }
  bool has_any(std::uint8_t of) const { return (flags & of) != 0; }
  std::uint32_t end() const { return seq + size; }
};

class TcpSession {
 public:
  // In Suricata's order, which T13 refers to.
  enum class State : std::uint8_t {
    none,
    syn_sent,
    syn_received,
    established,
    fin_wait1,
    fin_wait2,
    time_wait,
    last_ack,
    close_wait,
    closing,
    closed,
  };

  State state() const { return state_; }
  void see(const TcpSegment& segment);
  // The segment starts another conversation between the same ports (T13).
  bool is_replaced_by(const TcpSegment& segment) const;
  // At the flow's end its worker has something left to look at (T14).
  bool has_work_left() const { return state_ >= State::established && state_ != State::closed; }

 private:
  // One end: what it has sent, and what the other one has said of it.
  struct End {
    std::uint32_t first = 0;    // sequence number of its SYN
    std::uint32_t next = 0;     // that it will send next
    std::uint32_t acked = 0;    // by the other end, up to here
    std::uint32_t window = 0;   // that the other end holds open for it
    std::uint32_t allowed = 0;  // it may send up to here
    std::uint8_t scale = 0;     // of `window`
    bool offers_scale = false;
    bool kept_alive = false;  // the last packet it sent was a keep-alive
    bool told_reset = false;  // RST in answer to its SYN
  };
  // The segment on its way from one end to the other.
  struct Step {
    const TcpSegment& segment;
    End& from;
    End& to;
    bool repeats = false;  // its data has been sent before
  };

  Step step_of(const TcpSegment& segment);
  void dispatch(State state, Step& step);
  void on_none(Step& step);
  void on_syn_sent(Step& step);
  void on_syn_ack(Step& step);
  void on_syn_received(Step& step);
  void on_handshake_ack(Step& step);
  void on_established(Step& step);
  void on_first_fin(Step& step);
  void on_fin_wait1(Step& step);
  void on_fin_wait2(Step& step);
  void on_closing(Step& step);
  void on_close_wait(Step& step);
  void on_last_ack(Step& step);
  void on_time_wait(Step& step);
  void on_closed(Step& step);

  bool is_skipped(Step& step);
  bool is_keep_alive(Step& step);
  bool shrinks_window_too_much(const Step& step) const;
  bool ack_is_valid(const Step& step) const;
  bool is_reset(const Step& step) const;
  void set(State state);
  static void open_window(Step& step);
  static void acknowledge(Step& step);
  static void extend(Step& step);

  std::array<End, 2> ends_{};  // client, server
  State state_ = State::none;
  State before_ = State::none;
  bool syn_from_server_ = false;  // both ends have sent SYN
};

}  // namespace surisim::engine
