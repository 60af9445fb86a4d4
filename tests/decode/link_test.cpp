// Goal: the IP header is found behind every link type and label. Method: one TCP packet with each;
// T11, T5 (no depth), T1 (VLAN ids), T10 (packets without flow).
#include <gtest/gtest.h>

#include "packets.hpp"

namespace {

using namespace test;

Data ip4() { return ipv4({}, tcp({})); }
Data ip6() { return ipv6({}, tcp({})); }

void expect_tcp(const Decoded& p, bool is_ipv6 = false) {
  EXPECT_EQ(p.rule, FlowRule::own);
  EXPECT_EQ(p.proto, 6);
  EXPECT_EQ(p.sp, 1000);
  EXPECT_EQ(p.dp, 80);
  EXPECT_EQ(p.ipv6, is_ipv6);
  EXPECT_EQ(p.ipv4, !is_ipv6);
  EXPECT_EQ(p.depth, 0);
  EXPECT_FALSE(p.is_derived());
  EXPECT_FALSE(p.invalid);
}

void expect_no_flow(const Decoded& p, bool invalid) {
  EXPECT_EQ(p.rule, FlowRule::none);
  EXPECT_EQ(p.invalid, invalid);
  EXPECT_EQ(p.key, FlowKey{});
}

TEST(LinkTypes, T11_EthernetSaysWhatFollows) {
  expect_tcp(packet(eth(kIpv4, ip4())));
  expect_tcp(packet(eth(kIpv6, ip6())), true);
  const Decoded p = packet(eth(kIpv4, ip4()));
  EXPECT_EQ(p.l3, 14u);
  EXPECT_EQ(p.l4, 34u);
  EXPECT_EQ(p.payload, 54u);
  EXPECT_EQ(p.payload_size, 0u);
}

TEST(LinkTypes, T11_LinuxCookedInBothVersions) {
  expect_tcp(packet(join({zeros(14), be16(kIpv4), ip4()}), 113));
  expect_tcp(packet(join({be16(kIpv6), zeros(18), ip6()}), 276), true);
  expect_no_flow(packet(zeros(15), 113), true);
  expect_no_flow(packet(zeros(19), 276), true);
}

TEST(LinkTypes, T11_RawIpByItsVersion) {
  for (const int link : {12, 101, 228, 229, 778}) {
    expect_tcp(packet(ip4(), link));
    expect_tcp(packet(ip6(), link), true);
  }
  expect_no_flow(packet(join({{0x50}, zeros(30)}), 12), false);
  expect_no_flow(packet(zeros(19), 12), true);
}

TEST(LinkTypes, T11_BsdNullWithEverySystemsNumberForIpv6) {
  expect_tcp(packet(join({{2, 0, 0, 0}, ip4()}), 0));
  for (const std::uint8_t family : Data{10, 23, 24, 26, 28, 30}) {
    expect_tcp(packet(join({{family, 0, 0, 0}, ip6()}), 0), true);
  }
  expect_no_flow(packet(join({{0, 0, 0, 2}, ip4()}), 0), false);  // the other byte order
  expect_no_flow(packet({2, 0, 0}, 0), true);
}

TEST(LinkTypes, T11_CiscoHdlc) {
  expect_tcp(packet(join({{0x0f, 0}, be16(kIpv4), ip4()}), 104));
  expect_no_flow(packet({0x0f, 0, 8}, 104), true);
}

TEST(LinkTypes, PppWithAndWithoutAddressAndControl) {
  expect_tcp(packet(join({be16(0x0021), ip4()}), 9));
  expect_tcp(packet(join({{0xff, 3}, be16(0x0057), ip6()}), 9), true);
  expect_tcp(packet(join({{0x21}, ip4()}), 9));
  expect_tcp(packet(join({{0xff, 3, 0x57}, ip6()}), 9), true);
  expect_no_flow(packet(join({be16(0xc021), zeros(20)}), 9), false);  // known, left alone
  expect_no_flow(packet(join({be16(0x4242), zeros(20)}), 9), true);
  expect_no_flow(packet(join({be16(0x0021), zeros(19)}), 9), true);
  expect_no_flow(packet({0xff, 3}, 9), true);
  expect_no_flow(packet({}, 9), true);
}

TEST(LinkTypes, PppWithACompressedHeaderSaysTcpByItsOwnNumber) {
  const Data ip = ipv4({.proto = 0}, tcp({}));
  expect_tcp(packet(join({{0x2f}, ip}), 9));
  EXPECT_EQ(packet(join({be16(0x002f), ip}), 9).rule, FlowRule::none);
}

TEST(LinkTypes, T11_OthersAreUnknown) {
  for (const int link : {0, 1, 9, 12, 101, 104, 113, 228, 229, 276, 778}) {
    EXPECT_TRUE(surisim::decode::knows_link_type(link)) << link;
  }
  for (const int link : {-1, 14, 105, 108, 127, 300}) {
    EXPECT_FALSE(surisim::decode::knows_link_type(link)) << link;
    expect_no_flow(packet(ip4(), link), false);
  }
}

TEST(Labels, T1_UpToThreeVlanIdsArePartOfTheKey) {
  const Data three = vlan(0xe001, 0x88a8, vlan(2, 0x9100, vlan(3, kIpv4, ip4())));
  const Decoded p = packet(eth(kVlan, three));
  expect_tcp(p);
  EXPECT_EQ(p.vlans, 3);
  EXPECT_EQ(p.vlan, (std::array<std::uint16_t, 3>{1, 2, 3}));
  EXPECT_EQ(p.key.vlan, p.vlan);

  const Decoded other = packet(eth(kVlan, vlan(7, kIpv4, ip4())));
  EXPECT_FALSE(same_flow(other, packet(eth(kIpv4, ip4()))));
  EXPECT_FALSE(same_flow(other, packet(eth(kVlan, vlan(8, kIpv4, ip4())))));
}

TEST(Labels, AFourthVlanEndsThePacketQuietly) {
  const Data four = vlan(1, kVlan, vlan(2, kVlan, vlan(3, kVlan, vlan(4, kIpv4, ip4()))));
  expect_no_flow(packet(eth(kVlan, four)), false);
}

TEST(Labels, AnUnknownTypeIsInvalidOnlyBehindATag) {
  expect_no_flow(packet(eth(0x1234, ip4())), false);
  expect_no_flow(packet(eth(kVlan, vlan(1, 0x1234, ip4()))), true);
  expect_no_flow(packet(eth(0x893f, join({zeros(6), be16(0x1234), ip4()}))), true);
  expect_no_flow(packet(eth(0x8926, join({zeros(4), be16(0x1234), ip4()}))), true);
}

TEST(Labels, TagsOfOtherStandardsAreSkipped) {
  expect_tcp(packet(eth(0x893f, join({zeros(6), be16(kIpv4), ip4()}))));
  expect_tcp(packet(eth(0x8926, join({zeros(4), be16(kIpv4), ip4()}))));
  expect_tcp(packet(eth(0x88e7, join({zeros(16), be16(kIpv4), ip4()}))));
  expect_tcp(packet(eth(0x8903, join({zeros(2), eth(kIpv4, ip4())}))));
}

TEST(ETag, E52_80DoesNotDecodeIt) {
  const auto all = packets_of_80(eth(0x893f, join({zeros(6), be16(kIpv4), ip4()})));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].d.rule, FlowRule::none);
}

TEST(Labels, ATruncatedTagIsInvalid) {
  for (const auto& [type, size] : {std::pair{kVlan, 3},
                                   {std::uint16_t{0x893f}, 7},
                                   {std::uint16_t{0x8926}, 5},
                                   {std::uint16_t{0x88e7}, 17},
                                   {std::uint16_t{0x8903}, 15},
                                   {std::uint16_t{0x8847}, 3},
                                   {std::uint16_t{0x894f}, 7},
                                   {std::uint16_t{0x8863}, 5},
                                   {std::uint16_t{0x8864}, 6}}) {
    expect_no_flow(packet(eth(type, zeros(static_cast<std::size_t>(size)))), true);
  }
}

TEST(Labels, MplsGuessesUnlessTheLabelTells) {
  const auto entry = [](std::uint32_t label, bool bottom) {
    return be32(label << 12 | (bottom ? 0x100u : 0));
  };
  expect_tcp(packet(eth(0x8847, join({entry(100, false), entry(101, true), ip4()}))));
  expect_tcp(packet(eth(0x8848, join({entry(100, true), ip6()}))), true);
  expect_tcp(packet(eth(0x8847, join({entry(0, true), ip4()}))));
  expect_tcp(packet(eth(0x8847, join({entry(2, true), ip6()}))), true);
  expect_tcp(packet(eth(0x8847, join({entry(100, true), zeros(4), eth(kIpv4, ip4())}))));
  expect_no_flow(packet(eth(0x8847, join({entry(3, true), ip4()}))), false);
  expect_no_flow(packet(eth(0x8847, join({entry(100, true), {0x50, 0, 0, 0}}))), true);
  expect_no_flow(packet(eth(0x8847, entry(100, false))), true);
}

TEST(Labels, NshNamesWhatItCarries) {
  const auto nsh = [](std::uint8_t next, const Data& payload) {
    return eth(0x894f, join({{0, 6, 1, next}, zeros(20), payload}));
  };
  expect_tcp(packet(nsh(1, ip4())));
  expect_tcp(packet(nsh(2, ip6())), true);
  expect_tcp(packet(nsh(3, eth(kIpv4, ip4()))));
  expect_tcp(packet(nsh(5, join({be32(100 << 12 | 0x100), ip4()}))));
  expect_no_flow(packet(nsh(4, ip4())), false);
  expect_no_flow(packet(nsh(1, {})), true);                                          // nothing left
  expect_no_flow(packet(eth(0x894f, join({{0, 2, 1, 1}, zeros(4), ip4()}))), true);  // not 24
  expect_no_flow(packet(eth(0x894f, join({{0x40, 6, 1, 1}, zeros(20), ip4()}))), false);  // version
}

TEST(Labels, T5_PppoeAddsNoDepth) {
  const auto session = [](const Data& ppp) {
    return eth(0x8864, join({{0x11, 0, 0, 1}, be16(ppp.size()), ppp}));
  };
  expect_tcp(packet(session(join({be16(0x0021), ip4()}))));
  expect_tcp(packet(session(join({be16(0x0057), ip6()}))), true);
  expect_tcp(packet(session(join({{0x21}, ip4()}))));
  expect_no_flow(packet(session(join({be16(0xc021), zeros(8)}))), false);
  expect_no_flow(packet(session(join({be16(0x4242), zeros(8)}))), true);
  expect_no_flow(packet(session(join({be16(0x0021), zeros(19)}))), true);
  expect_no_flow(packet(eth(0x8863, {0x11, 9, 0, 0, 0, 0})), false);
  expect_no_flow(packet(eth(0x8863, {0x11, 9, 0, 0, 0, 1})), true);   // a truncated tag
  expect_no_flow(packet(eth(0x8863, {0x11, 10, 0, 0, 0, 0})), true);  // no such code
}

TEST(Labels, T10_ArpHasNoFlow) {
  const Data arp = join({{0, 1, 8, 0, 6, 4, 0, 1}, zeros(20)});
  expect_no_flow(packet(eth(0x0806, arp)), false);
  for (const std::size_t at : std::vector<std::size_t>{1, 3, 4, 5, 7}) {
    Data wrong = arp;
    wrong[at] = 77;
    expect_no_flow(packet(eth(0x0806, wrong)), true);
  }
  expect_no_flow(packet(eth(0x0806, Data(arp.begin(), arp.end() - 1))), true);
}

TEST(Limits, SixteenHeadersAreTooMany) {
  const auto nested = [](int frames) {  // Ethernet in DCE, a header each
    Data bytes = eth(kIpv4, ip4());
    for (int i = 1; i < frames; ++i) bytes = eth(0x8903, join({zeros(2), bytes}));
    return bytes;
  };
  expect_tcp(packet(nested(14)));
  expect_no_flow(packet(nested(15)), true);
}

TEST(Limits, ARecordLongerThanAnyPacketHasNoPacket) {
  Data longest = eth(kIpv4, ip4());
  longest.resize(65604);
  expect_tcp(packet(longest));
  longest.push_back(0);
  EXPECT_TRUE(packets(longest).empty());
}

}  // namespace
