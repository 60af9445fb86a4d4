// Reads what the configuration says of checksums, and counts wrong ones.
#include "capture/tcp_checksums.hpp"

#include <suricata/conf.h>

#include <cstring>

#include "capture/tcp_session.hpp"

namespace surisim::engine {

void TcpChecksums::configure() {
  int on = 0;
  checks_ = SCConfGetBool("stream.checksum-validation", &on) == 1 && on != 0;
  const char* mode = nullptr;
  const bool has_mode = SCConfGet("pcap-file.checksum-checks", &mode) == 1 && mode != nullptr;
  may_stop_ = !has_mode || std::strcmp(mode, "auto") == 0;
  stopped_ = has_mode && SCConfValIsFalse(mode) == 1;
  wrong_ = 0;
}

void TcpChecksums::record_read(std::uint64_t records) {
  constexpr std::uint64_t kSample = 1000;
  constexpr std::uint64_t kRatio = 10;
  if (!may_stop_ || records != kSample) return;
  const std::uint64_t wrong = wrong_.load(std::memory_order_relaxed);
  if (wrong != 0 && records / wrong < kRatio) stopped_ = true;
}

// As in Suricata, a packet derived from a record is checked even when the record is not.
bool TcpChecksums::is_right(const decode::Decoded& packet) {
  if (!packet.is_derived() && stopped_.load(std::memory_order_relaxed)) return true;
  if (has_right_tcp_checksum(packet)) return true;
  wrong_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace surisim::engine
