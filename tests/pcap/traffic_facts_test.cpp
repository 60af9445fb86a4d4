// Facts T1 to T11: which packets of a capture file make which flows. Method: small captures, run
// through the whole engine; tests/decode tests what the decoder alone decides.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <map>
#include <string>
#include <vector>

#include "pcap_test.hpp"

namespace surisim::test {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::Pair;
using testing::UnorderedElementsAre;

class TrafficFacts : public PcapTest {};

auto counts(unsigned to_server, unsigned to_client) {
  return testing::AllOf(Field("to_server", &SeenFlow::to_server, to_server),
                        Field("to_client", &SeenFlow::to_client, to_client));
}

TEST_F(TrafficFacts, T1_BothDirectionsAreOneFlowAndTheFirstPacketIsToTheServer) {
  ASSERT_TRUE(run_on(Capture().add(udp_packet(false)).add(udp_packet(true))));
  ASSERT_EQ(flows().size(), 1u);
  const SeenFlow flow = flows()[0];
  EXPECT_EQ(flow.src, ip4(2));
  EXPECT_EQ(flow.dst, ip4(1));
  EXPECT_EQ(flow.sp, 53);
  EXPECT_EQ(flow.dp, 5000);
  EXPECT_THAT(flow, counts(1, 1));
}

TEST_F(TrafficFacts, T1_EveryPartOfTheKeyDistinguishesFlows) {
  const Bytes ip = ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(1, 2));
  Capture capture;
  capture.add(ethernet(ip)).add(ethernet(ip, {7})).add(ethernet(ip, {7, 8}));
  capture.add(ethernet(ip, {7, 8, 9})).add(ethernet(ip, {7, 8, 10}));
  capture.add(ethernet(ipv4(IPPROTO_SCTP, ip4(1), ip4(2), sctp(1, 2))));
  capture.add(ethernet(ipv4(IPPROTO_UDP, ip4(1), ip4(3), udp(1, 2))));
  capture.add(ethernet(ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(1, 3))));
  capture.add(ethernet(ipv6(IPPROTO_UDP, ip6(1), ip6(2), udp(1, 2))));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 9u);
  EXPECT_THAT(flows(), testing::Contains(Field(&SeenFlow::vlans, ElementsAre(7, 8, 10))));
}

TEST_F(TrafficFacts, T2_OnlySomeProtocolsHavePacketsToTheClient) {
  const auto both_ways = [](Capture& capture, std::uint8_t proto, const Bytes& there,
                            const Bytes& back) {
    capture.add(ethernet(ipv4(proto, ip4(1), ip4(2), there)));
    capture.add(ethernet(ipv4(proto, ip4(2), ip4(1), back)));
  };
  Capture capture;
  both_ways(capture, IPPROTO_UDP, udp(1, 2), udp(2, 1));
  both_ways(capture, IPPROTO_UDP, udp(9, 9), udp(9, 9));
  both_ways(capture, IPPROTO_TCP, tcp(1, 2, kAck, 1, 1, ""), tcp(2, 1, kAck, 1, 1, ""));
  both_ways(capture, IPPROTO_SCTP, sctp(1, 2), sctp(2, 1));
  both_ways(capture, IPPROTO_ICMP, icmp(8, 0), icmp(0, 0));
  both_ways(capture, IPPROTO_IPIP, ipv4(IPPROTO_UDP, ip4(7), ip4(8), udp(3, 4)),
            ipv4(IPPROTO_UDP, ip4(8), ip4(7), udp(4, 3)));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(flows().size(), 7u);  // with the tunnel's and that of its packets
  for (const SeenFlow& flow : flows())
    EXPECT_THAT(flow, flow.proto == IPPROTO_IPIP ? counts(2, 0) : counts(1, 1)) << "(T2)";
}

TEST_F(TrafficFacts, T3_EveryPacketWithAFlowGivesOneUpdateAndTheFirstInitBefore) {
  Capture capture;
  capture.add(udp_packet(true)).add(udp_packet(false)).add(udp_packet(true, 6000));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(updates(), 3u);
  EXPECT_EQ(summary().flows.started, 2u);
  std::vector<EventKind> kinds;
  for (const Event& e : events()) {
    if (e.has_flow && e.flow.flow == 1 && e.os == "W#01") kinds.push_back(e.kind);
  }
  ASSERT_GE(kinds.size(), 3u);
  EXPECT_EQ(kinds[0], EventKind::flow_init);
  EXPECT_EQ(kinds[1], EventKind::flow_update);
  EXPECT_EQ(kinds[2], EventKind::flow_update);
}

TEST_F(TrafficFacts, T4_FragmentsHaveNoFlowAndTheReassembledPacketIsCountedToo) {
  const Bytes whole = udp(1, 2, Bytes(24, 'x'));
  constexpr std::uint16_t kMore = 0x2000;
  Capture capture;
  capture.add(ethernet(ipv4(IPPROTO_UDP, ip4(1), ip4(2), whole.substr(0, 16), kMore)));
  capture.add(ethernet(ipv4(IPPROTO_UDP, ip4(1), ip4(2), whole.substr(16), 2)));
  ASSERT_TRUE(run_on(capture));
  EXPECT_THAT(flows(), ElementsAre(counts(1, 0)));
  const Summary s = summary();
  EXPECT_EQ(s.capture.records, 2u);
  EXPECT_EQ(s.capture.derived, 1u);
  EXPECT_EQ(s.packets, 3u);
  EXPECT_EQ(s.packets_no_flow, 2u);
}

TEST_F(TrafficFacts, T5_IpInIpKeepsTheOuterFlowAndTheInnerPacketGetsAnother) {
  const Bytes inner = ipv4(IPPROTO_UDP, ip4(7), ip4(8), udp(1, 2));
  ASSERT_TRUE(run_on(Capture().add(ethernet(ipv4(IPPROTO_IPIP, ip4(1), ip4(2), inner), {5}))));
  ASSERT_EQ(flows().size(), 2u);
  const auto flow = [](int proto, int depth, std::size_t vlans) {
    return testing::AllOf(Field(&SeenFlow::proto, proto), Field(&SeenFlow::depth, depth),
                          Field(&SeenFlow::vlans, testing::SizeIs(vlans)));
  };
  EXPECT_THAT(flows(), UnorderedElementsAre(flow(IPPROTO_IPIP, 0, 1), flow(IPPROTO_UDP, 1, 0)));
  EXPECT_EQ(updates(), 2u) << "one record, one derived packet (T3)";
}

TEST_F(TrafficFacts, T6_AnUnreachableJoinsTheFlowThatItQuotes) {
  const Bytes request = ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(5000, 53));
  const Bytes answer =
      ethernet(ipv4(IPPROTO_ICMP, ip4(2), ip4(1), icmp(3, 3, Bytes(4, '\0') + request)));
  ASSERT_TRUE(run_on(Capture().add(ethernet(request)).add(answer)));
  EXPECT_THAT(flows(), ElementsAre(counts(1, 1)));
  int other_protocol = 0;
  for (const Event& e : events()) {
    if (e.kind != EventKind::flow_update || e.flow.packet_proto == e.flow.proto) continue;
    ++other_protocol;
    EXPECT_EQ(e.flow.packet_proto, IPPROTO_ICMP);
  }
  EXPECT_EQ(other_protocol, 1) << "(L37)";
  EXPECT_EQ(flows()[0].state, FLOW_STATE_NEW) << "an ICMP error is no answer";
}

TEST_F(TrafficFacts, T6_OtherErrorsAndUnreachablesWithoutAMatchHaveNoFlow) {
  const Bytes request = ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(5000, 53));
  const auto error = [&](std::uint8_t type) {
    return ethernet(ipv4(IPPROTO_ICMP, ip4(2), ip4(1), icmp(type, 0, Bytes(4, '\0') + request)));
  };
  ASSERT_TRUE(run_on(Capture().add(error(3)).add(ethernet(request)).add(error(11))));
  EXPECT_THAT(flows(), ElementsAre(counts(1, 0)));
  EXPECT_EQ(summary().packets_no_flow, 2u);
}

TEST_F(TrafficFacts, T7_IcmpMakesFlowsByTypePairWhateverTheId) {
  const auto echo = [](bool request, const char* id) {
    return ethernet(ipv4(IPPROTO_ICMP, ip4(request ? 1 : 2), ip4(request ? 2 : 1),
                         icmp(request ? 8 : 0, 0, id)));
  };
  Capture capture;
  capture.add(echo(true, "id 1")).add(echo(false, "id 1")).add(echo(true, "id 2"));
  capture.add(ethernet(ipv4(IPPROTO_ICMP, ip4(1), ip4(2), icmp(13, 1, Bytes(16, 't')))));
  ASSERT_TRUE(run_on(capture));
  const auto ports = [](int sp, int dp) {
    return testing::AllOf(Field("sp", &SeenFlow::sp, sp), Field("dp", &SeenFlow::dp, dp));
  };
  EXPECT_THAT(flows(), UnorderedElementsAre(testing::AllOf(ports(8, 0), counts(2, 1)),
                                            testing::AllOf(ports(13 + 256, 14), counts(1, 0))));
}

TEST_F(TrafficFacts, T8_Icmpv6ErrorsMakeTheirOwnFlows) {
  const Bytes request = ipv6(IPPROTO_UDP, ip6(1), ip6(2), udp(5000, 53));
  const Bytes error = ipv6(IPPROTO_ICMPV6, ip6(2), ip6(1), icmp(1, 4, Bytes(4, '\0') + request));
  ASSERT_TRUE(run_on(Capture().add(ethernet(request)).add(ethernet(error))));
  EXPECT_THAT(flows(), UnorderedElementsAre(Field(&SeenFlow::proto, IPPROTO_UDP),
                                            Field(&SeenFlow::proto, IPPROTO_ICMPV6)));
}

TEST_F(TrafficFacts, T9_EspFlowsHaveOneDirectionAndHalvesOfTheSpiAsPorts) {
  const Bytes esp = Bytes("\x00\x01\x00\x02", 4) + Bytes(4, '\0') + Bytes(16, 'e');
  const Bytes other = Bytes("\x00\x01\x00\x03", 4) + Bytes(4, '\0') + Bytes(16, 'e');
  Capture capture;
  capture.add(ethernet(ipv4(IPPROTO_ESP, ip4(1), ip4(2), esp)));
  capture.add(ethernet(ipv4(IPPROTO_ESP, ip4(1), ip4(2), esp)));
  capture.add(ethernet(ipv4(IPPROTO_ESP, ip4(2), ip4(1), esp)));
  capture.add(ethernet(ipv4(IPPROTO_ESP, ip4(1), ip4(2), other)));
  ASSERT_TRUE(run_on(capture));
  ASSERT_EQ(flows().size(), 3u);
  EXPECT_THAT(flows(), testing::Contains(counts(2, 0)));
  EXPECT_THAT(flows(), testing::Each(Field("dp", &SeenFlow::dp, 1)));
  EXPECT_THAT(flows(), testing::Contains(Field("sp", &SeenFlow::sp, 3)));
}

TEST_F(TrafficFacts, T10_PacketsThatAreNotIpOrAreTruncatedHaveNoFlow) {
  const Bytes tcp_header = tcp(1, 2, kSyn, 1, 0, "");
  Capture capture;
  capture.add(ethernet(Bytes(28, '\x01'), {}, 0x0806));
  capture.add(ethernet(ipv4(IPPROTO_IGMP, ip4(1), ip4(2), Bytes(8, '\x11'))));
  capture.add(ethernet(ipv4(IPPROTO_TCP, ip4(1), ip4(2), tcp_header.substr(0, 12))));
  capture.add(ethernet(ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(1, 2)).substr(0, 12)));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.started, 0u);
  EXPECT_EQ(summary().packets_no_flow, 4u);
}

// TCP that ends and that does not, UDP that times out, reuse of a port, ICMP, fragments, a tunnel.
TEST_F(TrafficFacts, E58_OtherTrafficMakesTheSameFlowsInBothVersions) {
  const Bytes inner = ipv4(IPPROTO_UDP, ip4(7), ip4(8), udp(1, 2));
  Capture capture;
  capture.add_tcp_conversation()
      .add_tcp_conversation()
      .add(udp_packet(true))
      .add(udp_packet(false));
  capture.add(ethernet(ipv4(IPPROTO_ICMP, ip4(1), ip4(2), icmp(8, 0))));
  capture.add(ethernet(ipv4(IPPROTO_UDP, ip4(3), ip4(4), udp(9, 10), 0x2000)));
  capture.add(ethernet(ipv4(IPPROTO_IPIP, ip4(1), ip4(2), inner)));
  capture.add(tcp_packet(true, kSyn, 1, 0, {}, 7)).add(udp_packet(true), 4'000);
  std::vector<std::vector<std::uint64_t>> seen;
  for (const Suricata version : {Suricata::v8_0, Suricata::v9_0}) {
    options.suricata = version;
    load("counts", [] {
      SCFlowRegisterUpdateCallback([](ThreadVars*, Flow*, Packet*, void*) {}, nullptr);
      SCFlowRegisterFinishCallback([](ThreadVars*, Flow*, void*) {}, nullptr);
    });
    ASSERT_TRUE(run_on(capture));
    const Summary s = summary();
    seen.push_back({s.packets, s.packets_no_flow, s.flows.started, s.flow_update_callbacks,
                    s.flow_finish_callbacks, s.flows.ended_handed_back});
    TearDown();
  }
  EXPECT_GT(seen[0][2], 5u);
  EXPECT_EQ(seen[0], seen[1]);
}

class Checksums : public PcapTest {
 protected:
  // Four flows of one SYN each way: both right, one wrong, the other wrong, and IPv6.
  static Capture capture() {
    Capture packets;
    const auto add = [&](const Bytes& packet, bool right) {
      packets.add(right ? with_checksum(packet) : packet);
    };
    add(tcp_packet(true, kSyn, 1, 0, {}, 1), true);
    add(tcp_packet(false, kRst | kAck, 0, 2, {}, 1), true);
    add(tcp_packet(true, kSyn, 1, 0, {}, 2), false);
    add(tcp_packet(true, kSyn, 1, 0, {}, 3), true);
    add(tcp_packet(false, kRst | kAck, 0, 2, {}, 3), false);
    add(ethernet(ipv6(IPPROTO_TCP, ip6(1), ip6(2), tcp(4, 80, kSyn, 1, 0, ""))), true);
    add(ethernet(ipv6(IPPROTO_TCP, ip6(2), ip6(1), tcp(80, 4, kRst | kAck, 0, 2, ""))), true);
    add(tcp_packet(true, kSyn, 1, 0, {}, 2), false);
    return packets;
  }
  // 1100 refused SYNs, the 500th after 998 records.
  static Capture many_wrong() {
    Capture packets;
    for (std::uint16_t port = 1; port <= 1100; ++port) {
      packets.add(tcp_packet(true, kSyn, 1, 0, {}, port));
      packets.add(tcp_packet(false, kRst | kAck, 0, 2, {}, port));
    }
    return packets;
  }
  static std::map<int, int> states() {
    std::map<int, int> by_port;
    for (const SeenFlow& flow : flows()) by_port[flow.sp] = flow.state;
    return by_port;
  }
};

TEST_F(Checksums, T10_WithChecksOffAWrongChecksumHasNoEffect) {
  ASSERT_TRUE(run_on(capture()));
  EXPECT_EQ(flows().size(), 4u);
  EXPECT_EQ(states()[3], FLOW_STATE_CLOSED);
}

TEST_F(Checksums, WithChecksOnASessionIgnoresAPacketWithAWrongOne) {
  options.config_settings = {"stream.checksum-validation=yes"};
  ASSERT_TRUE(run_on(capture()));
  EXPECT_EQ(updates(), 8u) << "its flow does";
  EXPECT_EQ(flows().size(), 5u) << "without a session, a SYN that is sent again is a new flow";
  EXPECT_THAT(states(), ElementsAre(Pair(1, FLOW_STATE_CLOSED), Pair(2, FLOW_STATE_NEW),
                                    Pair(3, FLOW_STATE_NEW), Pair(4, FLOW_STATE_CLOSED)));
}

TEST_F(Checksums, WhenManyOfAThousandAreWrongTheyAreNoLongerChecked) {
  options.config_settings = {"stream.checksum-validation=yes"};
  ASSERT_TRUE(run_on(many_wrong()));
  ASSERT_EQ(states().count(499), 1u);
  EXPECT_EQ(states()[499], FLOW_STATE_NEW);
  EXPECT_EQ(states()[501], FLOW_STATE_CLOSED);
}

TEST_F(Checksums, UnlessTheSettingKeepsTheChecksOn) {
  options.config_settings = {"stream.checksum-validation=yes", "pcap-file.checksum-checks=yes"};
  ASSERT_TRUE(run_on(many_wrong()));
  ASSERT_EQ(states().count(501), 1u);
  EXPECT_EQ(states()[501], FLOW_STATE_NEW);
}

TEST_F(Checksums, ASettingTurnsTheChecksOffForRecords) {
  options.config_settings = {"stream.checksum-validation=yes", "pcap-file.checksum-checks=no"};
  ASSERT_TRUE(run_on(many_wrong()));
  EXPECT_EQ(states()[499], FLOW_STATE_CLOSED);
}

// The bytes before an IPv4 packet in files of a link type, as numbered by libpcap.
struct LinkType {
  int number;
  Bytes header;
};

class LinkTypes : public PcapTest, public testing::WithParamInterface<LinkType> {};

TEST_P(LinkTypes, T11_EachGivesTheSameFlow) {
  const Bytes ip = ipv4(IPPROTO_UDP, ip4(1), ip4(2), udp(1, 2));
  ASSERT_TRUE(run_on(Capture().add(GetParam().header + ip), GetParam().number));
  EXPECT_THAT(flows(), ElementsAre(counts(1, 0)));
}

INSTANTIATE_TEST_SUITE_P(All, LinkTypes,
                         testing::Values(LinkType{1, Bytes(12, '\x02') + Bytes("\x08\0", 2)},
                                         LinkType{113, Bytes(14, '\0') + Bytes("\x08\0", 2)},
                                         LinkType{276, Bytes("\x08\0", 2) + Bytes(18, '\0')},
                                         LinkType{12, ""}, LinkType{228, ""},
                                         LinkType{0, Bytes("\x02\0\0\0", 4)},
                                         LinkType{104, Bytes("\x0f\0\x08\0", 4)},
                                         LinkType{9, Bytes("\xff\x03\0\x21", 4)}),
                         [](const testing::TestParamInfo<LinkType>& type) {
                           return "Number" + std::to_string(type.param.number);
                         });

}  // namespace
}  // namespace surisim::test
