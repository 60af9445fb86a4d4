// The capturing thread's part of a run on a capture file: reads, decodes, and numbers packets.
//
// Threads: the capturing thread.
// Source:  source-pcap-file.c; T3.
#pragma once

#include <cstdint>
#include <optional>

#include "capture/flow_table.hpp"
#include "capture/pcap_reader.hpp"
#include "decode/decode.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

class CaptureFile {
 public:
  // A file that has become unreadable since the options were checked has no records, and damage.
  explicit CaptureFile(FlowEngine& engine);

  // Calls `on_packet` for each packet of the next record, whose bytes are there for that long.
  // False: no more records; the engine is told of damage.
  template <class OnPacket>
  bool next(Thread& thread, OnPacket on_packet) {
    decode::Record record;
    if (!read(thread, record)) return false;
    decoder_.decode(record, [&](const decode::Decoded& decoded) {
      const bool wants_flow = decoded.rule != decode::FlowRule::none;
      on_packet(decoded, ++packets_, wants_flow ? hash_of(decoded.key) : 0);
    });
    return true;
  }

 private:
  bool read(Thread& thread, decode::Record& record);

  FlowEngine& engine_;
  std::optional<PcapReader> reader_;
  decode::Decoder decoder_;
  std::uint64_t records_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace surisim::engine
