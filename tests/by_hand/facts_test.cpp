// Facts about flows and threads, each tested by hand in at most ten lines. Method: one or two
// flows, ended as the test chooses; the arguments of the plugin's callbacks, and the event log.
#include <pthread.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow.h>

#include <cerrno>

#include "counting_plugin.hpp"

namespace surisim::test {
namespace {

using namespace fixtures;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

class FlowsByHand : public ByHandTest {
 protected:
  FlowByHand udp() { return traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(1)); }
  FlowByHand tcp() { return traffic().tcp("10.0.0.1:1025", "10.0.0.2:80").on(worker(1)); }
  // Whether the flow's value was freed, and the number of finish callbacks so far.
  void expect_freed_with(std::size_t finishes) {
    EXPECT_EQ(OfFlow::freed, 1);
    EXPECT_THAT(events(), HasCount(event(EventKind::flow_finish), testing::Eq(finishes)));
  }
};

TEST_F(FlowsByHand, L5_TheInitCallbackRunsOnMainBeforeTheThreadExists) {
  ASSERT_TRUE(start());
  EXPECT_THAT(callbacks(), Each(testing::Field(&Callback::thread, "main")));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::thread_init_callback).about("W#01-eth0"),
                                      event(EventKind::os_thread_start).on("W#01-eth0")));
}

TEST_F(FlowsByHand, L7_ThreadsAreCreatedOneByOneWhileTheOnesBeforeRun) {
  ASSERT_TRUE(start());
  EXPECT_THAT(events(), HappensBefore(event(EventKind::os_thread_start).on("W#01-eth0"),
                                      event(EventKind::thread_init_callback).about("W#02-eth0")));
}

TEST_F(FlowsByHand, L25_ThreadValuesAreFreedOnMainAfterTheJoin) {
  udp().to_server();
  ASSERT_TRUE(stop());
  EXPECT_THAT(events(), FreedOn("of thread", "main"));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::pthread_join).named("W#02-eth0"),
                                      event(EventKind::thread_value_freed).about("W#01-eth0")));
}

TEST_F(FlowsByHand, L26_AValueIsMadeOnMainUsedOnItsThreadAndDestroyedOnMain) {
  udp().to_server();
  EXPECT_EQ(value(worker(1), of_thread)->packets, 1u);
  EXPECT_EQ(value(worker(2), of_thread)->packets, 0u);
  ASSERT_TRUE(stop());
  EXPECT_THAT(events(), MadeOn("of thread", "main"));
  EXPECT_THAT(events(), FreedOn("of thread", "main"));
}

TEST_F(FlowsByHand, L30_TheFirstPacketRunsInitAndUpdateOnItsWorkerLaterOnesOnlyUpdate) {
  udp().to_server().to_client();
  EXPECT_THAT(flow_callbacks(),
              ElementsAre("flow init for packet 1 (to the server) of flow 1 on W#01-eth0",
                          "flow update for packet 1 (to the server) of flow 1 on W#01-eth0",
                          "flow update for packet 2 (to the client) of flow 1 on W#01-eth0"));
}

TEST_F(FlowsByHand, L31_ATimedOutFlowIsFinishedOnARecyclerWithItsThreadVars) {
  udp().to_server().time_out();
  EXPECT_EQ(flow_callbacks().back(), "flow finish of flow 1 on FR#01");
  EXPECT_EQ(value(thread("FR#01"), of_thread)->finished, 1u);
  EXPECT_EQ(value(worker(1), of_thread)->finished, 0u);
}

TEST_F(FlowsByHand, L31_UnderMemoryPressureAWorkerFinishesAFlowEvenOfAnotherWorker) {
  udp().to_server().take_under_pressure(worker(2));
  EXPECT_EQ(flow_callbacks().back(), "flow finish of flow 1 on W#02-eth0");
  EXPECT_EQ(value(worker(2), of_thread)->finished, 1u);
  expect_freed_with(1);
}

TEST_F(FlowsByHand, L32_AFlowThatAWorkerFindsTimedOutInItsHashRowHasNoFinish) {
  udp().to_server().time_out_in_row(worker(2));
  expect_freed_with(0);
  EXPECT_THAT(events(), Has(event(EventKind::flow_value_freed).on("W#02-eth0")));
  EXPECT_THAT(eve_records("flow"), SizeIs(1));
}

TEST_F(FlowsByHand, L32_AReusedFlowHasNoFinish) {
  tcp().handshake().close().reuse();
  expect_freed_with(0);
  EXPECT_THAT(eve_records("flow"), SizeIs(1));
}

TEST_F(FlowsByHand, L32_AFlowWithUnreadDataIsHandedBackToItsWorkerWithoutFinish) {
  tcp().handshake().to_server("GET / HTTP/1.0\r\n").time_out();
  expect_freed_with(0);
  EXPECT_THAT(events(), Has(event(EventKind::flow_value_freed).on("W#01-eth0")));
}

TEST_F(FlowsByHand, L32_AFlowHandedBackAtShutdownHasNoFinish) {
  tcp().to_server().hand_back_at_shutdown();
  ASSERT_TRUE(stop());
  expect_freed_with(0);
  EXPECT_EQ(summary().flows.ended_at_shutdown, 1u);
}

TEST_F(FlowsByHand, L33_EveRecordFinishAndFreeComeInThisOrderOnOneThread) {
  load("eve", [] { SCEveRegisterCallback(on_record, nullptr); });
  udp().to_server().time_out();
  EXPECT_THAT(events(), InOrder({event(EventKind::eve_callback).on("FR#01"),
                                 event(EventKind::flow_finish).on("FR#01"),
                                 event(EventKind::flow_value_freed).on("FR#01")}));
}

TEST_F(FlowsByHand, L33_InReuseTheNewFlowStartsBeforeTheOldOneIsFreed) {
  tcp().handshake().close().reuse();
  EXPECT_THAT(events(), InOrder({event(EventKind::flow_init).of_flow(2),
                                 event(EventKind::flow_update).of_flow(2),
                                 event(EventKind::flow_cleared).of_flow(1)}));
}

TEST_F(FlowsByHand, L33_AFlowPointerIsUsedAgain) {
  udp().to_server().take_under_pressure();
  traffic().udp("10.0.0.3:1025", "10.0.0.2:53").on(worker(1)).to_server();
  EXPECT_EQ(handle_of_flow(1), handle_of_flow(2));
}

TEST_F(FlowsByHand, L34_TheBackstopFreesAFlowWithoutFinishAfterAllThreadStorage) {
  udp().to_server().leave_to_backstop();
  ASSERT_TRUE(stop());
  expect_freed_with(0);
  EXPECT_THAT(events(), HappensBefore(event(EventKind::thread_value_freed).named("of thread"),
                                      event(EventKind::flow_value_freed).on("main")));
}

TEST_F(FlowsByHand, L35_TheFlowIsLockedAndTheThreadVarsIsThere) {
  udp().to_server().time_out();
  for (const Event& event : events()) {
    if (event.kind < EventKind::flow_init || event.kind > EventKind::flow_finish) continue;
    EXPECT_TRUE(event.flow.locked) << to_string(event);
    EXPECT_EQ(event.tv.name, event.os);
  }
}

Flow* seen;
void see(ThreadVars*, Flow* f, const Packet*, void*) { seen = f; }

TEST_F(FlowsByHand, L35_NoOtherThreadGetsTheFlowsLockDuringItsCallbacks) {
  load("spy", [] { SCFlowRegisterInitCallback(see, nullptr); });
  auto flow = udp();
  const auto send = [&] { flow.to_server(); };
  const auto is_locked = [] { EXPECT_EQ(pthread_mutex_trylock(&seen->m), EBUSY); };
  while_in(worker(1), after::flow_init, send, is_locked);
  while_in(worker(1), in::flow_update, send, is_locked);
  const auto time_out = [&] { flow.time_out(); };
  while_in(thread("FR#01"), in::flow_finish, time_out, is_locked);
  EXPECT_EQ(pthread_mutex_trylock(&seen->m), 0);
  pthread_mutex_unlock(&seen->m);
}

TEST_F(FlowsByHand, L36_OnlyWorkersAndRecyclersRunFlowCallbacks) {
  options.mode = Mode::autofp;
  udp().to_server().time_out();
  udp().to_server().time_out_in_row();
  for (const Callback& call : callbacks()) {
    if (call.kind == "thread init") continue;
    EXPECT_EQ(call.thread, call.kind == "flow finish" ? "FR#01" : "W#01") << to_string(call);
  }
}

TEST_F(FlowsByHand, L37_AnIcmpErrorUpdatesTheFlowThatItIsAbout) {
  tcp().handshake().icmp_error();
  const Callback last = callbacks().back();
  EXPECT_EQ(to_string(last), "flow update for packet 4 (to the client) of flow 1 on W#01-eth0");
  EXPECT_EQ(last.packet_proto, 1);
}

}  // namespace
}  // namespace surisim::test
