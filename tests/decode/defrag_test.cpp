// Goal: fragments have no flow, the reassembled datagram has one (T4), and memory stays bounded.
#include <gtest/gtest.h>

#include <algorithm>

#include "packets.hpp"

namespace {

using namespace test;

Data slice(const Data& data, std::size_t from, std::size_t to) {
  return {data.begin() + static_cast<long>(from), data.begin() + static_cast<long>(to)};
}

// A UDP datagram of 8 + 40 bytes whose payload identifies each byte's offset.
Data whole_udp(char letter = 'a') {
  return udp(1111, 2222, Data(40, static_cast<std::uint8_t>(letter)));
}

Data piece4(const Data& whole, std::uint16_t from, std::size_t to, Ipv4 ip = {}) {
  ip.proto = 17;
  ip.offset = from;
  ip.more = to < whole.size();
  return eth(kIpv4, ipv4(ip, slice(whole, from, to)));
}

Data piece6(const Data& whole, std::uint16_t from, std::size_t to, std::uint32_t id = 1) {
  const Data data = fragment6(17, from, to < whole.size(), id, slice(whole, from, to));
  return eth(kIpv6, ipv6({.next = 44}, data));
}

void expect_fragment(const Decoded& p) {
  EXPECT_EQ(p.rule, FlowRule::none);
  EXPECT_FALSE(p.is_derived());
  EXPECT_FALSE(p.invalid);
}

void expect_nothing_yet(const std::vector<Capture::Packet>& all) {
  ASSERT_EQ(all.size(), 1u);
  expect_fragment(all[0].d);
}

void expect_whole(const std::vector<Capture::Packet>& all, const Data& payload) {
  ASSERT_EQ(all.size(), 2u);
  expect_fragment(all[1].d);
  EXPECT_TRUE(all[0].d.is_derived());
  EXPECT_EQ(all[0].d.depth, 0);
  EXPECT_EQ(all[0].d.rule, FlowRule::own);
  EXPECT_EQ(all[0].d.key.sp, 1111);
  EXPECT_EQ(all[0].d.key.dp, 2222);
  EXPECT_EQ(all[0].payload, payload);
}

const Data kPayload(40, 'a');

TEST(Ipv4Fragments, T4_TheLastOneCompletesTheDatagram) {
  Capture capture;
  expect_nothing_yet(capture.record(piece4(whole_udp(), 0, 24)));
  expect_whole(capture.record(piece4(whole_udp(), 24, 48)), kPayload);
}

TEST(Ipv4Fragments, T4_InAnyOrder) {
  std::array<int, 4> order = {0, 1, 2, 3};
  do {
    Capture capture;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto from = static_cast<std::uint16_t>(order[i] * 16);
      const auto all = capture.record(piece4(udp(1111, 2222, Data(56, 'a')), from, from + 16u));
      if (i + 1 < order.size()) {
        expect_nothing_yet(all);
      } else {
        expect_whole(all, Data(56, 'a'));
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Ipv4Fragments, T4_TheDatagramHasTheSameVlanIdsAndANewHeader) {
  const auto tagged = [](const Data& frame) {
    return eth(kVlan, vlan(9, kIpv4, slice(frame, 14, frame.size())));
  };
  Capture capture;
  capture.record(tagged(piece4(whole_udp(), 0, 24)));
  const auto all = capture.record(tagged(piece4(whole_udp(), 24, 48)));
  expect_whole(all, kPayload);
  const Decoded& p = all[0].d;
  EXPECT_EQ(p.key.vlan[0], 9);
  EXPECT_EQ(p.l3, 18u);
  EXPECT_EQ(all[0].bytes.size(), 18u + 20 + 48);
  EXPECT_EQ(slice(all[0].bytes, 20, 22), be16(20 + 48));  // the length
  EXPECT_EQ(slice(all[0].bytes, 24, 26), be16(0));        // no longer a fragment
}

TEST(Ipv4Fragments, TheChecksumFollowsTheChange) {
  const auto sum = [](const Data& header) {
    std::uint32_t total = 0;
    for (std::size_t i = 0; i < 20; i += 2) {
      total += static_cast<std::uint32_t>(header[i] << 8 | header[i + 1]);
    }
    while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
    return total;
  };
  Data first = piece4(whole_udp(), 0, 24);
  const auto missing = static_cast<std::uint16_t>(~sum(slice(first, 14, 34)));
  first[24] = static_cast<std::uint8_t>(missing >> 8);
  first[25] = static_cast<std::uint8_t>(missing);
  Capture capture;
  capture.record(first);
  const auto all = capture.record(piece4(whole_udp(), 24, 48));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(sum(slice(all[0].bytes, 14, 34)), 0xffffu);
}

TEST(Ipv4Fragments, T4_AnotherKeyIsAnotherDatagram) {
  for (const Ipv4& other :
       {Ipv4{.id = 2}, Ipv4{.src = {10, 0, 0, 9}}, Ipv4{.dst = {10, 0, 0, 9}}}) {
    Capture capture;
    capture.record(piece4(whole_udp(), 0, 24));
    expect_nothing_yet(capture.record(piece4(whole_udp(), 24, 48, other)));
  }
  Capture capture;
  capture.record(piece4(whole_udp(), 0, 24));
  const Data rest = piece4(whole_udp(), 24, 48);
  expect_nothing_yet(capture.record(eth(kVlan, vlan(1, kIpv4, slice(rest, 14, rest.size())))));
  expect_nothing_yet(capture.record(piece6(whole_udp(), 24, 48)));
}

TEST(Ipv4Fragments, TheDirectionIsNotPartOfTheKey) {
  Capture capture;
  capture.record(piece4(whole_udp(), 0, 24));
  const Ipv4 back = {.src = {10, 0, 0, 2}, .dst = {10, 0, 0, 1}};
  expect_whole(capture.record(piece4(whole_udp(), 24, 48, back)), kPayload);
}

TEST(Ipv4Fragments, AfterSixtySecondsTheyAreForgotten) {
  Capture capture;
  capture.record(piece4(whole_udp(), 0, 24), 1000.5);
  expect_whole(capture.record(piece4(whole_udp(), 24, 48), 1059.9), kPayload);
  // Whole seconds: the time-out of 1000.5 is 1060.
  capture.record(piece4(whole_udp(), 0, 24), 1000.5);
  expect_nothing_yet(capture.record(piece4(whole_udp(), 24, 48), 1060));
}

// Suricata checks a datagram's age only at its next fragment, or when there is no room.
TEST(Ipv4Fragments, AnotherDatagramsLaterTimeChangesNothing) {
  Capture capture;
  capture.record(piece4(whole_udp(), 0, 24), 1000);
  capture.record(piece4(whole_udp(), 0, 24, {.id = 2}), 5000);
  expect_whole(capture.record(piece4(whole_udp(), 24, 48), 1001), kPayload);
}

TEST(Ipv4Fragments, CompleteOnesAreForgottenAtOnce) {
  Capture capture;
  capture.record(piece4(whole_udp(), 0, 24));
  capture.record(piece4(whole_udp(), 24, 48));
  expect_nothing_yet(capture.record(piece4(whole_udp(), 24, 48)));
  expect_whole(capture.record(piece4(whole_udp(), 0, 24)), kPayload);
}

// BSD's policy, Suricata's default without host-os-policy.
TEST(Ipv4Overlaps, TheFragmentThatStartsFirstKeepsItsBytes) {
  Capture capture;
  capture.record(piece4(whole_udp('a'), 0, 32));
  Data expected(24, 'a');
  expected.insert(expected.end(), 16, 'b');
  expect_whole(capture.record(piece4(whole_udp('b'), 16, 48)), expected);
}

TEST(Ipv4Overlaps, AnEarlierStartTakesTheBeginningOfALaterPiece) {
  Capture capture;
  capture.record(piece4(whole_udp('a'), 16, 40));
  capture.record(piece4(whole_udp('b'), 40, 48));
  Data expected(16, 'c');
  expected.insert(expected.end(), 16, 'a');
  expected.insert(expected.end(), 8, 'b');
  expect_whole(capture.record(piece4(whole_udp('c'), 0, 24)), expected);
}

TEST(Ipv4Overlaps, DataThatIsAlreadyThereIsDropped) {
  Capture capture;
  capture.record(piece4(whole_udp('a'), 0, 32));
  expect_nothing_yet(capture.record(piece4(whole_udp('b'), 8, 24)));
  expect_whole(capture.record(piece4(whole_udp('a'), 32, 48)), kPayload);
}

TEST(Ipv4Overlaps, AFullyCoveredPieceIsRemoved) {
  Capture capture;
  capture.record(piece4(whole_udp('a'), 16, 24));
  capture.record(piece4(whole_udp('b'), 8, 32));
  capture.record(piece4(whole_udp('c'), 0, 8));
  Data expected(24, 'b');
  expected.insert(expected.end(), 16, 'd');
  expect_whole(capture.record(piece4(whole_udp('d'), 32, 48)), expected);
}

TEST(Ipv4Fragments, DatagramsThatAreTooLongAreIgnored) {
  Capture capture;
  const Data end = eth(kIpv4, ipv4({.proto = 17, .offset = 65512}, zeros(24)));
  expect_nothing_yet(capture.record(end));
  const Data empty = eth(kIpv4, ipv4({.proto = 17, .more = true}, {}));
  expect_nothing_yet(capture.record(empty));
}

TEST(Ipv4Fragments, T3_ATunnelInsideADatagramComesBeforeIt) {
  const Data inner = ipv4({}, tcp({}, Data(40, 'x')));
  Ipv4 ip = {.proto = 4, .more = true};
  Capture capture;
  capture.record(eth(kIpv4, ipv4(ip, slice(inner, 0, 40))));
  ip.offset = 40;
  ip.more = false;
  const auto all = capture.record(eth(kIpv4, ipv4(ip, slice(inner, 40, inner.size()))));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].d.depth, 1);
  EXPECT_EQ(all[0].d.key.proto, 6);
  EXPECT_EQ(all[1].d.depth, 0);
  EXPECT_EQ(all[1].d.key.proto, 4);
  expect_fragment(all[2].d);
}

TEST(Ipv4Fragments, T4_FragmentsInATunnelStayAtTheirDepth) {
  const auto tunnelled = [](const Data& frame) {
    return eth(kIpv4, ipv4({.proto = 4}, slice(frame, 14, frame.size())));
  };
  Capture capture;
  capture.record(tunnelled(piece4(whole_udp(), 0, 24)));
  const auto all = capture.record(tunnelled(piece4(whole_udp(), 24, 48)));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].d.depth, 1);
  EXPECT_EQ(all[0].d.rule, FlowRule::own);
  EXPECT_EQ(all[1].d.rule, FlowRule::none);
  EXPECT_EQ(all[2].d.rule, FlowRule::own);
}

TEST(Ipv6Fragments, T4_TheLastOneCompletesTheDatagram) {
  Capture capture;
  expect_nothing_yet(capture.record(piece6(whole_udp(), 24, 48)));
  const auto all = capture.record(piece6(whole_udp(), 0, 24));
  expect_whole(all, kPayload);
  EXPECT_EQ(all[0].bytes.size(), 14u + 40 + 48);
  EXPECT_EQ(all[0].bytes[14 + 6], 17);  // next header, without the fragment header
  EXPECT_EQ(slice(all[0].bytes, 18, 20), be16(48));
  EXPECT_EQ(all[1].d.proto, 44);
}

TEST(Ipv6Fragments, HeadersBeforeTheFragmentHeaderStay) {
  const auto piece = [](std::uint16_t from, std::size_t to) {
    const Data data = fragment6(17, from, to < 48, 7, slice(whole_udp(), from, to));
    return eth(kIpv6, ipv6({.next = 0}, extension(44, {1, 4, 0, 0, 0, 0}, data)));
  };
  Capture capture;
  capture.record(piece(0, 24));
  const auto all = capture.record(piece(24, 48));
  expect_whole(all, kPayload);
  EXPECT_EQ(all[0].bytes.size(), 14u + 40 + 8 + 48);
  EXPECT_EQ(all[0].bytes[14 + 40], 17);
}

TEST(Ipv6Fragments, AnAtomicFragmentIsAPacketLikeAnyOther) {
  const Data whole = whole_udp();
  const auto all = packets(eth(kIpv6, ipv6({.next = 44}, fragment6(17, 0, false, 1, whole))));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].d.rule, FlowRule::own);
  EXPECT_EQ(all[0].d.proto, 17);
  EXPECT_FALSE(all[0].d.is_derived());
}

TEST(Ipv6Fragments, T4_AnotherKeyIsAnotherDatagram) {
  Capture capture;
  capture.record(piece6(whole_udp(), 0, 24));
  expect_nothing_yet(capture.record(piece6(whole_udp(), 24, 48, 2)));
}

TEST(Bounds, FragmentsWithoutRoomAreDropped) {
  Capture capture;
  const auto first = [](std::uint32_t i) {
    Ipv4 ip = {.id = static_cast<std::uint16_t>(i)};
    ip.src[0] = static_cast<std::uint8_t>(i >> 16);
    return ip;
  };
  for (std::uint32_t i = 0; i < 70'000; ++i) capture.record(piece4(whole_udp(), 0, 24, first(i)));
  // 65535 are kept. One more does not fit, and its whole datagram is dropped.
  expect_nothing_yet(capture.record(piece4(whole_udp(), 24, 48, first(60'000))));
  expect_whole(capture.record(piece4(whole_udp(), 24, 48, first(50'000))), kPayload);
  expect_nothing_yet(capture.record(piece4(whole_udp(), 24, 48, first(69'999))));
}

TEST(Bounds, TheOldestOfTooManyDatagramsIsDropped) {
  Capture capture;
  capture.record(piece4(whole_udp(), 0, 24));
  for (std::uint32_t i = 0; i < 80'000; ++i) {
    Ipv4 ip = {.proto = 17, .id = static_cast<std::uint16_t>(i), .more = true};
    ip.src[0] = static_cast<std::uint8_t>(20 + (i >> 16));
    capture.record(eth(kIpv4, ipv4(ip, {})));  // empty ones are remembered too
  }
  expect_nothing_yet(capture.record(piece4(whole_udp(), 24, 48)));
}

}  // namespace
