#include "capture/tcp_segment.hpp"

namespace surisim::engine {

namespace {

enum Option : std::uint8_t {
  kEndOfOptions = 0,
  kNothing = 1,
  kScale = 3,
  kSack = 5,
  kTimestamp = 8,
  kMd5 = 19,
  kAuthentication = 29,
  kFastOpen = 34,
  kExperiment1 = 253,
  kExperiment2 = 254,
};

std::uint32_t be32(decode::Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

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
  while (!options.empty() && options[0] != kEndOfOptions) {
    if (options[0] == kNothing) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) break;
    read_option(read, options.first(options[1]));
    options = options.subspan(options[1]);
  }
  return read;
}

}  // namespace surisim::engine
