// What 8.0 does where 9.0's functions, names or numbers differ (E1 to E59): the loader, storage,
// threads, the end of flows, EVE. More of it is in lifecycle/version_test.cpp and decode/. Method:
// in-process plugins that call 8.0's functions and record what happens.
#include <gmock/gmock.h>
#include <suricata/flow-callbacks.h>
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/suricata-plugin.h>
#include <suricata/thread-callbacks.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"
#include "surisim/host_functions.hpp"

namespace suricata_8_test {
namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> happened;  // what the plugin notes; on one thread at a time
int alloc_calls = 0;
SCThreadStorageId thread_slot{-1};
SCFlowStorageId flow_slot{-1};

void* alloc_counting(unsigned size) {
  ++alloc_calls;
  return std::calloc(1, size);
}
void free_noting(void* value) {
  happened.emplace_back("Free");
  std::free(value);
}
void* one_byte() { return std::calloc(1, 1); }

class Suricata8 : public LifecycleTest {
 protected:
  Suricata8() {
    options.suricata = Suricata::v8_0;
    options.stats = false;
    happened.clear();
    alloc_calls = 0;
  }
};

SCPlugin* for_9() {
  static SCPlugin plugin{};
  plugin = {0x0900, "9.0.0-dev", "nine", "1", "MIT", "x", [] { happened.emplace_back("Init"); }};
  return &plugin;
}
SCPlugin* nameless() {
  static SCPlugin plugin{};
  plugin = {0x0800, nullptr, nullptr, nullptr, "MIT", "x", [] { happened.emplace_back("Init"); }};
  return &plugin;
}
SCPlugin* without_versions() {
  static SCPlugin plugin{};
  plugin = {0x0800, nullptr, "bare", nullptr, "MIT", "x", [] { happened.emplace_back("Init"); }};
  return &plugin;
}

TEST_F(Suricata8, E2_RefusesAPluginFor9AndContinues) {
  load(for_9);
  load("other", [] {});
  ASSERT_TRUE(runtime().run().has_value());
  EXPECT_THAT(violations("load-version-mismatch"), SizeIs(1));
  EXPECT_THAT(happened, IsEmpty());
}

TEST_F(Suricata8, E2_DoesNotNeedTheTextsOfVersions) {
  load(without_versions);
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_THAT(happened, ElementsAre("Init"));
}

TEST_F(Suricata8, E3_ANullNameEndsIt) {
  load(nameless);
  EXPECT_FALSE(runtime().run().has_value());
  EXPECT_THAT(violations("load-null-field"), SizeIs(1));
  EXPECT_THAT(happened, IsEmpty());
}

#ifndef __SANITIZE_ADDRESS__  // LeakSanitizer reports the values that are not freed
// The sample registers nothing more once its slots have been refused.
TEST_F(Suricata8, E5_TheSameFileTwiceRunsInitTwiceAndTheSecondSlotsAreRefused) {
  load(SURISIM_TEST_PLUGIN_DIR "/flow_counter_8_0.so");
  load(SURISIM_TEST_PLUGIN_DIR "/flow_counter_8_0.so");
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("register-duplicate-name"), SizeIs(2));
  EXPECT_THAT(log_lines(), ElementsAre("no storage: is the plugin loaded twice?"));
  EXPECT_EQ(summary().flow_init_callbacks, options.traffic.flows);
}
#endif

TEST_F(Suricata8, E11_KeepsThePointerToASlotsName) {
  load("short-lived name", [] {
    char name[] = "mine";
    thread_slot = ThreadStorageRegister(name, 8, nullptr, std::free);
    name[0] = 'M';
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("register-dangling-name"), SizeIs(1));
}

TEST_F(Suricata8, E14_ALateSlotIsRefusedAndALateInitCallbackIsNot) {
  static int thread_inits;
  thread_inits = 0;
  load("late", [] {
    SCRegisterOnLoggingReady(
        [](void*) {
          EXPECT_EQ(ThreadStorageRegister("late", 8, nullptr, std::free).id, -1);
          EXPECT_EQ(FlowStorageRegister("late", 8, nullptr, std::free).id, -1);
          EXPECT_TRUE(
              SCThreadRegisterInitCallback([](ThreadVars*, void*) { ++thread_inits; }, nullptr));
        },
        nullptr);
  });
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  EXPECT_EQ(thread_inits, 3);
  EXPECT_THAT(violations("register-after-finalize"), SizeIs(2));
}

TEST_F(Suricata8, E37_AThreadsStorageIsZeroedAndBehindIts296BytesAndItsNameIsCut) {
  options.devices = {"longdevname12"};
  load("looks", [] {
    thread_slot = ThreadStorageRegister("first", 8, nullptr, std::free);
    ThreadStorageRegister("second", 8, nullptr, std::free);
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          void* storage[2];
          std::memcpy(storage, reinterpret_cast<const char*>(tv) + 296, sizeof storage);
          EXPECT_THAT(storage, testing::Each(nullptr));
          void* const value = one_byte();
          ThreadSetStorageById(tv, thread_slot, value);
          std::memcpy(storage, reinterpret_cast<const char*>(tv) + 296, sizeof storage);
          EXPECT_EQ(storage[0], value);
          happened.emplace_back(reinterpret_cast<const char*>(tv) + 16);  // its name
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(happened, testing::Contains("W#01-long..me12")) << "15 characters";
}

TEST_F(Suricata8, E17_OnlyThePluginCallsAlloc) {
  load("lazy", [] {
    thread_slot = ThreadStorageRegister("mine", 24, alloc_counting, std::free);
    flow_slot = FlowStorageRegister("mine", 24, alloc_counting, std::free);
    SCFlowRegisterUpdateCallback(
        [](ThreadVars* tv, Flow* f, Packet*, void*) {
          EXPECT_EQ(FlowGetStorageById(f, flow_slot), nullptr);
          EXPECT_EQ(ThreadGetStorageById(tv, thread_slot), nullptr);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(alloc_calls, 0);
}

TEST_F(Suricata8, E18_SetOverwritesWithoutFreeAndFreeEmptiesTheSlot) {
  load("sets", [] {
    thread_slot = ThreadStorageRegister("mine", 24, alloc_counting, free_noting);
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          void* const first = ThreadAllocStorageById(tv, thread_slot);
          EXPECT_EQ(ThreadSetStorageById(tv, thread_slot, one_byte()), 0);
          EXPECT_THAT(happened, IsEmpty());
          std::free(first);
          ThreadFreeStorageById(tv, thread_slot);
          EXPECT_THAT(happened, ElementsAre("Free"));
          EXPECT_EQ(ThreadGetStorageById(tv, thread_slot), nullptr);
          EXPECT_NE(ThreadAllocStorageById(tv, thread_slot), nullptr);
          happened.clear();
        },
        nullptr);
  });
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  EXPECT_EQ(alloc_calls, 6) << "two on each of three threads";
  EXPECT_THAT(happened, ElementsAre("Free", "Free", "Free")) << "at the end of the threads";
}

TEST_F(Suricata8, E19_AllocWithAnInvalidIdIsReportedAndDoesNothing) {
  load("wrong ids", [] {
    thread_slot = ThreadStorageRegister("mine", 24, alloc_counting, std::free);
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          EXPECT_EQ(ThreadAllocStorageById(tv, {-1}), nullptr);
          EXPECT_EQ(ThreadAllocStorageById(tv, {1}), nullptr);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(alloc_calls, 0);
  EXPECT_THAT(violations("access-invalid-id"), SizeIs(2));
}

TEST_F(Suricata8, E40_InitCallbacksRunInTheOrderOfRegistration) {
  load("two", [] {
    SCThreadRegisterInitCallback([](ThreadVars*, void*) { happened.emplace_back("first"); },
                                 nullptr);
    SCThreadRegisterInitCallback([](ThreadVars*, void*) { happened.emplace_back("second"); },
                                 nullptr);
  });
  options.mode = Mode::single;
  ASSERT_TRUE(run());
  EXPECT_THAT(happened, ElementsAre("first", "second", "first", "second", "first", "second"));
}

// A plugin with two thread slots, which have a value on each thread.
void register_two_slots() {
  static SCThreadStorageId two[2];
  two[0] = ThreadStorageRegister("one", 8, nullptr, std::free);
  two[1] = ThreadStorageRegister("two", 8, nullptr, std::free);
  SCThreadRegisterInitCallback(
      [](ThreadVars* tv, void*) {
        for (const SCThreadStorageId id : two) (void)ThreadSetStorageById(tv, id, one_byte());
      },
      nullptr);
}

std::uint64_t made(const Summary& summary) {
  std::uint64_t all = 0;
  for (const ValueSummary& one : summary.values) all += one.made;
  return all;
}
std::uint64_t freed(const Summary& summary) {
  std::uint64_t all = 0;
  for (const ValueSummary& one : summary.values) all += one.freed;
  return all;
}

TEST_F(Suricata8, E59_ThreeThreadsMakeSixValuesOfTwoSlots) {
  options.mode = Mode::single;
  load("two slots", register_two_slots);
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().thread_init_callbacks, 3u);
  EXPECT_EQ(made(summary()), 6u);
  EXPECT_EQ(freed(summary()), 6u);
}

TEST_F(Suricata8, E41_MainFreesThreadStorageButNeverThatOfUS) {
  load("two slots", register_two_slots);
  ASSERT_TRUE(run());
  EXPECT_EQ(made(summary()), 10u);
  EXPECT_EQ(freed(summary()), 8u);
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_value_freed), "main"));
  EXPECT_THAT(events(), HasNo(event(EventKind::thread_value_freed).about("US")));
}

TEST_F(Suricata8, E45_TwoCapturesOfAUnixSocketMake22ValuesAndFree20) {
  options.engine = EngineMode::unix_socket;
  options.mode = Mode::autofp;
  options.lifecycles = 2;
  load("two slots", register_two_slots);
  ASSERT_TRUE(run());
  EXPECT_EQ(made(summary()), 22u);
  EXPECT_EQ(freed(summary()), 20u);
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_value_freed), "US"));
  EXPECT_THAT(events(), HasCount(event(EventKind::thread_registered).about("W#01").valued(3),
                                 testing::Eq(2u)))
      << "ids are used again";
}

TEST_F(Suricata8, E46_AFlowEndsWithItsRecordThenFinishThenFree) {
  load("ends", [] {
    flow_slot = FlowStorageRegister("mine", 8, nullptr, free_noting);
    SCFlowRegisterInitCallback([](ThreadVars*, Flow* f, const Packet*,
                                  void*) { (void)FlowSetStorageById(f, flow_slot, one_byte()); },
                               nullptr);
    SCFlowRegisterFinishCallback([](ThreadVars*, Flow*, void*) { happened.emplace_back("finish"); },
                                 nullptr);
    SCEveRegisterCallback([](ThreadVars*, const Packet*, Flow*, SCJsonBuilder*,
                             void*) { happened.emplace_back("record"); },
                          nullptr);
  });
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server("x").time_out();
  EXPECT_THAT(happened, ElementsAre("record", "finish", "Free"));
}

TEST_F(Suricata8, E47_AnEstablishedSessionEndsWithoutFinishEvenWithoutData) {
  load("finishes", [] {
    SCFlowRegisterFinishCallback([](ThreadVars*, Flow*, void*) { happened.emplace_back("finish"); },
                                 nullptr);
  });
  traffic().tcp("10.0.0.1:1025", "10.0.0.2:80").handshake();
  ASSERT_TRUE(stop());
  EXPECT_THAT(happened, IsEmpty());
}

TEST_F(Suricata8, E49_EveCallbacksRunForAFlowsRecordWithoutAPacketAndNotForStatistics) {
  options.stats = true;
  options.config_yaml =
      "outputs:\n  - eve-log:\n      enabled: yes\n      filename: /dev/null\n"
      "      types: [flow, stats]\n";
  load("records", [] {
    SCEveRegisterCallback(
        [](ThreadVars*, const Packet* p, Flow* f, SCJsonBuilder*, void*) {
          happened.emplace_back(p == nullptr && f != nullptr ? "flow" : "other");
        },
        nullptr);
  });
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server("x").time_out();
  ASSERT_TRUE(stop());
  EXPECT_THAT(eve_records("stats"), SizeIs(1));
  EXPECT_THAT(happened, ElementsAre("flow"));
}

TEST_F(Suricata8, E51_LoggingIsReadyInConfigTestModeToo) {
  options.engine = EngineMode::config_test;
  load("waits",
       [] { SCRegisterOnLoggingReady([](void*) { happened.emplace_back("ready"); }, nullptr); });
  ASSERT_TRUE(run());
  EXPECT_THAT(happened, ElementsAre("ready"));
  EXPECT_THAT(summary().threads, IsEmpty());
}

}  // namespace
}  // namespace suricata_8_test
