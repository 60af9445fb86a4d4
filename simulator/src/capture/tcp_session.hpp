// Follows a TCP session as far as a flow's state, end and reuse depend on it, with Suricata's
// built-in defaults: no midstream pick-up, no async sessions, BSD hosts, liberal time stamps. Data
// is reassembled only as far as needed to know whether protocol detection has given up.
//
// tcp_segment.cpp:   options, SACK ranges and checksums of one packet.
// tcp_handshake.cpp: the states up to established.
// tcp_session.cpp:   established, and the checks that all states share.
// tcp_closing.cpp:   the states after the first FIN.
//
// When:    for each TCP packet of a TCP flow, after the update callbacks (T13, T14).
// Owner:   values, which do not refer to the packet; the FlowTable has a TcpSession for each flow.
// Threads: the flow's worker.
// Source:  stream-tcp.c, stream-tcp-sack.c, decode-tcp.c (DecodeTCPOptions), decode-tcp.h.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "decode/decode.hpp"
#include "surisim/traffic.hpp"

namespace surisim::engine {

// Compare sequence numbers, which wrap around. As in Suricata, a number half the range away is
// before.
inline bool seq_before(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) < 0;
}
inline bool seq_after(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) > 0;
}

// Data that arrived although data before it is missing: [begin, end).
struct SackRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// The first valid option of each kind. Options after one that exceeds the header are ignored.
struct TcpOptions {
  static constexpr std::uint8_t kNoScale = 0xff;
  static constexpr std::size_t kMostSacks = 4;

  std::uint32_t ts = 0;    // time-stamp option
  std::uint32_t echo = 0;  // time-stamp option
  std::array<SackRange, kMostSacks> sack{};
  std::uint8_t sacks = 0;
  std::uint8_t scale = kNoScale;  // window-scale option; only valid with SYN
  bool has_ts = false;
  bool has_sack = false;
  bool fast_open = false;
  bool is_signed = false;  // MD5 signature or authentication option
};

// `options`: the bytes between the fixed header and the payload.
TcpOptions read_tcp_options(decode::Bytes options);

struct TcpSegment {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t size = 0;  // of the payload, bytes
  std::uint32_t time = 0;  // of the packet, seconds
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
  bool to_server = true;
  TcpOptions options;

  bool has(std::uint8_t all) const { return (flags & all) == all; }
  bool has_any(std::uint8_t some) const { return (flags & some) != 0; }
  std::uint32_t end() const { return seq + size; }
};

// The data of one direction that arrived out of order, according to the other end's SACK options.
class SackList {
 public:
  // Adds a packet's ranges. `acked`, `window` and `allowed` are those of the direction after the
  // packet's own acknowledgement.
  void add(const TcpSegment& segment, std::uint32_t acked, std::uint32_t window,
           std::uint32_t allowed);
  // Removes what has been acknowledged since.
  void prune(std::uint32_t acked);
  // Whether the packet has ranges, and all of them are known.
  bool knows_all(const TcpSegment& segment) const;
  std::uint32_t size() const { return size_; }  // bytes

 private:
  static constexpr std::size_t kMost = 1024;  // Suricata limits their memory instead

  void insert(SackRange range);

  std::vector<SackRange> ranges_;  // ascending, with gaps between them
  std::uint32_t size_ = 0;
};

class TcpSession {
 public:
  // In Suricata's order, on which T13 depends.
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
  void handle(const TcpSegment& segment);
  // Whether the segment starts a new session between the same ports (T13).
  bool is_replaced_by(const TcpSegment& segment) const;
  // Whether this direction has unread data at the flow's end, for the flow's worker (T14).
  bool has_work_left(bool to_server) const {
    if (state_ == State::closed) return has_unread_data(ends_[to_server ? 0 : 1]);
    return state_ >= State::established || (to_server && has_early_data_);
  }
  // Whether Suricata has given up detecting the protocol (T14).
  bool has_unknown_protocol() const { return unknown_protocol_; }
  // Whether the last segment's data has become part of its stream.
  bool took_data() const { return took_data_; }
  // Sequence numbers of one direction's data: the first byte's, and the first that has not been
  // acknowledged.
  std::uint32_t first_byte(bool to_server) const { return ends_[to_server ? 0 : 1].begin; }
  std::uint32_t acked(bool to_server) const { return ends_[to_server ? 0 : 1].acked; }
  // The TCP flags of all packets since the SYN, for the EVE record.
  std::uint8_t flags_seen(bool to_server) const { return ends_[to_server ? 0 : 1].flags; }

 private:
  enum class [[nodiscard]] Verdict : bool{refused, taken};

  // One end of the session: what it has sent, and what the other end has acknowledged.
  struct End {
    std::uint32_t first = 0;      // sequence number of its SYN
    std::uint32_t begin = 0;      // sequence number of its first byte, once known
    std::uint32_t next = 0;       // sequence number that it will send next
    std::uint32_t acked = 0;      // acknowledged by the other end up to here
    std::uint32_t window = 0;     // what the other end accepts beyond `acked`
    std::uint32_t allowed = 0;    // it may send up to here
    std::uint32_t ts = 0;         // its last time stamp
    std::uint32_t ts_time = 0;    // the packet time of `ts`, seconds
    std::uint32_t data = 0;       // the end of its data so far
    std::uint8_t scale = 0;       // of `window`
    std::uint8_t flags = 0;       // of all packets that it has sent
    bool has_ts = false;          // its SYN had a time stamp
    bool kept_alive = false;      // its last packet was a keep-alive
    bool probed = false;          // its last packet was a byte into a closed window
    bool suspects_reset = false;  // it has received a RST that may be forged
    bool has_data = false;        // some of its data has arrived
    bool has_start = false;       // its first byte has arrived
    bool tried = false;           // protocol detection has seen enough of its data
    bool has_gap = false;         // its first byte was acknowledged, but never arrived
    SackList sack;
  };
  // A SYN or SYN/ACK, kept because the other end may still answer it.
  struct Opening {
    std::uint32_t seq = 0;
    std::uint32_t ack = 0;
    std::uint32_t ts = 0;
    std::uint32_t time = 0;
    std::uint16_t window = 0;
    std::uint8_t scale = TcpOptions::kNoScale;
    bool has_ts = false;

    bool has_scale() const { return scale != TcpOptions::kNoScale; }
    friend bool operator==(const Opening& a, const Opening& b) {
      return a.seq == b.seq && a.ack == b.ack && a.ts == b.ts && a.window == b.window &&
             a.scale == b.scale && a.has_ts == b.has_ts;
    }
  };
  // A segment, with its sender and its receiver.
  struct Step {
    const TcpSegment& segment;
    End& from;
    End& to;
    bool repeats = false;  // its data has been sent before
    bool counts = false;   // the state has accepted it, so its data is reassembled
  };

  Step step_of(const TcpSegment& segment);
  Verdict process(Step& step);
  Verdict dispatch(State state, Step& step);

  // tcp_handshake.cpp
  static Opening opening_of(const TcpSegment& segment);
  Opening current_syn() const;
  void note_syn(const TcpSegment& segment, End& from);
  void on_none(const TcpSegment& segment);
  Verdict on_syn_sent(Step& step);
  Verdict on_syn_ack(const TcpSegment& segment);
  Verdict on_syn_ack_of_client(const TcpSegment& segment);
  bool finds_syn(const TcpSegment& syn_ack);
  bool finds_syn_with_data(const TcpSegment& syn_ack);
  bool finds_earlier_syn(const TcpSegment& syn_ack);
  void accept_syn_ack(const Opening& syn_ack);
  void on_syn_again(const TcpSegment& segment);
  void keep_syn(const Opening& syn);
  void adopt_syn(const Opening& syn);
  bool echoes_time_stamp(const Step& step) const;
  Verdict on_syn_received(Step& step);
  Verdict keep_syn_ack(const Opening& syn_ack);
  Verdict on_handshake_ack(Step& step);
  Verdict end_double_start(Step& step);
  Verdict establish(Step& step);

  // tcp_closing.cpp
  using Handler = Verdict (TcpSession::*)(Step& step);
  Verdict on_fin_or_ack(Step& step, Handler on_fin, Handler on_ack);
  Verdict on_first_fin(Step& step);
  Verdict on_fin_wait1_fin(Step& step);
  void end_fin_wait1(Step& step, bool repeats);
  Verdict on_fin_wait1_ack(Step& step);
  Verdict on_fin_wait2_fin(Step& step);
  Verdict on_fin_wait2_ack(Step& step);
  Verdict on_closing(Step& step);
  Verdict on_close_wait_fin(Step& step);
  Verdict on_close_wait_ack(Step& step);
  Verdict on_last_ack(Step& step);
  Verdict on_time_wait(Step& step);
  void take_ack(Step& step);

  Verdict on_reset(State state, Step& step);
  Verdict on_established(Step& step);
  void take_data(Step& step);
  Verdict on_closed(Step& step);

  void reassemble(const Step& step);
  void read(End& end);
  void detect_protocol(End& end);
  bool finds_gap(const End& end) const;
  bool has_unread_data(const End& end) const { return !unknown_protocol_ && end.has_start; }

  bool is_skipped(Step& step);
  bool is_keep_alive(Step& step);
  bool answers_probe(const Step& step) const;
  bool shrinks_window_too_much(const Step& step) const;
  bool is_overtaken(const Step& step) const;
  bool ack_is_valid(const Step& step) const;
  bool is_reset(Step& step);
  bool time_is_valid(const Step& step) const;
  void note_time(Step& step);
  void set(State state);
  static void open_window(Step& step);
  static void acknowledge(Step& step);
  static void extend(Step& step);

  std::array<End, 2> ends_{};      // client, server
  std::vector<Opening> syns_;      // the client's earlier SYNs
  std::vector<Opening> syn_acks_;  // SYN/ACKs that differ from the current one; latest first
  State state_ = State::none;
  State before_ = State::none;
  bool syn_from_server_ = false;   // both ends have sent SYN
  bool client_can_scale_ = false;  // the SYN offered window scaling
  bool time_stamps_ = false;       // both ends send time stamps
  bool fast_open_ = false;         // the SYN may carry data
  bool data_ignored_ = false;      // the server has ignored the SYN's data
  bool took_data_ = false;
  bool confirmed_ = false;  // the server has sent a packet since the handshake
  bool has_early_data_ = false;
  bool unknown_protocol_ = false;  // protocol detection has given up
  bool liberal_ = false;           // after a gap every reset is accepted
};

// Decides whether the TCP session ignores a packet with a wrong checksum; it still belongs to its
// flow. Checks are off unless stream.checksum-validation is on: T10 describes `suricata -k none`.
//
// Owner:   the PacketSource has one for all its workers.
// Threads: configure() and record_read() on the capturing thread, is_refused() on flow workers.
// Source:  source-pcap-file-helper.c, util-checksum.c (ChecksumAutoModeCheck).
class TcpChecksums {
 public:
  // Reads stream.checksum-validation and pcap-file.checksum-checks. Call it before the first
  // packet.
  void configure();
  // Stops checking if many of the first records are wrong: then the capturing machine probably left
  // checksums to its network card.
  void record_read(std::uint64_t records);
  bool is_refused(const decode::Decoded& packet) { return checks_ && !is_right(packet); }

 private:
  bool is_right(const decode::Decoded& packet);

  bool checks_ = false;
  bool may_stop_ = false;  // pcap-file.checksum-checks is auto
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> wrong_{0};
};

}  // namespace surisim::engine
