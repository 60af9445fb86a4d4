#include "decode/packet.hpp"

namespace surisim::decode {

namespace {

// Of the faults that an option can have, only these make the packet invalid (T10).
bool sound_tcp_options(Bytes options) {
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNop = 1;
  constexpr std::uint8_t kMd5 = 19;
  constexpr std::uint8_t kAuthentication = 29;
  bool sound = true;
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNop) {
      options = from(options, 1);
      continue;
    }
    if (options.size() < 2) break;
    const std::uint8_t size = options[1];
    if (size < 2 || size > options.size()) return false;
    if (options[0] == kMd5 && size != 18) sound = false;
    if (options[0] == kAuthentication && size < 4) sound = false;
    options = from(options, size);
  }
  return sound;
}

// The first chunk of data; empty at the end without one, and nothing when a chunk does not fit.
bool find_sctp_data(Bytes chunks, Bytes& data) {
  constexpr std::size_t kDataHeader = 16;
  bool found = false;
  while (!chunks.empty()) {
    const std::size_t size = be16(chunks, 2);
    if (chunks.size() < 4 || size < 4 || size > chunks.size()) return false;
    if (!found && chunks[0] == 0 && size >= kDataHeader) {
      data = chunks.subspan(kDataHeader, size - kDataHeader);
      found = true;
    }
    chunks = from(chunks, (size + 3) & ~std::size_t{3});
  }
  return true;
}

}  // namespace

void decode_tcp(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 20;
  if (bytes.size() < kHeader) {
    p.out.invalid = true;
    return;
  }
  const std::size_t header = (bytes[12] >> 4) * std::size_t{4};
  if (header < kHeader || header > bytes.size()) {
    p.out.invalid = true;
    return;
  }
  if (!sound_tcp_options(bytes.subspan(kHeader, header - kHeader))) p.out.invalid = true;
  p.out.l4 = p.offset(bytes);
  p.out.proto = kTcp;
  p.out.sp = be16(bytes, 0);
  p.out.dp = be16(bytes, 2);
  p.out.tcp = {be32(bytes, 4), be32(bytes, 8), be16(bytes, 14), bytes[13]};
  p.set_payload(from(bytes, header));
  p.wants_flow = true;
}

void decode_udp(Run& run, Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  const std::size_t size = be16(bytes, 4);
  if (bytes.size() < kHeader || size > bytes.size() || size < kHeader) {
    p.out.invalid = true;
    return;
  }
  p.out.l4 = p.offset(bytes);
  p.out.proto = kUdp;
  p.out.sp = be16(bytes, 0);
  p.out.dp = be16(bytes, 2);
  const Bytes payload = bytes.subspan(kHeader, size - kHeader);
  p.set_payload(payload);
  p.wants_flow = true;
  if (decode_teredo(run, p, payload)) return;
  if (decode_geneve(run, p, payload)) return;
  decode_vxlan(run, p, payload);
}

void decode_sctp(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 12;
  if (bytes.size() < kHeader) {
    p.out.invalid = true;
    return;
  }
  p.out.proto = kSctp;
  p.out.sp = be16(bytes, 0);
  p.out.dp = be16(bytes, 2);
  Bytes data = bytes.subspan(kHeader, 0);
  if (!find_sctp_data(from(bytes, kHeader), data)) {
    p.out.invalid = true;
    return;
  }
  p.out.l4 = p.offset(bytes);
  p.set_payload(data);
  p.wants_flow = true;
}

void decode_esp(Packet& p, Bytes bytes) {
  constexpr std::size_t kHeader = 8;
  if (!p.enter_layer()) return;
  if (bytes.size() < kHeader) {
    p.out.invalid = true;
    return;
  }
  p.out.l4 = p.offset(bytes);
  p.out.proto = kEsp;
  p.spi = be32(bytes, 0);
  p.set_payload(from(bytes, kHeader));
  p.wants_flow = true;
}

}  // namespace surisim::decode
