// What one end of a TCP conversation has got out of order, as it says in its acknowledgements.
//
// Owner:   the session, one for each direction.
// Source:  stream-tcp-sack.c.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/tcp_segment.hpp"

namespace surisim::engine {

class SackList {
 public:
  // Takes in a packet's ranges. `acked`, `window` and `allowed` are of the stream that they are
  // about, after the packet's own acknowledgement.
  void add(const TcpSegment& segment, std::uint32_t acked, std::uint32_t window,
           std::uint32_t allowed);
  // Forgets what has been acknowledged since.
  void prune(std::uint32_t acked);
  // The packet has ranges, and none of them is news.
  bool knows_all(const TcpSegment& segment) const;
  std::uint32_t size() const { return size_; }  // bytes

 private:
  // Suricata bounds them by memory.
  static constexpr std::size_t kMost = 1024;

  void insert(SackRange range);

  std::vector<SackRange> ranges_;  // ascending, apart from each other
  std::uint32_t size_ = 0;
};

}  // namespace surisim::engine
