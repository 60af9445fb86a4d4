// A call by hand that is not possible fails the test at its line and says why, and nothing hangs.
// Method: each mistake, and the failure that GoogleTest reports.
#include <gtest/gtest-spi.h>

#include <chrono>
#include <stdexcept>

#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using namespace std::chrono_literals;

class Mistakes : public ByHandTest {
 protected:
  FlowByHand udp() { return traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(1)); }
  FlowByHand tcp() { return traffic().tcp("10.0.0.1:1025", "10.0.0.2:80").on(worker(1)); }
};

TEST_F(Mistakes, InAnAddressAreNamed) {
  for (const char* wrong : {"10.0.0.1", "10.0.0.1:", "10.0.0.1:70000", "2001:db8::1:80", "x:1",
                            "[10.0.0.1]:80", ":80", ""})
    EXPECT_NONFATAL_FAILURE(traffic().udp(wrong, "10.0.0.2:53"),
                            "expected an address with a port such as 10.0.0.1:80");
  EXPECT_NONFATAL_FAILURE(traffic().icmp("10.0.0.1:8", "10.0.0.2"),
                          "expected an address without a port such as 10.0.0.1");
  EXPECT_NONFATAL_FAILURE(traffic().udp("10.0.0.1:1", "[2001:db8::1]:2"),
                          "expected two IPv4 or two IPv6 addresses");
}

TEST_F(Mistakes, OnceReportedLeaveAFlowThatDoesNothing) {
  FlowByHand flow = udp();
  EXPECT_NONFATAL_FAILURE(flow = traffic().udp("nonsense", "10.0.0.2:53"), "\"nonsense\"");
  flow.on(worker(1)).to_server().time_out();
  EXPECT_EQ(flow.number(), 0u);
  EXPECT_TRUE(flow_callbacks().empty());
}

TEST_F(Mistakes, InAPacketAreNamed) {
  auto flow = udp();
  EXPECT_NONFATAL_FAILURE(flow.handshake(), "UDP 10.0.0.1:1025 > 10.0.0.2:53: tcp_flags are for");
}

TEST_F(Mistakes, InImpossiblePacketsAreNamed) {
  auto flow = udp();
  EXPECT_NONFATAL_FAILURE(flow.send({.gap = 1}), "a gap is possible in TCP data only");
  EXPECT_NONFATAL_FAILURE(flow.send({.unacked = 1}), "only TCP acknowledges data");
  EXPECT_NONFATAL_FAILURE(flow.send({.fragments = 0}), "expected at least 1 fragment, got 0");
  EXPECT_NONFATAL_FAILURE(flow.send({.fragments = 3}), "expected at most 1 fragments of 8 bytes");
  EXPECT_NONFATAL_FAILURE(flow.to_server(std::string(70'000, 'x')),
                          "expected at most 65435 bytes in a packet, got 70000");
  EXPECT_EQ(flow.number(), 0u);
}

TEST_F(Mistakes, AboutAWorkerAreNamed) {
  EXPECT_NONFATAL_FAILURE(udp().on(worker(3)), "there is no worker 3; there are 2, from 1");
  EXPECT_NONFATAL_FAILURE(udp().on(thread("FR#01")), "thread FR#01 handles no packets");
  auto flow = udp().to_server();
  EXPECT_NONFATAL_FAILURE(flow.on(worker(2)), "has started: what it is can be said before");
}

TEST_F(Mistakes, AboutAnEndAreNamed) {
  auto flow = udp();
  EXPECT_NONFATAL_FAILURE(flow.time_out(), "is not open: it has had no packet that starts a flow");
  flow.to_server();
  EXPECT_NONFATAL_FAILURE(flow.reuse(), "cannot be reused: only TCP flows can (L32)");
  EXPECT_NONFATAL_FAILURE(flow.hand_back_at_shutdown(), "cannot be handed back: only TCP flows");
  flow.time_out();
  EXPECT_NONFATAL_FAILURE(flow.time_out_in_row(), "10.0.0.2:53 is not open: it has ended");
}

TEST_F(Mistakes, InReuseOfAnOpenSessionAreNamed) {
  auto flow = tcp().handshake();
  EXPECT_NONFATAL_FAILURE(flow.reuse(), "cannot be reused: its session is not closed; close() it");
  EXPECT_EQ(flow.number(), 1u);
  EXPECT_EQ(flow.value(of_flow)->packets, 3u);
}

TEST_F(Mistakes, AboutAValueAreNamed) {
  auto flow = udp().to_server();
  EXPECT_NONFATAL_FAILURE((void)value<int>(worker(1), "of treads"),
                          "there is no thread slot \"of treads\"; there is \"of thread\"");
  EXPECT_NONFATAL_FAILURE((void)value<int>(thread("W#09"), "of thread"), "there is no thread W#09");
  EXPECT_NONFATAL_FAILURE((void)flow.value<int>("of thread"), "there is no flow slot");
}

TEST_F(Mistakes, AboutTimeAreNamed) {
  EXPECT_NONFATAL_FAILURE(traffic().pass(-1s), "time cannot pass backwards");
}

TEST_F(Mistakes, AfterTheEndOfTrafficAreNamed) {
  auto flow = udp().to_server();
  ASSERT_TRUE(drive());
  EXPECT_NONFATAL_FAILURE(flow.to_server(), "the traffic of this thread lifecycle has ended");
  EXPECT_THROW(traffic(), std::runtime_error);
}

TEST_F(Mistakes, AfterAThreadHasFailedAreNamed) {
  options.faults.push_back({.kind = Fault::Kind::thread_run, .thread = "W#01-eth0"});
  auto flow = udp().to_server();
  flow.to_server().to_server();
  EXPECT_NONFATAL_FAILURE(flow.to_server(),
                          "thread W#01-eth0 takes no packets any more: it has failed");
  EXPECT_FALSE(stop());
}

TEST_F(Mistakes, InOptionsAreNamed) {
  options.pcap = "traffic.pcap";
  options.mode = Mode::single;
  EXPECT_THROW(traffic(), std::runtime_error);
}

TEST_F(Mistakes, WithoutTheOptionAreNamed) {
  ASSERT_TRUE(start());
  EXPECT_THROW(traffic(), std::runtime_error);
}

}  // namespace
}  // namespace surisim::test
