// Goal: ICMP packets create a flow, join one, or have none: T6, T7, T8.
#include <gtest/gtest.h>

#include "packets.hpp"

namespace {

using namespace test;

Decoded icmp4(const Data& message, const Ipv4& ip = {}) {
  Ipv4 header = ip;
  header.proto = 1;
  return packet(eth(kIpv4, ipv4(header, message)));
}
Decoded icmp6(const Data& message) { return packet(eth(kIpv6, ipv6({.next = 58}, message))); }

const Ipv4 kBack = {.src = {10, 0, 0, 2}, .dst = {10, 0, 0, 1}};

TEST(Icmp, T7_RequestAndReplyAreOneFlow) {
  for (const auto& [request, reply] :
       {std::pair<std::uint8_t, std::uint8_t>{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}}) {
    const Decoded there = icmp4(icmp(request, 0, zeros(16)));
    EXPECT_EQ(there.rule, FlowRule::own);
    EXPECT_TRUE(same_flow(there, icmp4(icmp(reply, 0, zeros(16)), kBack))) << int{request};
    EXPECT_FALSE(same_flow(there, icmp4(icmp(reply, 0, zeros(16))))) << int{request};
  }
}

TEST(Icmp, T7_CodeAndIdDoNotCount) {
  const Decoded one = icmp4(icmp(8, 0, be32(0x00010001)));
  EXPECT_TRUE(same_flow(one, icmp4(icmp(8, 5, be32(0x00990001)))));
  EXPECT_FALSE(same_flow(one, icmp4(icmp(13, 0, zeros(16)))));
}

TEST(Icmp, T7_PortsAreTypeCodeAndCounterpart) {
  const Decoded p = icmp4(icmp(8, 3));
  EXPECT_EQ(p.sp, 8 + 256 * 3);
  EXPECT_EQ(p.dp, 0);
  EXPECT_EQ(icmp4(icmp(0, 0)).dp, 8);
  EXPECT_EQ(icmp4(icmp(42, 0)).dp, 0);
  EXPECT_EQ(icmp4(icmp(42, 0)).rule, FlowRule::own);
  EXPECT_EQ(p.icmp_type, 8);
  EXPECT_EQ(p.icmp_code, 3);
}

TEST(Icmp, T10_TooSmallHasNoFlow) {
  EXPECT_EQ(icmp4({8, 0, 0, 0, 0, 0, 0}).rule, FlowRule::none);
  EXPECT_EQ(icmp6({128, 0, 0, 0, 0, 0, 0}).rule, FlowRule::none);
}

Data unreachable(const Data& quoted, std::uint8_t code = 3) {
  return icmp(3, code, join({zeros(4), quoted}));
}

TEST(IcmpErrors, T6_UnreachableJoinsTheFlowThatItQuotes) {
  const Decoded udp_packet = packet(eth(kIpv4, ipv4({.proto = 17}, udp(53, 1025))));
  const Decoded error = icmp4(unreachable(ipv4({.proto = 17}, udp(53, 1025))), kBack);
  EXPECT_EQ(error.rule, FlowRule::existing);
  EXPECT_TRUE(same_flow(udp_packet, error));
  EXPECT_EQ(error.key.proto, 17);
  // The packet is unchanged: its own source decides the direction.
  EXPECT_EQ(error.proto, 1);
  EXPECT_EQ(error.src, (std::array<std::uint8_t, 16>{10, 0, 0, 2}));
  EXPECT_EQ(error.sp, 3 + 256 * 3);
  EXPECT_EQ(error.dp, 0);
}

TEST(IcmpErrors, T6_ThePortsOfTcpAreEnough) {
  const Data whole = ipv4({}, tcp({.sp = 7, .dp = 8}));
  const auto quoting = [&](std::size_t bytes) {
    return icmp4(unreachable(Data(whole.begin(), whole.begin() + static_cast<long>(bytes))));
  };
  EXPECT_EQ(quoting(24).rule, FlowRule::existing);
  EXPECT_EQ(quoting(24).key.sp, 7);
  EXPECT_EQ(quoting(24).key.dp, 8);
  EXPECT_EQ(quoting(23).rule, FlowRule::none);
  EXPECT_TRUE(quoting(19).invalid);
}

TEST(IcmpErrors, T6_UdpIsQuotedWithItsWholeHeader) {
  const Data whole = ipv4({.proto = 17}, udp(1, 2));
  EXPECT_EQ(icmp4(unreachable(whole)).rule, FlowRule::existing);
  EXPECT_EQ(icmp4(unreachable(Data(whole.begin(), whole.end() - 1))).rule, FlowRule::none);
}

TEST(IcmpErrors, T6_QuotedPortsAreReadBehindTwentyBytesWhateverTheHeaderSays) {
  const Data quoted = ipv4({.options = {0, 9, 0, 8}}, tcp({}));
  const Decoded p = icmp4(unreachable(quoted));
  EXPECT_EQ(p.key.sp, 9);
  EXPECT_EQ(p.key.dp, 8);
}

TEST(IcmpErrors, T6_WithoutPortsOrValidityThereIsNoFlow) {
  EXPECT_EQ(icmp4(unreachable(ipv4({.proto = 1}, icmp(8, 0)))).rule, FlowRule::none);
  EXPECT_EQ(icmp4(unreachable(ipv4({.proto = 132}, zeros(12)))).rule, FlowRule::none);
  EXPECT_EQ(icmp4(unreachable(ipv6({}, tcp({})))).rule, FlowRule::none);
  EXPECT_EQ(icmp4(unreachable(ipv4({}, tcp({})), 16)).rule, FlowRule::none);  // no such code
  EXPECT_EQ(icmp4(icmp(3, 0)).rule, FlowRule::none);
  const Decoded bad_option = icmp4(unreachable(ipv4({}, tcp({}))), {.options = {0x94, 3, 0, 0}});
  EXPECT_TRUE(bad_option.invalid);
  EXPECT_EQ(bad_option.rule, FlowRule::none);
}

TEST(IcmpErrors, T6_OtherErrorsHaveNoFlow) {
  const auto tagged = [](const Data& message) {
    return packet(eth(kVlan, vlan(5, kIpv4, ipv4({.proto = 1}, message))));
  };
  for (const std::uint8_t type : Data{4, 5, 11, 12}) {
    const Decoded p = icmp4(icmp(type, 0, join({zeros(4), ipv4({}, tcp({}))})));
    EXPECT_EQ(p.rule, FlowRule::none) << int{type};
    EXPECT_EQ(tagged(icmp(type, 0)).key, FlowKey{}) << int{type};
    EXPECT_FALSE(p.invalid) << int{type};
    EXPECT_EQ(icmp4(icmp(type, 0)).invalid, type == 4) << int{type};
  }
}

TEST(Icmpv6, T8_RequestAndReplyAreOneFlow) {
  const auto back = [](const Data& message) {
    return packet(eth(kIpv6, ipv6({.src = address6(2), .dst = address6(1), .next = 58}, message)));
  };
  for (const auto& [request, reply] : {std::pair<std::uint8_t, std::uint8_t>{128, 129},
                                       {135, 136},
                                       {133, 134},
                                       {130, 131},
                                       {139, 140},
                                       {144, 145},
                                       {146, 147},
                                       {148, 149},
                                       {151, 152},
                                       {157, 158}}) {
    const Decoded there = icmp6(icmp(request, 0));
    EXPECT_EQ(there.rule, FlowRule::own);
    EXPECT_EQ(there.dp, reply);
    EXPECT_TRUE(same_flow(there, back(icmp(reply, 0)))) << int{request};
  }
}

TEST(Icmpv6, T8_ErrorsHaveTheirOwnFlowsAndTheCodeMatters) {
  const auto error = [](std::uint8_t code) {
    return icmp6(icmp(1, code, join({zeros(4), ipv6({}, tcp({}))})));
  };
  EXPECT_EQ(error(4).rule, FlowRule::own);
  EXPECT_EQ(error(4).key.proto, 58);
  EXPECT_EQ(error(4).key.sp, 1 + 256 * 4);
  EXPECT_EQ(error(4).key.dp, 0);
  EXPECT_FALSE(same_flow(error(4), error(3)));
}

TEST(Icmpv6, T8_AnErrorWithoutAQuoteIsInvalidButKeepsItsFlow) {
  for (const std::uint8_t type : Data{1, 2, 3, 4}) {
    const Decoded p = icmp6(icmp(type, 0, join({zeros(4), zeros(39)})));
    EXPECT_TRUE(p.invalid) << int{type};
    EXPECT_EQ(p.rule, FlowRule::own) << int{type};
    EXPECT_FALSE(icmp6(icmp(type, 77, join({zeros(4), zeros(39)}))).invalid) << int{type};
  }
}

TEST(Icmp, PayloadIsWhatFollowsTheHeader) {
  const auto payload4 = [](const Data& message) {
    return packets(eth(kIpv4, ipv4({.proto = 1}, message))).back().payload;
  };
  EXPECT_EQ(payload4(icmp(8, 0, join({zeros(4), text("abc")}))), text("abc"));
  EXPECT_EQ(payload4(icmp(13, 0, join({zeros(16), text("abc")}))), text("abc"));
  EXPECT_EQ(payload4(icmp(9, 0, join({{1, 2, 0, 0}, zeros(8), text("abc")}))), text("abc"));
  const auto payload6 = [](const Data& message) {
    return packets(eth(kIpv6, ipv6({.next = 58}, message))).back().payload;
  };
  EXPECT_EQ(payload6(icmp(128, 0, join({zeros(4), text("abc")}))), text("abc"));
  EXPECT_EQ(payload6(icmp(135, 0, text("abcdefghijkl"))), text("abcd"));
  EXPECT_EQ(payload6(icmp(135, 0, text("abcd"))), Data{});
}

}  // namespace
