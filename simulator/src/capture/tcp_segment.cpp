// Reads a packet's TCP options, keeps SACK ranges, and checks checksums.
#include <suricata/conf.h>

#include <algorithm>
#include <cstring>

#include "capture/tcp_session.hpp"
#include "decode/packet.hpp"

namespace surisim::engine {
namespace {

enum Option : std::uint8_t {
  kScale = 3,
  kSack = 5,
  kTimestamp = 8,
  kMd5 = 19,
  kAuthentication = 29,
  kFastOpen = 34,
  kExperiment1 = 253,
  kExperiment2 = 254,
};

using decode::be32;

void read_sack(TcpOptions& to, decode::Bytes option) {
  constexpr std::size_t kRange = 8;
  const std::size_t size = option.size() - 2;
  const bool is_sound = size > 0 && size <= TcpOptions::kMostSacks * kRange && size % kRange == 0;
  if (to.has_sack || !is_sound) return;
  to.has_sack = true;
  for (std::size_t at = 2; at < option.size(); at += kRange)
    to.sack[to.sacks++] = {be32(option, at), be32(option, at + 4)};
}

bool is_fast_open(decode::Bytes option) {
  constexpr std::uint8_t kMagic[] = {0xf9, 0x89};
  const std::size_t size = option.size();
  if (option[0] == kFastOpen) return size == 2 || (size >= 4 && size <= 18 && size % 2 == 0);
  return (size == 4 || size == 12) && option[2] == kMagic[0] && option[3] == kMagic[1];
}

void read_option(TcpOptions& to, decode::Bytes option) {
  constexpr std::uint8_t kMostScale = 14;
  const std::size_t size = option.size();
  switch (option[0]) {
    case kScale:
      if (size == 3 && to.scale == TcpOptions::kNoScale)
        to.scale = option[2] <= kMostScale ? option[2] : std::uint8_t{0};
      break;
    case kTimestamp:
      if (size != 10 || to.has_ts) break;
      to.ts = be32(option, 2);
      to.echo = be32(option, 6);
      to.has_ts = true;
      break;
    case kSack:
      read_sack(to, option);
      break;
    case kFastOpen:
    case kExperiment1:
    case kExperiment2:
      to.fast_open = to.fast_open || is_fast_open(option);
      break;
    case kMd5:
      to.is_signed = to.is_signed || size == 18;
      break;
    case kAuthentication:
      to.is_signed = to.is_signed || size >= 4;
      break;
    default:
      break;
  }
}

}  // namespace

TcpOptions read_tcp_options(decode::Bytes options) {
  TcpOptions read;
  decode::for_each_option(options, [&read](decode::Bytes option) { read_option(read, option); });
  return read;
}

// A packet's second range is never added: Suricata always takes it for a duplicate.
void SackList::add(const TcpSegment& segment, std::uint32_t acked, std::uint32_t window,
                   std::uint32_t allowed) {
  if (!segment.options.has_sack) return;
  for (std::size_t i = 0; i < segment.options.sacks; ++i) {
    const SackRange range = segment.options.sack[i];
    const bool is_duplicate = i == 1 || seq_before(range.begin, segment.ack);
    const bool is_old = !seq_after(range.end, acked);
    const bool is_beyond = seq_after(range.end, allowed) || seq_after(range.begin, acked + window);
    if (is_duplicate || is_old || is_beyond || !seq_before(range.begin, range.end)) continue;
    insert(range);
  }
  prune(acked);
}

void SackList::insert(SackRange range) {
  if (ranges_.size() >= kMost) return;
  const auto first = std::find_if(ranges_.begin(), ranges_.end(), [&](const SackRange& known) {
    return !seq_before(known.end, range.begin);
  });
  auto last = first;
  for (; last != ranges_.end() && !seq_after(last->begin, range.end); ++last) {
    if (seq_before(last->begin, range.begin)) range.begin = last->begin;
    if (seq_after(last->end, range.end)) range.end = last->end;
    size_ -= last->end - last->begin;
  }
  size_ += range.end - range.begin;
  ranges_.insert(ranges_.erase(first, last), range);
}

void SackList::prune(std::uint32_t acked) {
  while (!ranges_.empty() && seq_before(ranges_.front().end, acked)) {
    size_ -= ranges_.front().end - ranges_.front().begin;
    ranges_.erase(ranges_.begin());
  }
  if (!ranges_.empty() && seq_before(ranges_.front().begin, acked)) {
    size_ -= acked - ranges_.front().begin;
    ranges_.front().begin = acked;
  }
}

bool SackList::knows_all(const TcpSegment& segment) const {
  const TcpOptions& options = segment.options;
  if (options.sacks == 0) return false;
  return std::all_of(
      options.sack.begin(), options.sack.begin() + options.sacks, [&](const SackRange& range) {
        return std::any_of(ranges_.begin(), ranges_.end(), [&](const SackRange& known) {
          return range.begin >= known.begin && range.end <= known.end;
        });
      });
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

// As in Suricata, a packet derived from a record is checked even when the record is not.
bool TcpChecksums::is_right(const decode::Decoded& packet) {
  if (!packet.is_derived() && stopped_.load(std::memory_order_relaxed)) return true;
  if (decode::has_right_checksum(packet)) return true;
  wrong_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace surisim::engine
