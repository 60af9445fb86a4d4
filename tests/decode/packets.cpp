// Implements packets.hpp.
#include "packets.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace test {

Data join(std::initializer_list<Data> parts) {
  Data all;
  for (const Data& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Data text(std::string_view letters) { return {letters.begin(), letters.end()}; }

Data be16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

Data be32(std::size_t value) { return join({be16(value >> 16), be16(value)}); }

Data zeros(std::size_t size) { return Data(size, 0); }

Data eth(std::uint16_t type, const Data& payload) { return join({zeros(12), be16(type), payload}); }

Data vlan(std::uint16_t id, std::uint16_t type, const Data& payload) {
  return join({be16(id), be16(type), payload});
}

Data ipv4(const Ipv4& h, const Data& payload) {
  const std::size_t header = 20 + h.options.size();
  return join({{static_cast<std::uint8_t>(0x40 | header / 4), 0},
               be16(h.total.value_or(static_cast<std::uint16_t>(header + payload.size()))),
               be16(h.id),
               be16(h.offset / 8u | (h.more ? 0x2000u : 0u)),
               {64, h.proto, 0, 0},
               {h.src.begin(), h.src.end()},
               {h.dst.begin(), h.dst.end()},
               h.options,
               payload});
}

Address6 address6(std::uint8_t last) {
  Address6 address{0x20, 0x01, 0x0d, 0xb8};
  address.back() = last;
  return address;
}

Data ipv6(const Ipv6& h, const Data& payload) {
  return join({{0x60, 0, 0, 0},
               be16(h.size.value_or(static_cast<std::uint16_t>(payload.size()))),
               {h.next, h.hop_limit},
               {h.src.begin(), h.src.end()},
               {h.dst.begin(), h.dst.end()},
               payload});
}

Data fragment6(std::uint8_t next, std::uint16_t offset, bool more, std::uint32_t id,
               const Data& payload) {
  return join({{next, 0}, be16(offset | (more ? 1u : 0u)), be32(id), payload});
}

Data extension(std::uint8_t next, const Data& options, const Data& payload) {
  const auto words = static_cast<std::uint8_t>((options.size() + 2) / 8 - 1);
  return join({{next, words}, options, payload});
}

Data tcp(const Tcp& h, const Data& payload) {
  const auto header = h.header.value_or(static_cast<std::uint8_t>(20 + h.options.size()));
  return join({be16(h.sp),
               be16(h.dp),
               be32(0x01020304),
               be32(0x05060708),
               {static_cast<std::uint8_t>(header / 4 << 4), h.flags},
               be16(8192),
               zeros(4),
               h.options,
               payload});
}

Data udp(std::uint16_t sp, std::uint16_t dp, const Data& payload,
         std::optional<std::uint16_t> size) {
  return join({be16(sp), be16(dp),
               be16(size.value_or(static_cast<std::uint16_t>(8 + payload.size()))), zeros(2),
               payload});
}

Data icmp(std::uint8_t type, std::uint8_t code, const Data& body) {
  return join({{type, code, 0, 0}, body});
}

std::vector<Capture::Packet> Capture::record(const Data& bytes, double seconds) {
  std::vector<Packet> all;
  const auto time = static_cast<std::int64_t>(std::llround(seconds * 1e6));
  decoder_.decode({link_type_, time, bytes}, [&](const Decoded& d) {
    Packet& one = all.emplace_back();
    one.d = d;
    one.bytes.assign(d.bytes.begin(), d.bytes.end());
    if (d.payload != surisim::decode::kNowhere) {
      const Bytes payload = d.bytes.subspan(d.payload, d.payload_size);
      one.payload.assign(payload.begin(), payload.end());
    }
  });
  return all;
}

std::vector<Capture::Packet> packets_of_80(const Data& record) {
  return Capture(kEthernet, {.etag = false, .sctp_chunks = false, .vxlan_strict = false})
      .record(record);
}

std::vector<Capture::Packet> packets(const Data& record, int link_type) {
  return Capture(link_type).record(record);
}

Decoded packet(const Data& record, int link_type) {
  const auto all = packets(record, link_type);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? Decoded{} : all.back().d;
}

bool same_flow(const Decoded& one, const Decoded& other) {
  if (one.key == other.key) return true;
  if (one.rule == FlowRule::one_way) return false;
  FlowKey turned = other.key;
  std::swap(turned.src, turned.dst);
  std::swap(turned.sp, turned.dp);
  return one.key == turned;
}

}  // namespace test
