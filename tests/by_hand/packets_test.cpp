// Packets and flows by hand: each packet arrives as specified, on the specified worker; values,
// records and log lines can be examined in between. Method: one or two flows in each test.
#include <suricata/decode.h>
#include <suricata/util-debug.h>

#include <chrono>
#include <set>

#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class EachMode : public ByHandTest, public testing::WithParamInterface<Mode> {
 protected:
  EachMode() { options.mode = GetParam(); }
};

TEST_P(EachMode, PacketsArriveOneByOneOnTheirWorker) {
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(1));
  flow.to_server("query");
  EXPECT_EQ(value(worker(1), of_thread)->packets, 1u);
  flow.to_client("answer");
  EXPECT_EQ(value(worker(1), of_thread)->packets, 2u);
  EXPECT_EQ(flow.value(of_flow)->packets, 2u);
  EXPECT_EQ(flow.last().thread, worker(1).name);
  flow.time_out();
  EXPECT_FALSE(flow.is_open());
  EXPECT_EQ(value(thread("FR#01"), of_thread)->finished, 1u);
  EXPECT_EQ(OfFlow::freed, 1);
  ASSERT_TRUE(stop());
  EXPECT_TRUE(clean());
  EXPECT_EQ(summary().packets, 2u);
  EXPECT_EQ(summary().flows.finished_by_recycler, 1u);
}

INSTANTIATE_TEST_SUITE_P(Modes, EachMode,
                         testing::Values(Mode::workers, Mode::autofp, Mode::single));

class Packets : public ByHandTest {
 protected:
  // The EVE record of a flow, once it has timed out.
  std::string record_of(FlowByHand flow) {
    flow.time_out();
    const auto records = eve_records("flow");
    return records.empty() ? "" : records.back();
  }
};

TEST_F(Packets, OfEachProtocolHaveTheirFlow) {
  const auto expect_flow = [&](FlowByHand flow, const std::string& proto) {
    flow.to_server("abc").to_client("defg");
    EXPECT_EQ(flow.value(of_flow)->packets, 2u) << flow.name();
    EXPECT_THAT(record_of(flow), HasSubstr("\"proto\":\"" + proto + "\""));
  };
  TrafficByHand& by_hand = traffic();
  expect_flow(by_hand.tcp("10.0.0.1:1025", "10.0.0.2:80"), "TCP");
  expect_flow(by_hand.udp("10.0.0.1:1025", "10.0.0.2:53"), "UDP");
  expect_flow(by_hand.sctp("10.0.0.1:1025", "10.0.0.2:36412"), "SCTP");
  expect_flow(by_hand.icmp("10.0.0.1", "10.0.0.2"), "ICMP");
  expect_flow(by_hand.tcp("[2001:db8::1]:1025", "[2001:db8::2]:80"), "TCP");
  expect_flow(by_hand.udp("[2001:db8::1]:1025", "[2001:db8::2]:53"), "UDP");
  expect_flow(by_hand.icmp("2001:db8::1", "2001:db8::2"), "IPv6-ICMP");
  auto esp = by_hand.ip(50, "10.0.0.1", "10.0.0.2").to_server("SPI and sequence");
  EXPECT_THAT(record_of(esp), HasSubstr("\"proto\":\"ESP\""));
  EXPECT_EQ(by_hand.ip(89, "10.0.0.1", "10.0.0.2").to_server("OSPF").number(), 0u);
  ASSERT_TRUE(stop());
  EXPECT_EQ(summary().flows.ipv6, 3u);
  EXPECT_TRUE(clean());
}

TEST_F(Packets, CountOnTheirFlowByDirection) {
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server("ab").to_client().to_client();
  EXPECT_THAT(record_of(flow), AllOf(HasSubstr("\"src_ip\":\"10.0.0.1\",\"src_port\":1025"),
                                     HasSubstr("\"pkts_toserver\":1,\"pkts_toclient\":2"),
                                     HasSubstr("\"bytes_toserver\":44,\"bytes_toclient\":84")));
}

TEST_F(Packets, HaveTheVlansOfTheirFlow) {
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").vlan(10).vlan(20).to_server();
  EXPECT_THAT(record_of(flow), HasSubstr("\"vlan\":[10,20]"));
}

TEST_F(Packets, InFragmentsAreOnePacketOfTheirFlow) {
  for (const char* side : {"10.0.0.", "2001:db8::"}) {
    const std::string open = side[0] == '2' ? "[" : "", shut = side[0] == '2' ? "]" : "";
    const auto end = [&](const char* last) { return open + side + last + shut; };
    auto flow = traffic().udp(end("1") + ":1025", end("2") + ":53");
    flow.send({.payload = std::string(100, 'x'), .fragments = 4});
    EXPECT_EQ(flow.value(of_flow)->packets, 1u) << flow.name();
    EXPECT_EQ(flow.last().packet % 4, 0u);
  }
  EXPECT_EQ(summary().packets_no_flow, 8u);
}

TEST_F(Packets, HaveCorrectChecksumsUnlessTheTestSaysOtherwise) {
  options.config_settings = {"stream.checksum-validation=yes", "pcap-file.checksum-checks=yes"};
  auto right = traffic().tcp("10.0.0.1:1025", "10.0.0.2:80").handshake();
  EXPECT_THAT(record_of(right), HasSubstr("\"state\":\"established\""));
  auto right6 = traffic().tcp("[2001:db8::1]:1025", "[2001:db8::2]:80").handshake();
  EXPECT_THAT(record_of(right6), HasSubstr("\"state\":\"established\""));
  auto wrong = traffic().tcp("10.0.0.1:1026", "10.0.0.2:80");
  wrong.send({.tcp_flags = kTcpSyn, .bad_checksum = true});
  wrong.send({.to_server = false, .tcp_flags = kTcpSyn | kTcpAck}).to_server();
  EXPECT_THAT(record_of(wrong), HasSubstr("\"state\":\"new\""));
}

// The numbers of the last TCP packet and its payload.
struct LastTcp {
  std::uint32_t seq = 0, ack = 0;
  std::string payload;
};
LastTcp last_tcp;

void keep_tcp(ThreadVars*, Flow*, Packet* packet, void*) {
  const auto* const ip = reinterpret_cast<const std::uint8_t*>(packet->l3.hdrs.ip4h);
  const auto be32 = [&](std::size_t at) {
    return std::uint32_t{ip[at]} << 24 | std::uint32_t{ip[at + 1]} << 16 |
           std::uint32_t{ip[at + 2]} << 8 | std::uint32_t{ip[at + 3]};
  };
  const std::size_t size = static_cast<std::size_t>(ip[2] << 8 | ip[3]);
  last_tcp = {be32(24), be32(28), {reinterpret_cast<const char*>(ip) + 40, size - 40}};
}

TEST_F(Packets, OfTcpContinueWhereTheLastOneEndedOrLeaveAGap) {
  load("numbers", [] { SCFlowRegisterUpdateCallback(keep_tcp, nullptr); });
  auto flow = traffic().tcp("10.0.0.1:1025", "10.0.0.2:80").handshake();
  flow.to_server("GET /");
  const LastTcp first = last_tcp;
  EXPECT_EQ(first.payload, "GET /");
  flow.send({.payload = "tail", .gap = 100});
  EXPECT_EQ(last_tcp.seq, first.seq + 5 + 100);
  flow.to_client("ok");
  EXPECT_EQ(last_tcp.seq, first.ack);
  EXPECT_EQ(last_tcp.ack, first.seq + 5 + 100 + 4);
}

TEST_F(Packets, OfRawBytesArriveUnchanged) {
  const std::string arp = std::string(12, '\2') + "\x08\x06" + std::string(28, '\0');
  EXPECT_EQ(traffic().raw(arp, worker(2)).flow, 0u);
  EXPECT_EQ(traffic().raw("", worker(2)).thread, "W#02-eth0");
  EXPECT_EQ(summary().packets_no_flow, 2u);
}

TEST_F(Packets, GoToTheWorkerThatTheHashPicksIfNoneIsNamed) {
  std::set<std::string> threads;
  for (int port = 1025; port < 1045; ++port) {
    auto flow = traffic().udp("10.0.0.1:" + std::to_string(port), "10.0.0.2:53").to_server();
    threads.insert(flow.last().thread);
    flow.to_client();
    EXPECT_TRUE(threads.contains(flow.last().thread));
    EXPECT_EQ(flow.value(of_flow)->packets, 2u);
  }
  EXPECT_THAT(threads, ElementsAre("W#01-eth0", "W#02-eth0"));
}

class Time : public ByHandTest {
 protected:
  FlowByHand udp() { return traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(1)); }
};

TEST_F(Time, StandsStillUntilItPasses) {
  auto flow = udp().to_server();
  traffic().pass(29s);
  EXPECT_TRUE(flow.is_open());
  traffic().pass(1s);
  EXPECT_FALSE(flow.is_open());
  EXPECT_EQ(flow_callbacks().back(), "flow finish of flow 1 on FR#01");
}

TEST_F(Time, ThatPassesUnnoticedIsNoticedByTheNextPacket) {
  auto flow = udp().to_server();
  traffic().pass_unnoticed(31s);
  EXPECT_TRUE(flow.is_open());
  flow.to_server();
  EXPECT_EQ(flow.number(), 2u);
  EXPECT_EQ(flow.value(of_flow)->packets, 1u);
  EXPECT_THAT(events(), HasNo(event(EventKind::flow_finish)));
  EXPECT_EQ(OfFlow::freed, 1);
}

TEST_F(Time, HandsTimedOutFlowsWithUnreadDataBack) {
  auto unread = traffic().tcp("10.0.0.1:1025", "10.0.0.2:80").handshake().to_server("GET /");
  auto quiet = udp().to_server().to_client();
  traffic().pass(300s);
  EXPECT_FALSE(unread.is_open());
  EXPECT_FALSE(quiet.is_open());
  EXPECT_THAT(events(), HasCount(event(EventKind::flow_finish), testing::Eq(1u)));
  EXPECT_EQ(OfFlow::freed, 2);
}

class Looking : public ByHandTest {};

TEST_F(Looking, ShowsValuesByTheNameOfTheirSlot) {
  auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(2)).to_server();
  EXPECT_EQ(value<OfThread>(worker(2), "of thread")->packets, 1u);
  EXPECT_EQ(flow.value<OfFlow>("of flow")->packets, 1u);
}

TEST_F(Looking, ShowsRecordsAndLogLinesOfThisTestAlone) {
  load("talker", [] {
    SCEveRegisterCallback(on_record, nullptr);
    SCLogErr(SC_LOG_NOTICE, "f", "f", 1, "talker", "%s", "hello");
  });
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server().time_out();
  EXPECT_THAT(log_lines(), ElementsAre("hello"));
  EXPECT_THAT(eve_records(), SizeIs(1));
  EXPECT_THAT(eve_records("flow").at(0), HasSubstr("\"plugin\":\"was here\""));
  EXPECT_THAT(eve_records("alert"), SizeIs(0));
}

TEST_F(Looking, ShowsOnlyCallbacksThatAreRegistered) {
  load("another", [] {});
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server();
  EXPECT_THAT(flow_callbacks(), SizeIs(2));
}

TEST_F(Looking, NumbersFlowsFromOneInEachLifecycle) {
  options.mode = Mode::single;
  options.engine = EngineMode::unix_socket;
  options.lifecycles = 2;
  for (int lifecycle = 1; lifecycle <= 2; ++lifecycle) {
    auto flow = traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server().time_out();
    EXPECT_EQ(flow.number(), 1u);
    EXPECT_EQ(flow_callbacks().back(), "flow finish of flow 1 on FR#01");
    ASSERT_TRUE(advance_to(Phase::flow_shutdown));
  }
  EXPECT_EQ(summary().flows.started, 2u);
}

}  // namespace
}  // namespace surisim::test
