// Facts L1, L2, L4, L19: the order of start-up.
// Method: the event log of whole runs.
#include <gmock/gmock.h>
#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::ElementsAre;

void free_nothing(void*) {}

class StartUp : public LifecycleTest {};

TEST_F(StartUp, L1_StorageThenOwnSlotsThenPluginsThenFinalizeThenThreads) {
  load("plugin", [] { SCThreadStorageRegister("mine", free_nothing); });
  ASSERT_TRUE(run());
  EXPECT_THAT(
      events(),
      InOrder({event(EventKind::storage_init),
               event(EventKind::storage_register).named("bypass_counters"),
               event(EventKind::plugin_init_enter),
               event(EventKind::storage_register).named("mine"), event(EventKind::plugin_init_exit),
               event(EventKind::storage_register).named("threshold_cache"),
               event(EventKind::storage_finalize), entry("RunModeInitializeOutputs"),
               event(EventKind::threadvars_alloc)}));
}

TEST_F(StartUp, L2_InitMayRegisterAndAThreadInitCallbackMayNot) {
  SCThreadStorageId in_init{-7};
  SCThreadStorageId in_callback{-7};
  load("plugin", [&] {
    in_init = SCThreadStorageRegister("in init", free_nothing);
    SCThreadRegisterInitCallback(
        [](ThreadVars*, void* id) {
          *static_cast<SCThreadStorageId*>(id) = SCThreadStorageRegister("late", free_nothing);
        },
        &in_callback);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(in_init.id, 0);
  EXPECT_EQ(in_callback.id, -1);
  EXPECT_FALSE(violations("register-after-finalize").empty());
}

class NoThreads : public StartUp, public testing::WithParamInterface<EngineMode> {};

TEST_P(NoThreads, L4_PluginsLoadAndStorageIsFinalizedButNoThreadIsCreated) {
  options.engine = GetParam();
  int callbacks = 0;
  load("plugin", [&] {
    SCThreadRegisterInitCallback([](ThreadVars*, void* count) { ++*static_cast<int*>(count); },
                                 &callbacks);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), Has(event(EventKind::plugin_init_exit)));
  EXPECT_THAT(events(), Has(event(EventKind::storage_finalize)));
  EXPECT_THAT(events(), HasNo(event(EventKind::threadvars_alloc)));
  EXPECT_THAT(events(), HasNo(event(EventKind::pthread_create)));
  EXPECT_EQ(callbacks, 0);
  EXPECT_EQ(phase(), Phase::end);
}
INSTANTIATE_TEST_SUITE_P(Modes, NoThreads,
                         testing::Values(EngineMode::config_test, EngineMode::engine_analysis));

TEST_F(StartUp, L19_SuricatasOwnSlotsComeFirstForFlowsAndLastForThreads) {
  int thread_id = -7;
  int flow_id = -7;
  load("plugin", [&] {
    thread_id = SCThreadStorageRegister("mine", free_nothing).id;
    flow_id = SCFlowStorageRegister("mine", free_nothing).id;
  });
  ASSERT_TRUE(finalize());
  EXPECT_EQ(thread_id, 0);
  EXPECT_EQ(flow_id, 1);
  std::vector<std::string> own;
  for (const SlotInfo& one : summary().own_slots)
    own.push_back(one.type + " " + one.name + " " + std::to_string(one.id));
  EXPECT_THAT(own, ElementsAre("flow bypass_counters 0", "ippair expectation 0",
                               "flow expectation 2", "host tag 0", "flow tag 3",
                               "thread threshold_cache 1", "host bit 1", "ippair bit 1"));
}

}  // namespace
