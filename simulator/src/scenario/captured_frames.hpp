// The frames of a capture file, by the flows that they belong to.
//
// When:    at any time.
// Owner:   values.
// Threads: any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decode.hpp"
#include "surisim/error.hpp"

namespace surisim::scenario {

// A record of the capture, as an Ethernet frame.
struct CapturedFrame {
  std::int64_t time = 0;  // µs
  std::string bytes = {};
  decode::Decoded packet = {};  // without its bytes
  bool is_plain = false;        // it has this packet and no other, with all headers and a flow

  std::string_view part(std::size_t at, std::size_t size) const {
    return std::string_view(bytes).substr(std::min(at, bytes.size()), size);
  }
  std::string_view payload() const { return part(packet.payload, packet.payload_size); }
  // The transport header and what follows. Of a plain one.
  std::string_view transport() const {
    return part(packet.l4, packet.payload + packet.payload_size - packet.l4);
  }
};

struct CapturedFlowFrames {
  decode::Decoded first = {};       // its first packet, without its bytes
  std::vector<std::size_t> frames;  // indexes
  std::size_t bytes = 0;
};

struct CapturedFrames {
  std::vector<CapturedFrame> frames;
  std::vector<CapturedFlowFrames> flows;  // the one with the fewest frames first
  std::size_t without_flow = 0;           // records
  std::string damage;                     // why not all was read; empty: it was
};

// Errors (invalid_option): the file cannot be opened, or has more than 64 MiB of frames.
expected<CapturedFrames> read_frames(const std::string& file);
// An Ethernet frame by itself.
CapturedFrame captured_frame(std::string bytes);

}  // namespace surisim::scenario
