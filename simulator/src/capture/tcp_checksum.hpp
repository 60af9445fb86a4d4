// Wrong TCP checksums: a packet with one keeps its flow, but its session does not get to see it.
//
// When:    configure() before traffic; the rest while packets come.
// Owner:   the flow engine.
// Threads: configure() and record_read(): the capturing thread; is_refused(): flow workers.
// Source:  stream-tcp.c (StreamTcpValidateChecksum), source-pcap-file-helper.c,
//          util-checksum.c (ChecksumAutoModeCheck). Here checks are off unless
//          stream.checksum-validation says yes: T10 is what `suricata -k none` does.
#pragma once

#include <atomic>
#include <cstdint>

#include "decode/decode.hpp"

namespace surisim::engine {

class TcpChecksums {
 public:
  // Reads stream.checksum-validation and pcap-file.checksum-checks.
  void configure();
  // Once many are wrong, the capturing machine is thought to have left them to its network card.
  void record_read(std::uint64_t records);
  bool is_refused(const decode::Decoded& packet) { return checks_ && !is_right(packet); }

 private:
  bool is_right(const decode::Decoded& packet);

  bool checks_ = false;
  bool may_stop_ = false;  // auto
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> wrong_{0};
};

// The checksum is that of header and data, with the addresses of the IP header.
bool has_right_tcp_checksum(const decode::Decoded& packet);

}  // namespace surisim::engine
