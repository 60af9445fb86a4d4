// Goal: flow.memcap limits the flows of a capture as in Suricata (L31, L35). Method: a limit of two
// flows, and a hash with one row, so that only one flow can be taken; UDP flows that differ in
// their ports.
#include <gmock/gmock.h>

#include "pcap_test.hpp"

namespace surisim::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FlowMemory : public PcapTest {
 protected:
  // A Flow has 272 bytes (E23), and 8 for each of Suricata's three slots (L19); a row has 64.
  static constexpr int kFlow = 272 + 3 * 8, kRow = 64;

  FlowMemory() { limit_to(2); }
  void limit_to(int flows, int preallocated = 0) {
    options.config_settings = {"flow.memcap=" + std::to_string(kRow + flows * kFlow),
                               "flow.hash-size=1", "flow.prealloc=" + std::to_string(preallocated)};
  }
  // Of the flows that got a finish on the worker, in order.
  std::vector<int> taken() const {
    std::vector<int> ports;
    for (const Event& e : events())
      if (e.kind == EventKind::flow_finish && e.os == "W#01") ports.push_back(e.flow.sp);
    return ports;
  }
};

TEST_F(FlowMemory, L35_APacketGetsNoFlowIfMemoryIsFullAndNoFlowCanBeTaken) {
  ASSERT_TRUE(run_on(Capture()
                         .add(udp_packet(true, 1))
                         .add(udp_packet(true, 2))
                         .add(udp_packet(true, 3))
                         .add(udp_packet(true, 1))));
  EXPECT_EQ(summary().flows.started, 2u);
  EXPECT_EQ(summary().packets_no_flow, 1u);
  EXPECT_EQ(updates(), 3u);
  EXPECT_THAT(taken(), ElementsAre());
}

TEST_F(FlowMemory, L31_TheNewestFlowOfARowIsTakenIfItHasIdled) {
  ASSERT_TRUE(run_on(Capture()
                         .add(udp_packet(true, 1), 0)
                         .add(udp_packet(true, 2), 0.1)
                         .add(udp_packet(true, 3), 2.2)));
  EXPECT_THAT(taken(), ElementsAre(2)) << "not the oldest";
  EXPECT_EQ(summary().flows.started, 3u);
  EXPECT_EQ(summary().flows.finished_by_worker, 1u);
  EXPECT_EQ(summary().packets_no_flow, 0u);
}

// Whole seconds count: 1 is not over 1.
TEST_F(FlowMemory, L31_ANewFlowMustHaveIdledOverASecond) {
  ASSERT_TRUE(run_on(Capture()
                         .add(udp_packet(true, 1), 0)
                         .add(udp_packet(true, 2), 0.1)
                         .add(udp_packet(true, 3), 1.9)));
  EXPECT_THAT(taken(), ElementsAre());
  EXPECT_EQ(summary().packets_no_flow, 1u);
}

TEST_F(FlowMemory, L31_AnEstablishedFlowMustHaveIdledOverFiveSeconds) {
  const auto established = [](double later) {
    return Capture()
        .add(udp_packet(true, 1), 0)
        .add(udp_packet(true, 2), 0.1)
        .add(udp_packet(false, 2), 0.2)
        .add(udp_packet(true, 3), later);
  };
  ASSERT_TRUE(run_on(established(5.9)));
  EXPECT_THAT(taken(), ElementsAre());
  TearDown();
  ASSERT_TRUE(run_on(established(6.1)));
  EXPECT_THAT(taken(), ElementsAre(2));
}

TEST_F(FlowMemory, L33_TheNextFlowGetsTheMemoryOfTheOneThatWasTaken) {
  options.record = Options::Record::all;
  ASSERT_TRUE(run_on(Capture()
                         .add(udp_packet(true, 1), 0)
                         .add(udp_packet(true, 2), 0.1)
                         .add(udp_packet(true, 3), 3)
                         .add(udp_packet(true, 4), 6)));
  EXPECT_THAT(taken(), ElementsAre(2, 3));
  std::vector<std::uint64_t> handles;
  for (const Event& e : events())
    if (e.kind == EventKind::flow_init) handles.push_back(e.flow.handle);
  EXPECT_THAT(handles, ElementsAre(1, 2, 2, 2));
}

TEST_F(FlowMemory, FullMemoryEndsFlowsThatHaveIdledForTheTimeOutsOfEmergencyMode) {
  ASSERT_TRUE(run_on(Capture()
                         .add(udp_packet(true, 1), 0)
                         .add(udp_packet(true, 2), 5)
                         .add(udp_packet(true, 3), 12)));
  EXPECT_EQ(summary().flows.finished_by_recycler, 1u) << "new for over 10 s, of 30 (T12)";
  EXPECT_EQ(summary().flows.started, 3u);
  EXPECT_EQ(summary().packets_no_flow, 0u);
}

TEST_F(FlowMemory, InEmergencyModeAFlowsOwnPacketMayFindItTimedOut) {
  limit_to(2, 2);  // it lasts until there is room for more than 30 % of two
  ASSERT_TRUE(run_on(Capture()
                         .add(udp_packet(true, 1), 0)
                         .add(udp_packet(true, 2), 0)
                         .add(udp_packet(true, 3), 0)
                         .add(udp_packet(true, 1), 9)
                         .add(udp_packet(true, 2), 11)));
  EXPECT_EQ(summary().flows.ended_in_bucket, 1u);
  EXPECT_EQ(summary().flows.started, 3u);
}

TEST_F(FlowMemory, EmergencyModeEndsWhenThereIsRoom) {
  const auto last_at = [](double seconds) {
    return Capture()
        .add(udp_packet(true, 1), 0)
        .add(udp_packet(true, 2), 0)
        .add(udp_packet(true, 3), 15)  // ends both
        .add(udp_packet(true, 3), seconds);
  };
  ASSERT_TRUE(run_on(last_at(15 + 29)));
  EXPECT_EQ(summary().flows.started, 3u) << "time-outs are the usual ones again";
  TearDown();
  ASSERT_TRUE(run_on(last_at(15 + 31)));
  EXPECT_EQ(summary().flows.started, 4u);
}

TEST_F(FlowMemory, AFlowThatEndsLeavesItsRoom) {
  limit_to(1);
  Capture capture;
  for (int i = 0; i < 5; ++i) capture.add(udp_packet(true, 1), 40 * i);
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.ended_in_bucket, 4u);
  EXPECT_EQ(summary().packets_no_flow, 0u);
}

TEST_F(FlowMemory, AllWorkersShareIt) {
  options.mode = Mode::autofp;
  options.threads = 4;
  Capture capture;
  for (std::uint16_t port = 1; port <= 20; ++port) capture.add(udp_packet(true, port));
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.started, 2u);
  EXPECT_EQ(summary().packets_no_flow, 18u);
}

TEST_F(FlowMemory, WithoutASettingItIs32MebibytesWithFourOfThemForTheHash) {
  options.config_settings.clear();
  constexpr std::uint64_t kMost = (28u << 20) / kFlow;
  Capture capture;
  for (std::uint64_t i = 0; i < kMost + 10; ++i) {
    const auto high = static_cast<std::uint8_t>(i >> 16);
    capture.add(ethernet(ipv4(17, ip4(high), ip4(99), udp(static_cast<std::uint16_t>(i), 53))), 0);
  }
  options.record = Options::Record::lifecycle;
  ASSERT_TRUE(run_on(capture));
  EXPECT_EQ(summary().flows.started, kMost);
  EXPECT_EQ(summary().packets_no_flow, 10u);
}

struct BadSetting {
  std::vector<std::string> settings;
  std::string why;
};

class FlowMemorySettings : public PcapTest, public testing::WithParamInterface<BadSetting> {};

TEST_P(FlowMemorySettings, WithWhichSuricataDoesNotStartAreRefused) {
  options.config_settings = GetParam().settings;
  const auto outcome = run_on(Capture().add(udp_packet(true)));
  EXPECT_FALSE(outcome);
  EXPECT_THAT(outcome.message(), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All, FlowMemorySettings,
    testing::Values(
        BadSetting{{"flow.memcap=lots"}, "flow.memcap: expected a size such as 64mb, got \"lots\""},
        BadSetting{{"flow.memcap=64mbit"}, "got \"64mbit\""},
        BadSetting{{"flow.memcap=1mb"},
                   "flow.memcap: its 1048576 bytes are too few for the 4194304 of flow.hash-size"},
        BadSetting{
            {"flow.memcap= 1.5 MiB ", "flow.hash-size=1024"},
            "flow.memcap: it has room for 5092 flows, fewer than the 10000 of flow.prealloc"},
        BadSetting{{"flow.hash-size=0"}, "flow.hash-size: expected a whole number from 1"}));

}  // namespace
}  // namespace surisim::test
