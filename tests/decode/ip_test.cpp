// Goal: decoding of IPv4 and IPv6 headers, options and extension headers, and which packets keep
// their flow (T10).
#include <gtest/gtest.h>

#include "packets.hpp"

namespace {

using namespace test;

Decoded ip4(const Ipv4& header, const Data& payload) {
  return packet(eth(kIpv4, ipv4(header, payload)));
}
Decoded ip6(const Ipv6& header, const Data& payload) {
  return packet(eth(kIpv6, ipv6(header, payload)));
}

bool has_flow(const Decoded& p) { return p.rule != FlowRule::none; }

TEST(Ipv4Header, T1_KeyHasAddressesPortsAndProtocol) {
  const Decoded p = ip4({}, tcp({.sp = 1234, .dp = 443}));
  EXPECT_EQ(p.rule, FlowRule::own);
  EXPECT_EQ(p.key.src, (std::array<std::uint8_t, 16>{10, 0, 0, 1}));
  EXPECT_EQ(p.key.dst, (std::array<std::uint8_t, 16>{10, 0, 0, 2}));
  EXPECT_EQ(p.key.sp, 1234);
  EXPECT_EQ(p.key.dp, 443);
  EXPECT_EQ(p.key.proto, 6);
  EXPECT_FALSE(p.key.ipv6);
}

TEST(Ipv4Header, T1_BothDirectionsAreOneFlow) {
  const Decoded there = ip4({}, tcp({.sp = 5, .dp = 6}));
  const Decoded back = ip4({.src = {10, 0, 0, 2}, .dst = {10, 0, 0, 1}}, tcp({.sp = 6, .dp = 5}));
  EXPECT_TRUE(same_flow(there, back));
  EXPECT_FALSE(same_flow(there, ip4({}, tcp({.sp = 6, .dp = 5}))));
  EXPECT_FALSE(same_flow(there, ip4({.proto = 17}, udp(5, 6))));
}

TEST(Ipv4Header, T1_Ipv4AndIpv6NeverShareAFlow) {
  Ipv6 header;
  header.src = {10, 0, 0, 1};
  header.dst = {10, 0, 0, 2};
  EXPECT_FALSE(same_flow(ip4({}, tcp({})), ip6(header, tcp({}))));
}

TEST(Ipv4Header, T10_TruncatedOrTooSmallHasNoFlow) {
  const Data whole = ipv4({}, tcp({}, text("data")));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Decoded p =
        packet(eth(kIpv4, Data(whole.begin(), whole.begin() + static_cast<long>(size))));
    EXPECT_EQ(p.rule, FlowRule::none) << size;
    EXPECT_TRUE(p.invalid) << size;
    EXPECT_FALSE(p.ipv4) << size;
  }
  Data wrong = whole;
  wrong[0] = 0x65;  // version
  EXPECT_FALSE(has_flow(packet(eth(kIpv4, wrong))));
  wrong[0] = 0x44;  // a header of 16 bytes
  EXPECT_FALSE(has_flow(packet(eth(kIpv4, wrong))));
  EXPECT_FALSE(has_flow(ip4({.total = 19}, tcp({}))));
}

TEST(Ipv4Header, TrailingBytesAreNotPayload) {
  const auto all = packets(join({eth(kIpv4, ipv4({}, tcp({}, text("ab")))), zeros(6)}));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].payload, text("ab"));
  EXPECT_EQ(all[0].d.bytes.size(), 14u + 42 + 6);
}

TEST(Ipv4Header, T10_UnknownProtocolsAndIgmpHaveNoFlow) {
  for (const std::uint8_t proto : Data{0, 3, 51, 88, 89, 103, 112, 136, 255}) {
    const Decoded p = ip4({.proto = proto}, zeros(40));
    EXPECT_FALSE(has_flow(p)) << int{proto};
    EXPECT_FALSE(p.invalid) << int{proto};
    EXPECT_TRUE(p.ipv4);
    EXPECT_EQ(p.proto, proto);
  }
  EXPECT_FALSE(has_flow(ip4({.proto = 2}, zeros(8))));
  EXPECT_TRUE(ip4({.proto = 58}, zeros(8)).invalid);  // ICMPv6
}

TEST(Ipv4Header, T10_AWrongChecksumChangesNothing) {
  Data one = eth(kIpv4, ipv4({}, tcp({})));
  const Decoded before = packet(one);
  one[14 + 10] = 0x77;
  one[14 + 20 + 16] = 0x77;
  const Decoded after = packet(one);
  EXPECT_EQ(after.key, before.key);
  EXPECT_EQ(after.rule, before.rule);
  EXPECT_FALSE(after.invalid);
}

struct Ipv4Option {
  const char* name;
  Data options;
  bool has_flow;
  bool invalid;
};

TEST(Ipv4Options, AWrongOptionIsInvalidAWrongLengthHasNoFlow) {
  const std::vector<Ipv4Option> cases = {
      {"end", {0, 9, 9, 9}, true, false},
      {"nop", {1, 1, 1, 1}, true, false},
      {"unknown", {0x55, 4, 0, 0}, true, false},
      {"one byte left", {1, 1, 1, 0x94}, true, false},
      {"length too big", {0x94, 5, 0, 0}, false, true},
      {"length 1", {0x94, 1, 0, 0}, false, true},
      {"router alert", {0x94, 4, 0, 0}, true, false},
      {"router alert of 3", {0x94, 3, 0, 0}, true, true},
      {"record route", {7, 7, 4, 1, 2, 3, 4, 0}, true, false},
      {"record route, pointer 5", {7, 7, 5, 1, 2, 3, 4, 0}, true, true},
      {"record route, pointer behind", {7, 7, 12, 1, 2, 3, 4, 0}, true, true},
      {"loose route of 2", {0x83, 2, 0, 0}, true, true},
      {"strict route", {0x89, 3, 4, 0}, true, false},
      {"timestamp", {0x44, 8, 5, 0, 1, 2, 3, 4}, true, false},
      {"timestamp with address", {0x44, 8, 9, 1, 1, 2, 3, 4}, true, true},
      {"timestamp of 4", {0x44, 4, 5, 0}, true, true},
      {"security", {0x82, 3, 0, 0}, true, false},
      {"security of 2", {0x82, 2, 0, 0}, true, true},
      {"extended security of 2", {0x85, 2, 0, 0}, true, true},
      {"stream id", {0x88, 4, 0, 0}, true, false},
      {"stream id of 3", {0x88, 3, 0, 0}, true, true},
      {"quick start of 4", {0x19, 4, 0, 0}, true, true},
      {"quick start", {0x19, 8, 0, 0, 0, 0, 0, 0}, true, false},
      {"cipso", {0x86, 10, 0, 0, 0, 1, 1, 4, 0, 0, 0, 0}, true, false},
      {"cipso, tag of 3", {0x86, 10, 0, 0, 0, 1, 1, 3, 0, 0, 0, 0}, true, true},
      {"cipso, tag 3", {0x86, 10, 0, 0, 0, 1, 3, 4, 0, 0, 0, 0}, true, true},
      {"cipso, tag too long", {0x86, 10, 0, 0, 0, 1, 1, 5, 0, 0, 0, 0}, true, true},
      {"cipso, tag not aligned", {0x86, 10, 0, 0, 0, 1, 1, 4, 1, 0, 0, 0}, true, true},
      {"a second bad one of a kind", {0x94, 4, 0, 0, 0x94, 3, 0, 0}, true, false},
  };
  for (const Ipv4Option& one : cases) {
    const Decoded p = ip4({.options = one.options}, tcp({}));
    EXPECT_EQ(has_flow(p), one.has_flow) << one.name;
    EXPECT_EQ(p.invalid, one.invalid) << one.name;
  }
}

TEST(Ipv6Header, T10_TruncatedHasNoFlow) {
  const Data whole = ipv6({}, tcp({}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Decoded p =
        packet(eth(kIpv6, Data(whole.begin(), whole.begin() + static_cast<long>(size))));
    EXPECT_EQ(p.rule, FlowRule::none) << size;
    EXPECT_TRUE(p.invalid) << size;
  }
  EXPECT_FALSE(has_flow(ip6({.size = 19}, tcp({}))));
  EXPECT_FALSE(has_flow(packet(eth(kIpv6, ipv4({}, tcp({}))))));
}

TEST(Ipv6Header, KeyHasWholeAddresses) {
  const Decoded p = ip6({}, tcp({}));
  EXPECT_EQ(p.key.src, address6(1));
  EXPECT_EQ(p.key.dst, address6(2));
  EXPECT_TRUE(p.key.ipv6);
  EXPECT_EQ(p.l3, 14u);
  EXPECT_EQ(p.l4, 54u);
}

TEST(Ipv6Extensions, TheTransportHeaderIsFoundBehindAnyOfThem) {
  const Data padding = {1, 4, 0, 0, 0, 0};
  for (const std::uint8_t header : Data{0, 43, 60, 135, 139, 140}) {
    for (const auto& [next, inner] : {std::pair<std::uint8_t, Data>{6, tcp({})},
                                      {17, udp(1, 2)},
                                      {58, icmp(128, 0)},
                                      {132, join({be16(1), be16(2), zeros(8)})},
                                      {50, zeros(8)},
                                      {4, ipv4({}, tcp({}))}}) {
      const auto all = packets(eth(kIpv6, ipv6({.next = header}, extension(next, padding, inner))));
      EXPECT_EQ(all.size(), next == 4 ? 2u : 1u);
      EXPECT_TRUE(has_flow(all.back().d)) << int{header} << " " << int{next};
      EXPECT_EQ(all.back().d.key.proto, next);
      EXPECT_FALSE(all.back().d.invalid);
    }
  }
}

TEST(Ipv6Extensions, AuthenticationCountsInWordsOfFour) {
  EXPECT_TRUE(has_flow(ip6({.next = 51}, join({{6, 4}, zeros(22), tcp({})}))));
  EXPECT_TRUE(has_flow(ip6({.next = 51}, join({{6, 0}, zeros(10), tcp({})}))));
  const Decoded cut = ip6({.next = 51}, join({{6, 4}, zeros(21)}));
  EXPECT_FALSE(has_flow(cut));
  EXPECT_TRUE(cut.invalid);
}

TEST(Ipv6Extensions, TruncatedOnesAreInvalid) {
  for (const std::uint8_t header : Data{0, 43, 44, 60, 135, 139, 140}) {
    const Decoded p = ip6({.next = header}, {6, 0, 0, 0, 0, 0, 0});
    EXPECT_FALSE(has_flow(p)) << int{header};
    EXPECT_TRUE(p.invalid) << int{header};
    EXPECT_TRUE(ip6({.next = header}, {6}).invalid);
  }
}

TEST(Ipv6Extensions, NoneIsTheEnd) {
  const Decoded p = ip6({.next = 59}, zeros(4));
  EXPECT_FALSE(has_flow(p));
  EXPECT_FALSE(p.invalid);
  EXPECT_EQ(p.proto, 0);
  const Decoded behind = ip6({.next = 0}, extension(59, zeros(6), {}));
  EXPECT_FALSE(behind.invalid);
  EXPECT_EQ(behind.proto, 0);
}

TEST(Ipv6Extensions, BadOptionsAreInvalidButKeepTheFlow) {
  const std::vector<std::pair<Data, bool>> cases = {
      {{0, 0, 0, 0, 0, 0}, false},    {{1, 4, 0, 0, 0, 0}, false},
      {{0x3e, 4, 0, 0, 0, 0}, false},                                  // unknown
      {{0, 0, 0, 0, 0, 1}, true},                                      // no room for a length
      {{1, 5, 0, 0, 0, 0}, true},                                      // longer than the header
      {{5, 2, 0, 0, 1, 0}, false},                                     // router alert
      {{5, 1, 0, 1, 1, 0}, true},     {{0xc2, 4, 0, 0, 0, 0}, false},  // jumbo
      {{0xc2, 3, 0, 0, 0, 0}, true},  {{0xc9, 4, 0, 0, 0, 0}, true},   // home address of 4 bytes
  };
  for (const std::uint8_t header : Data{0, 60}) {
    for (const auto& [options, invalid] : cases) {
      const Decoded p = ip6({.next = header}, extension(6, options, tcp({})));
      EXPECT_TRUE(has_flow(p));
      EXPECT_EQ(p.invalid, invalid) << int{options[0]} << " " << int{options[1]};
    }
  }
}

TEST(Ipv6Extensions, OnlyTheFirstHeadersAreChecked) {
  const Data good = {0, 0, 0, 0, 0, 0};
  const Data bad = {1, 9, 0, 0, 0, 0};
  EXPECT_FALSE(ip6({.next = 0}, extension(0, good, extension(6, bad, tcp({})))).invalid);
  EXPECT_TRUE(ip6({.next = 60}, extension(60, good, extension(6, bad, tcp({})))).invalid);
  EXPECT_FALSE(
      ip6({.next = 60}, extension(60, good, extension(60, good, extension(6, bad, tcp({})))))
          .invalid);
}

TEST(Ipv6Header, T10_UnknownNextHeadersHaveNoFlow) {
  for (const std::uint8_t next : Data{1, 2, 89, 136, 200}) {
    const Decoded p = ip6({.next = next}, zeros(40));
    EXPECT_FALSE(has_flow(p)) << int{next};
    EXPECT_FALSE(p.invalid) << int{next};
    EXPECT_EQ(p.proto, next == 1 ? 0 : next);  // ICMPv4 in IPv6 is ignored
    EXPECT_FALSE(has_flow(ip6({.next = 0}, extension(next, zeros(6), zeros(40)))));
  }
}

}  // namespace
