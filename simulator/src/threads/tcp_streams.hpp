// The data of a TCP session on its way to streaming loggers, which get each piece once it is
// acknowledged.
//
// When:    while a flow is open, if streaming loggers run.
// Owner:   its FlowSide. A piece's data is valid until the next call.
// Threads: the flow's worker, with the flow locked.
// Source:  output-streaming.c (TcpDataLogger), stream-tcp-reassemble.c (StreamReassembleLog),
//          stream-tcp-list.c with hosts as BSD; E48. Not followed: urgent data, which Suricata
//          takes out of the stream, and memory limits.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace surisim::engine {

// A call of a streaming logger.
struct StreamPiece {
  std::span<const std::uint8_t> data;  // NULL at the end of the session
  std::uint8_t flags = 0;              // OUTPUT_STREAMING_FLAG_…
};

// The data that one end sends.
class TcpStream {
 public:
  using Bytes = std::span<const std::uint8_t>;

  // A segment's data has been accepted: `bytes` from sequence number `seq` on. `first`: that of the
  // end's first byte, which counts at the first call. `depth`: the stream ends after so many
  // bytes; 0: no limit.
  void add(std::uint32_t first, std::uint32_t seq, Bytes bytes, std::uint64_t depth);
  // The same for bytes that follow the last ones.
  void append(Bytes bytes, std::uint64_t depth);
  // What comes next for loggers, up to the sequence number `acked`; if the session `closes`, all
  // that is left, and its end. `direction`: flags.
  std::vector<StreamPiece> take(std::uint32_t acked, bool closes, std::uint8_t direction);
  // The number after the last byte.
  std::uint32_t end() const { return first_ + static_cast<std::uint32_t>(end_); }

 private:
  struct Segment {
    std::uint64_t begin;
    std::uint64_t end;
  };

  // Numbers of bytes, from 0.
  std::uint64_t place_of(std::uint32_t seq) const;
  void forget_logged();
  void put(std::uint64_t at, Bytes bytes);

  bool started_ = false;
  bool too_deep_ = false;
  std::uint32_t first_ = 0;
  std::uint64_t logged_ = 0;  // loggers have got all before it
  std::uint64_t end_ = 0;
  std::vector<Segment> segments_;
  // Data by its place, with gaps between blocks.
  std::map<std::uint64_t, std::vector<std::uint8_t>> blocks_;
};

struct TcpStreams {
  TcpStream to_server;
  TcpStream to_client;
  // Sequence numbers up to which the other end has acknowledged them.
  std::uint32_t acked_to_server = 0;
  std::uint32_t acked_to_client = 0;
  bool closed = false;  // the session is

  TcpStream& of(bool server) { return server ? to_server : to_client; }
  std::uint32_t& acked(bool server) { return server ? acked_to_server : acked_to_client; }
};

}  // namespace surisim::engine
