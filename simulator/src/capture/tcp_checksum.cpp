#include "capture/tcp_checksum.hpp"

#include <netinet/in.h>
#include <suricata/conf.h>

#include <cstring>

namespace surisim::engine {

namespace {

// Bytes in pairs, the last one with a 0.
std::uint64_t sum_of(decode::Bytes bytes) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += std::uint32_t{bytes[at]} << 8 | bytes[at + 1];
  if (at < bytes.size()) sum += std::uint32_t{bytes[at]} << 8;
  return sum;
}

}  // namespace

bool has_right_tcp_checksum(const decode::Decoded& packet) {
  const std::size_t end = packet.payload + packet.payload_size;
  const decode::Bytes segment = packet.bytes.subspan(packet.l4, end - packet.l4);
  const std::size_t address = packet.ipv6 ? 16 : 4;
  std::uint64_t sum = sum_of(segment) + segment.size() + IPPROTO_TCP;
  sum += sum_of(decode::Bytes(packet.src).first(address));
  sum += sum_of(decode::Bytes(packet.dst).first(address));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

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

// A packet made from a record does not know that its record's checksum is not to be looked at.
bool TcpChecksums::is_right(const decode::Decoded& packet) {
  if (!packet.derived && stopped_.load(std::memory_order_relaxed)) return true;
  if (has_right_tcp_checksum(packet)) return true;
  wrong_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace surisim::engine
