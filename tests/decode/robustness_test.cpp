// Goal: for any bytes, the decoder stays within bounds and its results are consistent.
// Method: packets of every kind, truncated everywhere and changed at random; run it with ASan.
#include <gtest/gtest.h>

#include <random>

#include "packets.hpp"

namespace {

using namespace test;

void expect_consistent(const Decoded& d) {
  const std::size_t size = d.bytes.size();
  const auto inside = [&](std::size_t at) { return at == surisim::decode::kNowhere || at <= size; };
  EXPECT_TRUE(inside(d.l3));
  EXPECT_TRUE(inside(d.l4));
  EXPECT_TRUE(inside(d.payload));
  if (d.payload != surisim::decode::kNowhere) {
    EXPECT_LE(d.payload + d.payload_size, size);
  }
  EXPECT_EQ(d.l3 != surisim::decode::kNowhere, d.ipv4 || d.ipv6);
  if (d.rule != FlowRule::none) {
    EXPECT_TRUE(d.ipv4 != d.ipv6);
  }
}

std::vector<Data> seeds() {
  const Data tcp4 = ipv4({.options = {7, 7, 4, 1, 2, 3, 4, 0}}, tcp({.options = {2, 4, 5, 0xb4}}));
  const Data tcp6 = ipv6({.next = 0}, extension(6, {5, 2, 0, 0, 1, 0}, tcp({})));
  const Data udp6 = ipv6({.next = 44}, fragment6(17, 0, true, 3, udp(1, 2, zeros(16))));
  return {
      eth(kIpv4, tcp4),
      eth(kIpv6, tcp6),
      eth(kIpv6, udp6),
      eth(kIpv4, ipv4({.proto = 17, .more = true}, udp(1, 2, zeros(16)))),
      eth(kIpv4, ipv4({.proto = 17, .offset = 24}, zeros(8))),
      eth(kVlan, vlan(1, 0x88a8, vlan(2, kIpv4, ipv4({.proto = 4}, tcp4)))),
      eth(kIpv4,
          ipv4({.proto = 47},
               join({{0x30, 0}, be16(0x88be), zeros(8), {0x10, 7}, zeros(6), eth(kIpv4, tcp4)}))),
      eth(kIpv4, ipv4({.proto = 47},
                      join({{0x40, 0}, be16(kIpv4), zeros(4), be16(1), {0, 4}, zeros(8), tcp4}))),
      eth(kIpv4,
          ipv4({.proto = 47},
               join({{0x30, 0x81}, be16(0x880b), be16(9), zeros(10), {0xff, 3, 0, 0x21}, tcp4}))),
      eth(kIpv4,
          ipv4({.proto = 17}, udp(9, 4789, join({{8, 0, 0, 0, 0, 0, 1, 0}, eth(kIpv6, tcp6)})))),
      eth(kIpv4, ipv4({.proto = 17},
                      udp(9, 6081,
                          join({{2, 0}, be16(kIpv4), zeros(4), {0, 1, 2, 1, 0, 0, 0, 0}, tcp4})))),
      eth(kIpv4, ipv4({.proto = 17}, udp(9, 3544, join({zeros(8), tcp6})))),
      eth(kIpv4, ipv4({.proto = 1}, icmp(3, 3, join({zeros(4), tcp4})))),
      eth(kIpv6, ipv6({.next = 58}, icmp(1, 4, join({zeros(4), tcp6})))),
      eth(kIpv4, ipv4({.proto = 132}, join({zeros(12), {0, 3, 0, 20}, zeros(16)}))),
      eth(kIpv4, ipv4({.proto = 50}, zeros(12))),
      eth(kIpv4, ipv4({.proto = 2}, join({{0x22, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1}, zeros(12)}))),
      eth(0x8864, join({{0x11, 0, 0, 1}, be16(60), be16(0x0021), tcp4})),
      eth(0x8847, join({be32(100 << 12), be32(101 << 12 | 0x100), tcp4})),
      eth(0x894f, join({{0, 6, 1, 3}, zeros(20), eth(kIpv4, tcp4)})),
  };
}

void decode_everywhere(const Data& bytes) {
  for (const int link : {0, 1, 9, 12, 104, 113, 276}) {
    for (const auto& one : packets(bytes, link)) expect_consistent(one.d);
  }
}

TEST(AnyBytes, CutShortAnywhere) {
  for (const Data& seed : seeds()) {
    for (std::size_t size = 0; size <= seed.size(); ++size) {
      decode_everywhere({seed.begin(), seed.begin() + static_cast<long>(size)});
    }
  }
}

TEST(AnyBytes, ChangedAnywhere) {
  std::mt19937 random(1);
  for (const Data& seed : seeds()) {
    for (int round = 0; round < 300; ++round) {
      Data changed = seed;
      for (int i = 0; i < 3; ++i) {
        changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
      }
      decode_everywhere(changed);
    }
  }
}

TEST(AnyBytes, FragmentsThatOverlapAtRandom) {
  std::mt19937 random(2);
  Capture capture;
  for (int i = 0; i < 20'000; ++i) {
    const auto offset = static_cast<std::uint16_t>(random() % 12 * 8);
    const bool more = random() % 4 != 0;
    const Data data = udp(1, 2, zeros(random() % 9 * 8));
    const Data frame = random() % 2 == 0
                           ? eth(kIpv4, ipv4({.proto = 17, .offset = offset, .more = more}, data))
                           : eth(kIpv6, ipv6({.next = 44}, fragment6(17, offset, more, 1, data)));
    for (const auto& one : capture.record(frame)) expect_consistent(one.d);
  }
}

}  // namespace
