// The parts of a packet that a TCP session needs: header, options, SACK ranges, checksum.
//
// When:    for each TCP packet of a flow.
// Owner:   values; none refers to the packet's bytes.
// Threads: the flow's worker.
// Source:  decode-tcp.c (DecodeTCPOptions), decode-tcp.h, stream-tcp-sack.c, stream-tcp.c
//          (StreamTcpValidateChecksum).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "decode/decode.hpp"

namespace surisim::engine {

// Flags of a TCP header.
inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpAck = 0x10;

// Compare sequence numbers, which wrap around; half way round is before, as in Suricata.
inline bool seq_before(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) < 0;
}
inline bool seq_after(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) > 0;
}

// Data that arrived although something before it is missing: from `begin` up to `end`.
struct SackRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// The first valid option of each kind. Options after one that does not fit are ignored.
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

  bool has(std::uint8_t all_of) const { return (flags & all_of) == all_of; }
  bool has_any(std::uint8_t of) const { return (flags & of) != 0; }
  std::uint32_t end() const { return seq + size; }
};

// The data of one direction that arrived out of order, according to SACK options of the other end.
class SackList {
 public:
  // Adds a packet's ranges. `acked`, `window` and `allowed` are the direction's, after the packet's
  // own acknowledgement.
  void add(const TcpSegment& segment, std::uint32_t acked, std::uint32_t window,
           std::uint32_t allowed);
  // Forgets what has been acknowledged since.
  void prune(std::uint32_t acked);
  // The packet has ranges, and all of them are known.
  bool knows_all(const TcpSegment& segment) const;
  std::uint32_t size() const { return size_; }  // bytes

 private:
  // Suricata limits them by memory.
  static constexpr std::size_t kMost = 1024;

  void insert(SackRange range);

  std::vector<SackRange> ranges_;  // ascending, with gaps between them
  std::uint32_t size_ = 0;
};

// Checks the checksum over header, data and the IP addresses.
bool has_right_tcp_checksum(const decode::Decoded& packet);

}  // namespace surisim::engine
