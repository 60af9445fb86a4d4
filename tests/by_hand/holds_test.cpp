// Held threads: a test can state an interleaving, and one that could never go on fails and says
// what waits for what. Method: flows on two workers, and what happened while a thread was held.
#include <gtest/gtest-spi.h>
#include <suricata/output-eve.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using testing::HasSubstr;

class Holds : public ByHandTest {
 protected:
  FlowByHand on_worker(std::uint32_t number) {
    return traffic()
        .udp("10.0.0.1:" + std::to_string(1024 + number), "10.0.0.2:53")
        .on(worker(number));
  }
  std::uint64_t packets_on(std::uint32_t number) {
    return value(worker(number), of_thread)->packets;
  }
};

TEST_F(Holds, AWorkerStopsBeforeTheCallbackUntilItIsReleased) {
  auto flow = on_worker(2);
  hold(worker(2), in::flow_update);
  flow.to_server();
  EXPECT_EQ(packets_on(2), 0u);
  EXPECT_EQ(flow.value(of_flow)->packets, 0u);
  EXPECT_EQ(flow.number(), 1u);
  release(worker(2));
  EXPECT_EQ(packets_on(2), 1u);
  flow.to_client().time_out();
  EXPECT_EQ(OfFlow::freed, 1);
}

TEST_F(Holds, AWorkerStopsAfterTheCallback) {
  auto flow = on_worker(2);
  while_in(
      worker(2), after::flow_init, [&] { flow.to_server(); },
      [&] {
        EXPECT_NE(flow.value(of_flow), nullptr);
        EXPECT_EQ(packets_on(2), 0u);
        on_worker(1).to_server();
        EXPECT_EQ(packets_on(1), 1u);
      });
  EXPECT_EQ(packets_on(2), 1u);
}

TEST_F(Holds, AFlowIsFinishedWhileItsKeysNextPacketStartsAnotherOne) {
  auto flow = on_worker(1).to_server();
  while_in(
      thread("FR#01"), in::flow_finish, [&] { flow.time_out(); }, [&] { flow.to_server(); });
  EXPECT_EQ(flow.number(), 2u);
  EXPECT_EQ(OfFlow::freed, 1);
  EXPECT_EQ(value(thread("FR#01"), of_thread)->finished, 1u);
}

TEST_F(Holds, AWorkerThatTakesAFlowUnderPressureStopsInItsFinish) {
  auto flow = on_worker(1).to_server();
  while_in(
      worker(2), in::flow_finish, [&] { flow.take_under_pressure(worker(2)); },
      [&] { EXPECT_EQ(OfFlow::freed, 0); });
  EXPECT_EQ(OfFlow::freed, 1);
}

TEST_F(Holds, AValueIsFreedWhileTheFlowsKeyStartsAnotherOne) {
  auto flow = on_worker(1).to_server();
  while_in(
      worker(2), in::flow_free, [&] { flow.time_out_in_row(worker(2)); },
      [&] {
        EXPECT_EQ(OfFlow::freed, 0);
        flow.to_server();
      });
  EXPECT_EQ(flow.number(), 2u);
  EXPECT_EQ(OfFlow::freed, 1);
}

TEST_F(Holds, AFlowThatIsHandedBackStopsInItsFreeOnItsWorker) {
  auto flow = traffic().tcp("10.0.0.1:1", "10.0.0.2:80").on(worker(1)).handshake().to_server("x");
  while_in(
      worker(1), in::flow_free, [&] { flow.time_out(); },
      [&] { EXPECT_NONFATAL_FAILURE(on_worker(1).to_server(), "W#01-eth0 is held in a Free"); });
  EXPECT_EQ(OfFlow::freed, 1);
  EXPECT_FALSE(flow.is_open());
}

TEST_F(Holds, APacketThatFindsATimedOutFlowStopsInThatFlowsFree) {
  auto flow = on_worker(1).to_server();
  traffic().pass_unnoticed(std::chrono::seconds(31));
  while_in(
      worker(1), after::flow_free, [&] { flow.to_server(); }, [&] { EXPECT_EQ(OfFlow::freed, 1); });
  EXPECT_EQ(flow.number(), 2u);
  EXPECT_TRUE(flow.is_open());
}

TEST_F(Holds, ARecyclerStopsBeforeAndAfterTheFlowsEveCallback) {
  load("eve", [] { SCEveRegisterCallback(on_record, nullptr); });
  auto flow = on_worker(1).to_server(), other = on_worker(2).to_server();
  while_in(
      thread("FR#01"), in::eve_callback, [&] { flow.time_out(); },
      [&] { EXPECT_TRUE(eve_records("flow").empty()); });
  while_in(
      thread("FR#01"), after::eve_callback, [&] { other.time_out(); },
      [&] { EXPECT_EQ(flow_callbacks().back(), "flow finish of flow 1 on FR#01"); });
  EXPECT_EQ(eve_records("flow").size(), 2u);
}

TEST_F(Holds, AnotherFlowEndsWhileACallbackIsUnderWay) {
  auto flow = on_worker(2), other = on_worker(1).to_server();
  while_in(
      worker(2), in::flow_update, [&] { flow.to_server(); }, [&] { other.time_out(); });
  EXPECT_EQ(value(thread("FR#01"), of_thread)->finished, 1u);
  EXPECT_TRUE(flow.is_open());
}

TEST_F(Holds, TimePassesWhileACallbackIsUnderWay) {
  auto other = on_worker(1).to_server();
  traffic().pass(std::chrono::seconds(20));
  auto flow = on_worker(2);
  while_in(
      worker(2), in::flow_update, [&] { flow.to_server(); },
      [&] {
        traffic().pass(std::chrono::seconds(20));
        EXPECT_FALSE(other.is_open());
        EXPECT_TRUE(flow.is_open());
      });
}

// L35: a thread that would end the flow waits for its lock.
TEST_F(Holds, AFlowWhoseCallbackIsUnderWayCannotTimeOut) {
  auto flow = on_worker(1), other = on_worker(2).to_server();
  hold(worker(1), in::flow_update);
  flow.to_server();
  EXPECT_NONFATAL_FAILURE(traffic().pass(std::chrono::seconds(31)),
                          "flow 2 has timed out, and the flow manager waits for W#01-eth0, but "
                          "W#01-eth0 is held in flow update of flow 2: release it first");
  EXPECT_TRUE(other.is_open());  // it does nothing
  release(worker(1));
  traffic().pass(std::chrono::seconds(31));
  EXPECT_EQ(OfFlow::freed, 2);
}

TEST_F(Holds, TheEngineIsAskedToStopWhileACallbackIsUnderWay) {
  auto flow = on_worker(1);
  while_in(
      worker(1), in::flow_update, [&] { flow.to_server(); }, [&] { runtime().request_stop(); });
  EXPECT_EQ(packets_on(1), 1u);
  ASSERT_TRUE(stop());
  EXPECT_TRUE(clean());
  EXPECT_EQ(OfFlow::freed, 1);
}

void never_returns(ThreadVars*, Flow*, Packet*, void*) {
  for (;;) pause();
}

TEST_F(Holds, ACallbackThatNeverReturnsEndsTheProcessWhichSaysWhatWaitsForWhat) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  load("stuck", [] { SCFlowRegisterUpdateCallback(never_returns, nullptr); });
  options.limits.by_hand_ms = 500;
  auto flow = on_worker(2);
  const auto start = [&] {
    hold(worker(2), in::flow_update);
    flow.to_server();
    release(worker(2));
  };
  EXPECT_DEATH(start(),
               "this can never go on: it waits for W#02-eth0, and nothing has happened for 500 ms\n"
               "  W#02-eth0 is in flow update of flow 1");
}

// Two callbacks see each other only if both run at once; if not, each gives up.
std::atomic<int> entered;
std::atomic<int> have_met;
void meet(ThreadVars*, Flow*, Packet*, void*) {
  ++entered;
  for (int i = 0; entered < 2 && i < 10'000'000; ++i) std::this_thread::yield();
  if (entered == 2) ++have_met;
}

TEST_F(Holds, TwoPacketsAreProcessedAtOnce) {
  entered = have_met = 0;
  load("meeting", [] { SCFlowRegisterUpdateCallback(meet, nullptr); });
  auto one = on_worker(1), other = on_worker(2);
  together([&] { one.to_server(); }, [&] { other.to_server(); });
  EXPECT_EQ(have_met, 2);
  EXPECT_EQ(packets_on(1) + packets_on(2), 2u);
}

TEST_F(Holds, APacketForAHeldWorkerIsRefused) {
  auto flow = on_worker(1), another = on_worker(1);
  hold(worker(1), in::flow_update);
  flow.to_server();
  EXPECT_NONFATAL_FAILURE(another.to_server(),
                          "waits for W#01-eth0, but W#01-eth0 is held in flow update of flow 1");
  EXPECT_NONFATAL_FAILURE(flow.time_out(), "W#01-eth0 is held in flow update of flow 1");
  release(worker(1));
  flow.to_client();
  EXPECT_EQ(packets_on(1), 2u);
}

TEST_F(Holds, AnEndOnAHeldRecyclerIsRefused) {
  auto flow = on_worker(1).to_server(), another = on_worker(2).to_server();
  hold(thread("FR#01"), in::flow_finish);
  flow.time_out();
  EXPECT_NONFATAL_FAILURE(another.time_out(), "waits for FR#01, but FR#01 is held in flow finish");
  release(thread("FR#01"));
  another.time_out();
  EXPECT_EQ(OfFlow::freed, 2);
}

TEST_F(Holds, ReleasingAThreadThatNeverReachedItsPointIsAFailure) {
  auto flow = on_worker(1);
  hold(worker(2), in::flow_update);
  flow.to_server();
  EXPECT_NONFATAL_FAILURE(release(worker(2)),
                          "W#02-eth0 is not held: it has not come to the point");
  on_worker(2).to_server();
  EXPECT_EQ(packets_on(2), 1u);
}

TEST_F(Holds, AThreadWithoutFlowCallbacksCannotBeHeld) {
  EXPECT_NONFATAL_FAILURE(hold(thread("FM#01"), in::flow_update),
                          "thread FM#01 runs no flow callbacks; expected one of W#01-eth0");
}

TEST_F(Holds, TheShutdownReleasesThreadsAndFailsTheTest) {
  auto flow = on_worker(1);
  hold(worker(1), in::flow_init);
  flow.to_server();
  const auto stopped = stop();
  EXPECT_FALSE(stopped);
  EXPECT_THAT(stopped.message(), HasSubstr("W#01-eth0 is held in flow init of flow 1"));
  EXPECT_EQ(OfFlow::freed, 1);
}

TEST_F(Holds, OneThatNoThreadReachedFailsTheTest) {
  auto flow = on_worker(1);
  hold(worker(1), in::flow_finish);
  flow.to_server();
  const auto stopped = stop();
  EXPECT_FALSE(stopped);
  EXPECT_THAT(stopped.message(),
              HasSubstr("W#01-eth0 was to be held in flow finish, but has not come there"));
}

TEST_F(Holds, OneThatNoThreadReachedFailsATestThatDoesNotStop) {
  hold(worker(1), in::flow_init);
  on_worker(1);
  EXPECT_NONFATAL_FAILURE(TearDown(), "W#01-eth0 was to be held in flow init");
}

TEST_F(Holds, AForgottenOneDoesNotHangTheTest) {
  auto flow = on_worker(1);
  hold(worker(1), in::flow_init);
  flow.to_server();
}

}  // namespace
}  // namespace surisim::test
