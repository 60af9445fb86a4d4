// Threads held by hand: an interleaving is stated, and a test that can never go on fails with who
// waits for whom. Method: flows on two workers, and what had happened while a thread was held.
#include <gtest/gtest-spi.h>

#include <atomic>
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

// Two callbacks see each other only if both run at once; if not, each gives up.
std::atomic<int> entered;
std::atomic<int> have_met;
void meet(ThreadVars*, Flow*, Packet*, void*) {
  ++entered;
  for (int i = 0; entered < 2 && i < 10'000'000; ++i) std::this_thread::yield();
  if (entered == 2) ++have_met;
}

TEST_F(Holds, TwoPacketsAreHandledAtOnce) {
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

TEST_F(Holds, ReleasingAThreadThatNeverCameIsAFailure) {
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

TEST_F(Holds, AForgottenOneDoesNotHangTheTest) {
  auto flow = on_worker(1);
  hold(worker(1), in::flow_init);
  flow.to_server();
}

}  // namespace
}  // namespace surisim::test
