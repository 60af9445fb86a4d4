// Goal: transport headers are decoded: ports, payload, and whether a damaged packet loses its flow
// (T9, T10) or only its validity.
#include <gtest/gtest.h>

#include "packets.hpp"

namespace {

using namespace test;

std::vector<Capture::Packet> all_over(std::uint8_t proto, const Data& transport) {
  return packets(eth(kIpv4, ipv4({.proto = proto}, transport)));
}
Decoded over(std::uint8_t proto, const Data& transport) {
  return packet(eth(kIpv4, ipv4({.proto = proto}, transport)));
}

TEST(TcpHeader, IsRead) {
  const auto all = all_over(6, tcp({.sp = 1, .dp = 2, .flags = 0x12}, text("hello")));
  const Decoded& p = all.back().d;
  EXPECT_EQ(p.tcp.seq, 0x01020304u);
  EXPECT_EQ(p.tcp.ack, 0x05060708u);
  EXPECT_EQ(p.tcp.window, 8192);
  EXPECT_EQ(p.tcp.flags, 0x12);
  EXPECT_EQ(all.back().payload, text("hello"));
}

TEST(TcpHeader, T10_TooSmallHasNoFlow) {
  const Decoded cut = over(6, zeros(19));
  EXPECT_EQ(cut.rule, FlowRule::none);
  EXPECT_TRUE(cut.invalid);
  EXPECT_TRUE(cut.ipv4);
  EXPECT_EQ(cut.proto, 6);
  EXPECT_EQ(cut.l4, surisim::decode::kNowhere);
  EXPECT_EQ(over(6, tcp({.header = 24})).rule, FlowRule::none);  // more than is there
  EXPECT_EQ(over(6, tcp({.header = 16})).rule, FlowRule::none);
}

TEST(TcpHeader, T10_ABadOptionIsInvalidButKeepsTheFlow) {
  const std::vector<std::pair<Data, bool>> cases = {
      {{2, 4, 5, 0xb4}, false},  // segment size
      {{2, 3, 5, 0}, false},     // of the wrong size: noted, not invalid
      {{0, 2, 0, 0}, false},     // options after the end are ignored
      {{1, 1, 1, 2}, false},     // no room for a length
      {{2, 5, 0, 0}, true},      // longer than the header
      {{2, 1, 0, 0}, true},      // shorter than itself
      {{19, 4, 0, 0}, true},     // MD5 is 18 long
      {{29, 3, 0, 0}, true},     // TCP-AO has at least 4
      {{29, 4, 0, 0}, false},   {join({{19, 18}, zeros(18)}), false},
  };
  for (const auto& [options, invalid] : cases) {
    const Decoded p = over(6, tcp({.options = options}));
    EXPECT_EQ(p.rule, FlowRule::own);
    EXPECT_EQ(p.invalid, invalid) << int{options[0]} << " " << int{options[1]};
    EXPECT_EQ(p.sp, 1000);
  }
}

TEST(UdpHeader, ItsLengthCutsThePayload) {
  const auto all = all_over(17, udp(1, 2, text("abcdef"), 11));
  EXPECT_EQ(all.back().payload, text("abc"));
  EXPECT_EQ(all.back().d.key.sp, 1);
  EXPECT_EQ(all.back().d.key.dp, 2);
}

TEST(UdpHeader, T10_AnImpossibleLengthHasNoFlow) {
  for (const Data& wrong :
       {udp(1, 2, text("abc"), 12), udp(1, 2, text("abc"), 7), udp(1, 2, {}, 0), zeros(7)}) {
    const Decoded p = over(17, wrong);
    EXPECT_EQ(p.rule, FlowRule::none);
    EXPECT_TRUE(p.invalid);
    EXPECT_EQ(p.proto, 17);
  }
}

Data sctp(const Data& chunks) { return join({be16(1), be16(2), zeros(8), chunks}); }

TEST(SctpHeader, PayloadIsTheFirstChunkOfData) {
  const Data init = {1, 0, 0, 5, 9, 0, 0, 0};
  const Data data = join({{0, 3, 0, 19}, zeros(12), text("abc"), {0}});
  const auto all = all_over(132, sctp(join({init, data})));
  EXPECT_EQ(all.back().payload, text("abc"));
  EXPECT_EQ(all.back().d.rule, FlowRule::own);
  EXPECT_EQ(all.back().d.key.sp, 1);
  EXPECT_EQ(all.back().d.key.dp, 2);
  EXPECT_TRUE(all_over(132, sctp(init)).back().payload.empty());
  EXPECT_EQ(over(132, sctp({})).rule, FlowRule::own);
}

TEST(SctpHeader, T10_APacketWithAChunkThatDoesNotFitHasNoFlow) {
  for (const Data& wrong : {sctp({1, 0, 0, 5, 9, 0, 0, 0, 7}), sctp({1, 0, 0, 9, 9, 0, 0, 0}),
                            sctp({1, 0, 0, 3}), zeros(11)}) {
    const Decoded p = over(132, wrong);
    EXPECT_EQ(p.rule, FlowRule::none);
    EXPECT_TRUE(p.invalid);
  }
}

TEST(SctpHeader, E53_In80NothingAfterTheHeaderMatters) {
  for (const Data& odd : {sctp({1, 0, 0, 5, 9, 0, 0, 0, 7}), sctp({1, 0, 0, 3})}) {
    const auto all = packets_of_80(eth(kIpv4, ipv4({.proto = 132}, odd)));
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].d.rule, FlowRule::own);
    EXPECT_FALSE(all[0].d.invalid);
  }
}

TEST(UnknownProtocol, E56_HasNoFlowInEitherVersionNorHasIgmp) {
  for (const std::uint8_t protocol : {std::uint8_t{2}, std::uint8_t{253}}) {
    const Data frame = eth(kIpv4, ipv4({.proto = protocol}, zeros(8)));
    EXPECT_EQ(packet(frame).rule, FlowRule::none);
    const auto in_80 = packets_of_80(frame);
    ASSERT_EQ(in_80.size(), 1u);
    EXPECT_EQ(in_80[0].d.rule, FlowRule::none);
  }
}

TEST(Esp, T9_OneDirectionAndTheSpiInThePorts) {
  const Decoded p = over(50, join({be32(0x11223344), zeros(4)}));
  EXPECT_EQ(p.rule, FlowRule::one_way);
  EXPECT_EQ(p.key.sp, 0x3344);
  EXPECT_EQ(p.key.dp, 0x1122);
  EXPECT_EQ(p.sp, 0);
  EXPECT_EQ(p.key.proto, 50);
  const Decoded other = over(50, join({be32(0x11223345), zeros(4)}));
  EXPECT_FALSE(same_flow(p, other));
  const Decoded six = packet(eth(kIpv6, ipv6({.next = 50}, join({be32(0x11223344), zeros(4)}))));
  EXPECT_EQ(six.rule, FlowRule::one_way);
  EXPECT_EQ(six.key.sp, 0x3344);
}

TEST(Esp, T10_TooSmallHasNoFlow) {
  EXPECT_EQ(over(50, zeros(7)).rule, FlowRule::none);
  EXPECT_TRUE(over(50, zeros(7)).invalid);
}

TEST(Igmp, T10_HasNoFlowButIsChecked) {
  EXPECT_FALSE(over(2, join({{0x16, 0, 0, 0}, zeros(4)})).invalid);
  EXPECT_FALSE(over(2, join({{0x11, 0, 0, 0}, zeros(6), be16(1), zeros(4)})).invalid);
  EXPECT_TRUE(over(2, join({{0x11, 0, 0, 0}, zeros(6), be16(2), zeros(4)})).invalid);
  const Data record = join({{1, 1}, be16(1), zeros(4), zeros(8)});
  EXPECT_FALSE(over(2, join({{0x22, 0, 0, 0, 0, 0}, be16(1), record})).invalid);
  EXPECT_TRUE(over(2, join({{0x22, 0, 0, 0, 0, 0}, be16(2), record})).invalid);
  EXPECT_TRUE(over(2, zeros(7)).invalid);
  EXPECT_EQ(over(2, join({{0x16, 0, 0, 0}, zeros(4)})).rule, FlowRule::none);
}

}  // namespace
