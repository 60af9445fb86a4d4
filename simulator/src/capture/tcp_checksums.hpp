// Decides whether a wrong TCP checksum counts: a packet with one keeps its flow, but the TCP
// session ignores it. Checks are off unless stream.checksum-validation is on: T10 describes
// `suricata -k none`.
//
// When:    configure() before the first packet.
// Owner:   the PacketSource, which has one for all its workers.
// Threads: configure() and record_read() on the capturing thread, is_refused() on flow workers.
// Source:  source-pcap-file-helper.c, util-checksum.c (ChecksumAutoModeCheck).
#pragma once

#include <atomic>
#include <cstdint>

#include "decode/decode.hpp"

namespace surisim::engine {

class TcpChecksums {
 public:
  // Reads stream.checksum-validation and pcap-file.checksum-checks.
  void configure();
  // If many of the first records are wrong, the capturing machine is assumed to have left checksums
  // to its network card, and checks stop.
  void record_read(std::uint64_t records);
  bool is_refused(const decode::Decoded& packet) { return checks_ && !is_right(packet); }

 private:
  bool is_right(const decode::Decoded& packet);

  bool checks_ = false;
  bool may_stop_ = false;  // auto
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> wrong_{0};
};

}  // namespace surisim::engine
