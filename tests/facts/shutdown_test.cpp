// Facts L24, L25, L26, L27, L28 and L29: the order of shutdown, and where values are freed.
// Method: the event log, and a slot on every thread.
#include <gmock/gmock.h>
#include <suricata/flow-callbacks.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::ElementsAre;

SCThreadStorageId slot_a, slot_b;
char late_value;
thread_local int mark = 0;

class Shutdown : public LifecycleTest {
 protected:
  void SetUp() override {
    load("plugin", [] {
      slot_a = SCThreadStorageRegister("a", [](void*) {});
      slot_b = SCThreadStorageRegister("b", [](void*) {});
      SCThreadRegisterInitCallback(
          [](ThreadVars* tv, void*) {
            SCThreadSetStorageById(tv, slot_b, &late_value);
            SCThreadSetStorageById(tv, slot_a, &late_value);
          },
          nullptr);
    });
  }
};

TEST_F(Shutdown, L24_ManagersThenCaptureThenFlowsThenRecyclersThenMgmtThenPptThenCommandThreads) {
  ASSERT_TRUE(run());
  EXPECT_THAT(
      events(),
      InOrder({entry("FlowDisableFlowManagerThread"), entry("TmThreadDisableReceiveThreads"),
               exit_of("FlowWorkToDoCleanup"),
               event(EventKind::flag_set).about("W#02-eth0").named("RUNNING_DONE"),
               entry("FlowDisableFlowRecyclerThread"), event(EventKind::pthread_join).named("HB"),
               event(EventKind::threadvars_free).named("HB"),
               event(EventKind::pthread_join).named("W#01-eth0"),
               event(EventKind::threadvars_free).named("W#01-eth0"), entry("FlowShutdown"),
               exit_of("FlowShutdown"), event(EventKind::pthread_join).named("US")}));
}

TEST_F(Shutdown, L24_WithinAFamilyTheNextThreadIsSignalledAfterTheOneBeforeHasBeenJoined) {
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), InOrder({event(EventKind::pthread_join).named("FM#01"),
                                 event(EventKind::flag_set).about("FR#01").named("DEINIT"),
                                 event(EventKind::pthread_join).named("FR#01"),
                                 event(EventKind::flag_set).about("CW").named("KILL"),
                                 event(EventKind::pthread_join).named("CW"),
                                 event(EventKind::flag_set).about("CS").named("KILL")}));
}

TEST_F(Shutdown, L25_StorageIsFreedByMainAfterTheJoinOfTheWholeFamilyInTheOrderOfAppending) {
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_value_freed), "main"));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::pthread_join).named("HB"),
                                      event(EventKind::thread_value_freed).about("FM#01")));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::pthread_join).named("W#02-eth0"),
                                      event(EventKind::thread_value_freed).about("W#01-eth0")));
  std::vector<std::string> order;
  for (const Event& e : events()) {
    if (e.kind == EventKind::thread_value_freed)
      order.push_back(std::string(e.tv.name) + " " + std::string(e.what));
  }
  EXPECT_THAT(order, ElementsAre("FM#01 a", "FM#01 b", "FR#01 a", "FR#01 b", "CW a", "CW b", "CS a",
                                 "CS b", "HB a", "HB b", "W#01-eth0 a", "W#01-eth0 b",
                                 "W#02-eth0 a", "W#02-eth0 b"));
}

TEST_F(Shutdown, L26_AThreadLocalSetInTheInitCallbackIsNotTheWorkers) {
  static std::vector<int> seen;
  seen.clear();
  load("marker", [] {
    SCThreadRegisterInitCallback([](ThreadVars*, void*) { mark = 7; }, nullptr);
    SCFlowRegisterInitCallback(
        [](ThreadVars*, Flow*, const Packet*, void*) { seen.push_back(mark); }, nullptr);
  });
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  EXPECT_EQ(mark, 7);
  EXPECT_THAT(seen, testing::Each(0));
  EXPECT_EQ(seen.size(), options.traffic.flows);
}

TEST_F(Shutdown, L26_AValueIsMadeOnMainAndFreedOnMain) {
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), MadeOn("a", testing::Eq("main")));
  EXPECT_THAT(events(), FreedOn("a", testing::Eq("main")));
  EXPECT_THAT(events(), FreedExactlyOnce("a"));
}

TEST_F(Shutdown, L27_CommandThreadsGetTheCallbackButTheirStorageIsNeverFreed) {
  options.detect_loaders = 1;
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), Has(event(EventKind::thread_init_callback).about("US")));
  EXPECT_THAT(events(), Has(event(EventKind::thread_init_callback).about("DL#01")));
  EXPECT_THAT(events(), HasNo(event(EventKind::thread_value_freed).about("US")));
  EXPECT_THAT(events(), HasNo(event(EventKind::thread_value_freed).about("DL#01")));
  EXPECT_EQ(summary().values.at(0).kept, 2u);
  EXPECT_THAT(events(), HappensBefore(event(EventKind::thread_value_freed),
                                      event(EventKind::pthread_join).named("US")));
}

TEST_F(Shutdown, L28_UnixSocketModeRunsManyLifecyclesAfterOneRegistrationAndReusesIds) {
  options.engine = EngineMode::unix_socket;
  options.mode = Mode::single;
  options.lifecycles = 3;
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), HasCount(event(EventKind::storage_finalize), testing::Eq(1u)));
  EXPECT_THAT(events(), HasCount(event(EventKind::thread_registered).about("W#01").valued(2),
                                 testing::Eq(3u)));
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_value_freed), "US"));
  EXPECT_THAT(events(), MadeOn("a", testing::AnyOf("US", "main")));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::threadvars_free).lifecycle(1),
                                      event(EventKind::threadvars_alloc).lifecycle(2)));
  EXPECT_EQ(summary().lifecycles, 3u);
  EXPECT_EQ(summary().flows.started, 3 * options.traffic.flows);
}

#ifndef __SANITIZE_THREAD__  // freed memory is not kept, so that ThreadSanitizer sees races with it
// If an address were reused, the use of a kept pointer would look correct.
TEST_F(Shutdown, L28_ALaterLifecyclesThreadVarsNeverHasTheAddressOfAFreedOne) {
  static std::vector<const ThreadVars*> seen;
  seen.clear();
  load("keeps", [] {
    SCThreadRegisterInitCallback([](ThreadVars* tv, void*) { seen.push_back(tv); }, nullptr);
  });
  options.lifecycles = 3;
  ASSERT_TRUE(run());
  const std::set<const ThreadVars*> different(seen.begin(), seen.end());
  // US, the first one, lives through all lifecycles.
  EXPECT_EQ(different.size(), seen.size());
}

// A kept pointer is recognised even if nothing else is allocated in between.
TEST_F(Shutdown, L25_AKeptThreadVarsIsRecognisedInEachLaterLifecycle) {
  static const ThreadVars* kept = nullptr;
  static int lifecycle = 0;
  kept = nullptr;
  lifecycle = 0;
  load("keeps", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          if (std::string_view(tv->name) != "FM#01") return;
          if (++lifecycle == 1) kept = tv;
          if (lifecycle > 1) (void)SCThreadGetStorageById(kept, slot_a);
        },
        nullptr);
  });
  options.lifecycles = 4;
  ASSERT_TRUE(run());
  EXPECT_THAT(violations(), testing::Contains(testing::AllOf(
                                testing::Field(&Violation::rule, "access-after-free"),
                                testing::Field(&Violation::count, 3u))));
}
#endif

TEST_F(Shutdown, L28_LifecyclesCanBeRunOneByOne) {
  options.lifecycles = 2;
  ASSERT_TRUE(drive());
  EXPECT_EQ(summary().lifecycles, 1u);
  ASSERT_TRUE(advance_to(Phase::flow_shutdown));
  ASSERT_TRUE(drive());
  EXPECT_EQ(summary().lifecycles, 2u);
  ASSERT_TRUE(stop());
  EXPECT_EQ(summary().flows.started, 2 * options.traffic.flows);
}

TEST_F(Shutdown, L29_TheOnlyThreadCallbackIsTheInitCallback) {
  ASSERT_TRUE(run());
  // Between its RUNNING_DONE and its join a thread calls no function of the plugin.
  bool done = false;
  for (const Event& e : events()) {
    if (e.os != "W#01-eth0") continue;
    if (done) {
      EXPECT_EQ(e.kind, EventKind::flag_set) << to_string(e);
    }
    done = done || (e.kind == EventKind::flag_set && e.what == "RUNNING_DONE");
  }
  EXPECT_TRUE(done);
}

}  // namespace
