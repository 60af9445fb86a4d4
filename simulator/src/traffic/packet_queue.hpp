// What goes from a capturing thread to a queue-fed worker. Source: tmqh-flow.c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decode/decode.hpp"
#include "trace/handover.hpp"
#include "traffic/traffic.hpp"

namespace surisim::engine {

// A generated packet and its flow, copied: the receiving thread goes on to other flows.
struct QueuedPacket {
  PacketStep step;
  FlowSpec spec;
};

// A packet out of a capture file.
struct CapturedPacket {
  decode::Decoded decoded;
  std::uint64_t number = 0;  // of the packet, from 1; derived packets count
  std::uint32_t hash = 0;    // of its flow's key
  std::size_t at = 0;        // in a batch: where its bytes start
};

// One input's packets for one worker, of the one kind or the other; `end`: no more will come.
struct PacketBatch {
  std::vector<QueuedPacket> generated;
  std::vector<CapturedPacket> captured;
  std::vector<std::uint8_t> bytes;  // of the captured ones: the capturing thread reads on
  bool end = false;

  std::size_t size() const { return generated.size() + captured.size(); }
  void clear() {
    generated.clear();
    captured.clear();
    bytes.clear();
    end = false;
  }
};

struct PacketQueue {
  explicit PacketQueue(std::uint32_t batches_under_way) : credit(batches_under_way) {}
  Channel<PacketBatch> channel;
  Channel<PacketBatch> spare;  // on their way back, empty: their memory is used again
  Credit credit;
};

}  // namespace surisim::engine
