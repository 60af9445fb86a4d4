// Goal: the packets in a tunnel's record, their order, and which of them have flows (T3, T5).
#include <gtest/gtest.h>

#include "packets.hpp"

namespace {

using namespace test;

const Ipv4 kInner4 = {.src = {192, 168, 0, 1}, .dst = {192, 168, 0, 2}};

Data inner4() { return ipv4(kInner4, tcp({.sp = 7, .dp = 8})); }
Data inner6() { return ipv6({}, tcp({.sp = 7, .dp = 8})); }
Data outer4(std::uint8_t proto, const Data& payload) {
  return eth(kVlan, vlan(5, kIpv4, ipv4({.proto = proto}, payload)));
}

void expect_inner(const Decoded& p, int depth = 1) {
  EXPECT_TRUE(p.is_derived());
  EXPECT_EQ(p.rule, FlowRule::own);
  EXPECT_EQ(p.depth, depth);
  EXPECT_EQ(p.key.depth, depth);
  EXPECT_EQ(p.key.sp, 7);
  EXPECT_EQ(p.key.dp, 8);
  EXPECT_EQ(p.vlans, 0);  // not the outer ones
  EXPECT_EQ(p.key.vlan[0], 0);
}

void expect_outer(const Decoded& p, FlowRule rule) {
  EXPECT_FALSE(p.is_derived());
  EXPECT_EQ(p.depth, 0);
  EXPECT_EQ(p.rule, rule);
  EXPECT_EQ(p.vlans, 1);
}

void expect_tunnel(const Data& record, FlowRule outer) {
  const auto all = packets(record);
  ASSERT_EQ(all.size(), 2u);
  expect_inner(all[0].d);
  expect_outer(all[1].d, outer);
}

void expect_no_inner(const Data& record, FlowRule outer) {
  const auto all = packets(record);
  ASSERT_EQ(all.size(), 1u);
  expect_outer(all[0].d, outer);
}

TEST(IpInIp, T5_OuterFlowHasNoPortsInnerIsOneDeeper) {
  expect_tunnel(outer4(4, inner4()), FlowRule::own);
  expect_tunnel(outer4(41, inner6()), FlowRule::own);
  const Decoded outer = packets(outer4(4, inner4()))[1].d;
  EXPECT_EQ(outer.key.sp, 0);
  EXPECT_EQ(outer.key.dp, 0);
  EXPECT_EQ(outer.key.proto, 4);
}

TEST(IpInIp, T5_InIpv6) {
  const auto four = packets(eth(kIpv6, ipv6({.next = 4}, inner4())));
  ASSERT_EQ(four.size(), 2u);
  expect_inner(four[0].d);
  EXPECT_EQ(four[1].d.key.proto, 4);
  const auto six = packets(eth(kIpv6, ipv6({.next = 41}, inner6())));
  ASSERT_EQ(six.size(), 2u);
  expect_inner(six[0].d);
  EXPECT_EQ(six[1].d.key.proto, 41);
  EXPECT_EQ(packet(eth(kIpv6, ipv6({.next = 41}, inner4()))).rule, FlowRule::none);
  EXPECT_EQ(packet(eth(kIpv6, ipv6({.next = 4}, inner6()))).rule, FlowRule::none);
}

TEST(IpInIp, T5_AFailedInnerHeaderIsNotAPacketAndTheOuterKeepsItsFlow) {
  expect_no_inner(outer4(4, zeros(40)), FlowRule::own);
  expect_no_inner(outer4(41, zeros(40)), FlowRule::own);
}

TEST(IpInIp, AnInnerPacketWithoutAFlowIsAPacket) {
  const auto all = packets(outer4(4, ipv4({.proto = 6}, zeros(3))));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].d.is_derived());
  EXPECT_EQ(all[0].d.rule, FlowRule::none);
}

TEST(IpInIp, T3_TheInnermostComesFirst) {
  const auto all = packets(outer4(4, ipv4({.proto = 4}, inner4())));
  ASSERT_EQ(all.size(), 3u);
  expect_inner(all[0].d, 2);
  EXPECT_EQ(all[1].d.depth, 1);
  EXPECT_EQ(all[1].d.key.proto, 4);
  EXPECT_EQ(all[2].d.depth, 0);
  EXPECT_EQ(all[0].bytes, inner4());
}

TEST(IpInIp, TheSameAddressesAtAnotherDepthAreAnotherFlow) {
  const auto all = packets(eth(kIpv4, ipv4({.proto = 4}, ipv4({.proto = 4}, inner4()))));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_FALSE(same_flow(all[1].d, all[2].d));
}

TEST(IpInIp, TooManyHeadersEndTheNesting) {
  const auto nested = [](int depth) {
    Data bytes = inner4();
    for (int i = 0; i < depth; ++i) bytes = ipv4({.proto = 4}, bytes);
    return packets(eth(kIpv4, bytes));
  };
  // Ethernet is one header, and each packet counts for two.
  ASSERT_EQ(nested(6).size(), 7u);
  expect_inner(nested(6)[0].d, 6);
  // The next one's IP header would be the sixteenth: it is not a packet, and none is invalid.
  const auto all = nested(9);
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[0].d.depth, 6);
  EXPECT_EQ(all[0].d.rule, FlowRule::own);
  EXPECT_FALSE(all[0].d.invalid);
}

Data gre(std::uint8_t flags, std::uint8_t version, std::uint16_t type, const Data& rest) {
  return outer4(47, join({{flags, version}, be16(type), rest}));
}

TEST(Gre, T5_TheRecordHasNoFlow) {
  expect_tunnel(gre(0, 0, kIpv4, inner4()), FlowRule::none);
  expect_tunnel(gre(0, 0, kIpv6, inner6()), FlowRule::none);
  expect_tunnel(gre(0, 0, 0x6558, eth(kIpv4, inner4())), FlowRule::none);
  const auto six = packets(eth(kIpv6, ipv6({.next = 47}, join({{0, 0}, be16(kIpv4), inner4()}))));
  ASSERT_EQ(six.size(), 2u);
  EXPECT_EQ(six[1].d.rule, FlowRule::none);
  EXPECT_EQ(six[1].d.proto, 47);
}

TEST(Gre, OptionalFieldsAreSkipped) {
  expect_tunnel(gre(0x80, 0, kIpv4, join({zeros(4), inner4()})), FlowRule::none);
  expect_tunnel(gre(0xb0, 0, kIpv4, join({zeros(12), inner4()})), FlowRule::none);
  const Data route = join({zeros(4), be16(1), {0, 4}, zeros(4), zeros(4), inner4()});
  expect_tunnel(gre(0x40, 0, kIpv4, route), FlowRule::none);
  expect_no_inner(gre(0x40, 0, kIpv4, join({zeros(4), be16(1), {0, 99}})), FlowRule::none);
}

TEST(Gre, InnerVlanIdsAreTheInnerPackets) {
  const auto all = packets(gre(0, 0, kVlan, vlan(9, kIpv4, inner4())));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].d.vlans, 1);
  EXPECT_EQ(all[0].d.key.vlan[0], 9);
}

TEST(Gre, ArpInsideIsAPacketWithoutAFlow) {
  const Data arp = join({{0, 1, 8, 0, 6, 4, 0, 1}, zeros(20)});
  const auto all = packets(gre(0, 0, 0x0806, arp));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].d.rule, FlowRule::none);
}

TEST(Gre, Version1CarriesPpp) {
  const Data ppp = join({{0xff, 3, 0, 0x21}, inner4()});
  const auto pptp = [&](std::uint8_t flags, std::uint8_t version, std::uint16_t size,
                        std::size_t more) {
    return gre(flags, version, 0x880b, join({be16(size), be16(1), zeros(more), ppp}));
  };
  expect_tunnel(pptp(0x20, 0x01, 1, 0), FlowRule::none);
  expect_tunnel(pptp(0x30, 0x81, 1, 8), FlowRule::none);
  expect_no_inner(pptp(0x20, 0x01, 0, 0), FlowRule::none);  // an acknowledgment alone
  for (const std::uint8_t wrong : Data{0xa0, 0x60, 0x28, 0x21, 0x00}) {
    expect_no_inner(pptp(wrong, 0x01, 1, 0), FlowRule::none);
    EXPECT_TRUE(packet(pptp(wrong, 0x01, 1, 0)).invalid) << int{wrong};
  }
  EXPECT_TRUE(packet(gre(0x20, 0x01, kIpv4, join({zeros(4), inner4()}))).invalid);
}

TEST(Gre, ForbiddenFieldsAreInvalid) {
  EXPECT_TRUE(packet(gre(0x01, 0, kIpv4, inner4())).invalid);
  EXPECT_TRUE(packet(gre(0, 0x08, kIpv4, inner4())).invalid);
  EXPECT_TRUE(packet(gre(0, 2, kIpv4, inner4())).invalid);
  EXPECT_TRUE(packet(outer4(47, zeros(3))).invalid);
  EXPECT_TRUE(packet(gre(0x20, 0, kIpv4, zeros(3))).invalid);
  EXPECT_FALSE(packet(gre(0, 0, 0x1234, inner4())).invalid);
}

TEST(Erspan, T5_TypeOneAndTwoHaveNoFlow) {
  expect_tunnel(gre(0, 0, 0x88be, eth(kIpv4, inner4())), FlowRule::none);
  const Data two = join({zeros(4), {0x10, 0}, zeros(6), eth(kIpv4, inner4())});
  expect_tunnel(gre(0x10, 0, 0x88be, two), FlowRule::none);
}

TEST(Erspan, TypeTwoAddsAVlanId) {
  const Data two = join({zeros(4), {0x10, 0x07}, zeros(6), eth(kIpv4, inner4())});
  const auto all = packets(gre(0x10, 0, 0x88be, two));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].d.key.vlan[0], 7);
  const Data three = join({zeros(4), {0x20, 0}, zeros(6), eth(kIpv4, inner4())});
  expect_no_inner(gre(0x10, 0, 0x88be, three), FlowRule::none);
}

TEST(Teredo, T5_OnAnyPortKeepsTheOuterFlow) {
  expect_tunnel(outer4(17, udp(40000, 3544, inner6())), FlowRule::own);
  expect_tunnel(outer4(17, udp(1, 2, inner6())), FlowRule::own);
  expect_tunnel(outer4(17, udp(1, 2, join({zeros(8), inner6()}))), FlowRule::own);
}

TEST(Teredo, OnlyAnExactIpv6PacketCounts) {
  expect_no_inner(outer4(17, udp(1, 2, join({inner6(), {0}}))), FlowRule::own);
  expect_no_inner(outer4(17, udp(1, 2, ipv6({.hop_limit = 0}, tcp({})))), FlowRule::own);
  expect_no_inner(outer4(17, udp(1, 2, ipv6({.next = 0}, zeros(4)))), FlowRule::own);
  expect_no_inner(outer4(17, udp(1, 2, join({{0, 1}, zeros(6), inner6()}))), FlowRule::own);
  expect_no_inner(outer4(17, udp(1, 2, inner4())), FlowRule::own);
}

TEST(Teredo, AnInvalidInnerPacketIsNotAPacket) {
  // In other tunnels it would be a packet: see IpInIp.AnInnerPacketWithoutAFlowIsAPacket.
  expect_no_inner(outer4(17, udp(1, 2, ipv6({}, zeros(3)))), FlowRule::own);
}

Data vxlan(const Data& frame) { return join({{8, 0, 0, 0, 0, 0, 42, 0}, frame}); }

TEST(Vxlan, T5_OnItsPortKeepsTheOuterFlow) {
  expect_tunnel(outer4(17, udp(999, 4789, vxlan(eth(kIpv4, inner4())))), FlowRule::own);
  expect_tunnel(outer4(17, udp(999, 4789, vxlan(eth(kIpv6, inner6())))), FlowRule::own);
  expect_no_inner(outer4(17, udp(4789, 999, vxlan(eth(kIpv4, inner4())))), FlowRule::own);
  expect_no_inner(outer4(17, udp(999, 4790, vxlan(eth(kIpv4, inner4())))), FlowRule::own);
}

TEST(Vxlan, ReservedBitsMakeItAnOrdinaryUdpPacket) {
  for (const std::size_t at : std::vector<std::size_t>{0, 1, 2, 3, 7}) {
    Data wrong = vxlan(eth(kIpv4, inner4()));
    wrong[at] ^= 0x11;
    expect_no_inner(outer4(17, udp(999, 4789, wrong)), FlowRule::own);
  }
  const Decoded odd = packet(outer4(17, udp(999, 4789, vxlan(eth(0x1234, inner4())))));
  EXPECT_TRUE(odd.invalid);
  EXPECT_EQ(odd.rule, FlowRule::own);
}

TEST(Vxlan, E54_80WantsOnlyTheFlagAndTheLastByte) {
  Data frame = vxlan(eth(kIpv4, inner4()));
  frame[0] ^= 0x11;  // another flag
  frame[2] ^= 0x11;  // group policy
  EXPECT_EQ(packets_of_80(outer4(17, udp(999, 4789, frame))).size(), 2u);
  frame[7] ^= 0x11;
  EXPECT_EQ(packets_of_80(outer4(17, udp(999, 4789, frame))).size(), 1u);
}

Data geneve(std::uint16_t type, const Data& rest, std::uint8_t words = 0, std::uint8_t flags = 0) {
  return join({{words, flags}, be16(type), {0, 0, 42, 0}, rest});
}

TEST(Geneve, T5_OnItsPortEitherWayKeepsTheOuterFlow) {
  expect_tunnel(outer4(17, udp(999, 6081, geneve(kIpv4, inner4()))), FlowRule::own);
  expect_tunnel(outer4(17, udp(6081, 999, geneve(kIpv6, inner6()))), FlowRule::own);
  expect_tunnel(outer4(17, udp(999, 6081, geneve(0x6558, eth(kIpv4, inner4())))), FlowRule::own);
  expect_no_inner(outer4(17, udp(999, 6082, geneve(kIpv4, inner4()))), FlowRule::own);
}

TEST(Geneve, OptionsFillTheHeaderExactly) {
  const Data option = {0, 1, 2, 1, 9, 9, 9, 9};
  expect_tunnel(outer4(17, udp(9, 6081, geneve(kIpv4, join({option, inner4()}), 2))),
                FlowRule::own);
  expect_no_inner(outer4(17, udp(9, 6081, geneve(kIpv4, join({option, inner4()}), 1))),
                  FlowRule::own);
  expect_no_inner(outer4(17, udp(9, 6081, geneve(kIpv4, inner4(), 0x40))), FlowRule::own);
  expect_no_inner(outer4(17, udp(9, 6081, geneve(kIpv4, inner4(), 0, 1))), FlowRule::own);
  EXPECT_TRUE(packet(outer4(17, udp(9, 6081, geneve(0x1234, inner4())))).invalid);
  EXPECT_FALSE(packet(outer4(17, udp(9, 6081, geneve(0x0806, inner4())))).invalid);
}

}  // namespace
