// Facts L5, L6, L7, L8, L9, L10, L11, L12, L13, L14 and L15: how threads are created, released
// and stopped. Method: the event log of whole runs, and what callbacks see.
#include <gmock/gmock.h>
#include <pthread.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

// The fields of a ThreadVars that an init callback sees.
struct Seen {
  std::string name;
  std::uint32_t flags;
  unsigned type;
  int id;
  bool pthread, function, slots, printable, iface;
  pthread_t on;
};

class Threads : public LifecycleTest {
 protected:
  std::vector<Seen> seen;

  void load_looker() {
    load("looker", [this] {
      SCThreadRegisterInitCallback(
          [](ThreadVars* tv, void* self) {
            static_cast<Threads*>(self)->seen.push_back(
                {tv->name, tv->flags, tv->type, tv->id, tv->t != 0, tv->tm_func != nullptr,
                 tv->tm_slots != nullptr, tv->printable_name != nullptr, tv->iface_name != nullptr,
                 pthread_self()});
          },
          this);
    });
  }
  std::vector<std::string> names() {
    std::vector<std::string> result;
    for (const Seen& one : seen) result.push_back(one.name);
    return result;
  }
  // The same without PAUSED: a thread that is released before it checks never pauses (L7).
  std::vector<std::string> sure_flags_of(const std::string& thread) {
    std::vector<std::string> flags = set_flags_of(thread);
    std::erase(flags, "PAUSED");
    return flags;
  }
  // Flags of one thread, in the order in which they were set.
  std::vector<std::string> set_flags_of(const std::string& thread) {
    std::vector<std::string> result;
    for (const Event& e : events()) {
      if (e.kind == EventKind::flag_set && e.tv.name == thread) result.emplace_back(e.what);
    }
    return result;
  }
};

TEST_F(Threads, L5_InitCallbacksRunOnTheCreatingThreadBeforeTheOsThreadExists) {
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_init_callback), "main"));
  EXPECT_THAT(events(), InOrder({event(EventKind::thread_init_callback).about("W#01-eth0"),
                                 event(EventKind::pthread_create).about("W#01-eth0"),
                                 event(EventKind::os_thread_start).on("W#01-eth0")}));
  for (const Seen& one : seen) EXPECT_TRUE(pthread_equal(one.on, pthread_self())) << one.name;
}

TEST_F(Threads, L5_InUnixSocketModeTheCreatingThreadIsUs) {
  options.engine = EngineMode::unix_socket;
  options.mode = Mode::single;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_init_callback).about("W#01"), "US"));
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_init_callback).about("FR#01"), "US"));
  EXPECT_THAT(events(), HappenedOn(event(EventKind::thread_init_callback).about("US"), "main"));
}

TEST_F(Threads, L6_ThreadVarsIsHalfFilledInTheInitCallback) {
  load_looker();
  ASSERT_TRUE(run());
  ASSERT_FALSE(seen.empty());
  for (const Seen& one : seen) {
    EXPECT_EQ(one.flags, THV_PAUSE) << one.name;
    EXPECT_TRUE(one.function) << one.name;
    EXPECT_EQ(one.type, 0u) << one.name;
    EXPECT_EQ(one.id, 0) << one.name;
    EXPECT_FALSE(one.pthread || one.slots || one.printable || one.iface) << one.name;
  }
}

TEST_F(Threads, L6_NamesHaveAtMost15Characters) {
  options.devices = {"averylongdevicename0"};
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), Each(testing::ResultOf([](const std::string& n) { return n.size(); },
                                              testing::Le(15u))));
  EXPECT_THAT(names(), testing::Contains("W#01-aver~name0"));
}

TEST_F(Threads, L7_EachThreadIsInitialisedBeforeTheNextOneIsCreated) {
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), InOrder({event(EventKind::flag_set).on("W#01-eth0").named("INIT_DONE"),
                                 event(EventKind::thread_append).about("W#01-eth0"),
                                 event(EventKind::thread_init_callback).about("W#02-eth0"),
                                 event(EventKind::flag_set).on("W#02-eth0").named("INIT_DONE"),
                                 event(EventKind::thread_init_callback).about("FM#01")}));
}

TEST_F(Threads, L7_DetectLoadersAreReleasedBeforePacketThreadsAreCreated) {
  options.detect_loaders = 1;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(events(),
              InOrder({event(EventKind::flag_unset).about("DL#01").named("PAUSE").on("main"),
                       event(EventKind::thread_init_callback).about("W#01-eth0")}));
  EXPECT_THAT(set_flags_of("US"), testing::Not(testing::Contains("PAUSED")));
}

TEST_F(Threads, L8_CallbacksRunOnceForEveryThreadInRegistrationOrder) {
  std::vector<std::string> calls;
  load("plugin", [&] {
    static const auto note = [](ThreadVars* tv, const char* which, void* to) {
      static_cast<std::vector<std::string>*>(to)->push_back(std::string(tv->name) + " " + which);
    };
    SCThreadRegisterInitCallback([](ThreadVars* tv, void* to) { note(tv, "first", to); }, &calls);
    SCThreadRegisterInitCallback([](ThreadVars* tv, void* to) { note(tv, "second", to); }, &calls);
    SCThreadRegisterInitCallback([](ThreadVars* tv, void* to) { note(tv, "first", to); }, &calls);
  });
  options.mode = Mode::single;
  options.stats = false;
  ASSERT_TRUE(run());
  EXPECT_THAT(calls, ElementsAre("W#01 first", "W#01 second", "W#01 first",     //
                                 "FM#01 first", "FM#01 second", "FM#01 first",  //
                                 "FR#01 first", "FR#01 second", "FR#01 first",  //
                                 "HB first", "HB second", "HB first"));
}

TEST_F(Threads, L8_ACallbackRegisteredInACallbackRunsInTheSamePass) {
  static int late = 0;
  late = 0;
  load("plugin", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars*, void*) {
          if (late == 0) SCThreadRegisterInitCallback([](ThreadVars*, void*) { ++late; }, nullptr);
        },
        nullptr);
  });
  options.mode = Mode::single;
  options.stats = false;
  ASSERT_TRUE(run());
  EXPECT_EQ(late, 4) << "W#01, which had the first callback only, FM#01, FR#01, HB";
  EXPECT_FALSE(violations("callback-registered-late").empty());
}

TEST_F(Threads, L8_ANullCallbackIsReportedAndDoesNotEndTheRun) {
  load("plugin", [] { EXPECT_TRUE(SCThreadRegisterInitCallback(nullptr, nullptr)); });
  ASSERT_TRUE(run());
  EXPECT_EQ(violations("callback-null-function").size(), 1u);
}

TEST_F(Threads, L9_CommandThreadsComeFirstThenPacketThreadsThenManagement) {
  options.detect_loaders = 2;
  options.flow_managers = 2;
  options.flow_recyclers = 2;
  options.bypass_manager = true;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("DL#01", "DL#02", "US", "W#01-eth0", "W#02-eth0", "FM#01",
                                   "FM#02", "FR#01", "FR#02", "FB", "CW", "CS", "HB"));
}

TEST_F(Threads, L9_NoSocketThreadOfflineOrWhenItIsSwitchedOffAndNoStatsThreadsWithoutStats) {
  options.command_socket = false;
  options.stats = false;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("W#01-eth0", "W#02-eth0", "FM#01", "FR#01", "HB"));
}

TEST_F(Threads, L9_TheConfigurationDecidesAboutTheSocketThreadOfflineToo) {
  options.mode = Mode::single;
  options.stats = false;
  options.config_settings = {"unix-command.enabled=yes"};
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("US", "W#01", "FM#01", "FR#01", "HB"));
  EXPECT_EQ(summary().values.size(), 0u);
}

TEST_F(Threads, L9_TheConfigurationSwitchesTheSocketThreadOff) {
  options.stats = false;
  options.config_settings = {"unix-command.enabled=no"};
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("W#01-eth0", "W#02-eth0", "FM#01", "FR#01", "HB"));
}

TEST_F(Threads, L9_NoStatsThreadsIfNothingReadsStatistics) {
  options.mode = Mode::single;
  options.config_yaml =
      "outputs:\n  - eve-log:\n      enabled: yes\n      types: [flow]\n"
      "      filename: /dev/null\n";
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("W#01", "FM#01", "FR#01", "HB"));
  EXPECT_THAT(log_lines(), testing::Contains(HasSubstr("no loggers are active")));
}

TEST_F(Threads, L9_StatsThreadsForAStatsLoggerOrTheCommandSocket) {
  options.mode = Mode::single;
  options.config_yaml = "outputs:\n  - stats:\n      enabled: yes\n";
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("W#01", "FM#01", "FR#01", "CW", "CS", "HB"));
}

TEST_F(Threads, L9_NoStatsThreadsIfTheConfigurationSwitchesThemOff) {
  options.mode = Mode::single;
  options.config_settings = {"stats.enabled=no"};
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("W#01", "FM#01", "FR#01", "HB"));
}

// Like the threads setting of each af-packet interface.
TEST_F(Threads, L10_ADeviceMayHaveItsOwnNumberOfThreads) {
  options.devices = {"eth0=1", "eth1"};
  options.command_socket = false;
  options.stats = false;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("W#01-eth0", "W#01-eth1", "W#02-eth1", "FM#01", "FR#01", "HB"));
  EXPECT_EQ(summary().flows.started, options.traffic.flows);
}

TEST_F(Threads, L10_ADeviceMayHaveItsOwnNumberOfReceivers) {
  options.mode = Mode::autofp;
  options.capture = Capture::af_packet;
  options.devices = {"eth0=2", "eth1"};
  options.command_socket = false;
  options.stats = false;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("RX#01-eth0", "RX#02-eth0", "RX#01-eth1", "W#01", "W#02",
                                   "FM#01", "FR#01", "HB"));
}

// Nothing but US is ever created, and its value is left behind (L27).
TEST_F(Threads, L28_AnIdleUnixSocketHasOneThread) {
  options.engine = EngineMode::unix_socket;
  options.mode = Mode::single;
  options.lifecycles = 0;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(names(), ElementsAre("US"));
  EXPECT_EQ(summary().lifecycles, 0u);
  EXPECT_EQ(summary().flows.started, 0u);
}

struct ModeCase {
  Mode mode;
  std::optional<Capture> capture;
  std::vector<std::string> devices;
  std::uint32_t receivers;
  std::vector<std::string> packet_threads;
};

class PacketThreads : public Threads, public testing::WithParamInterface<ModeCase> {};

TEST_P(PacketThreads, L10_HaveTheNamesOfTheirMode) {
  options.mode = GetParam().mode;
  options.capture = GetParam().capture;
  options.devices = GetParam().devices;
  options.receive_threads = GetParam().receivers;
  options.command_socket = false;
  load_looker();
  ASSERT_TRUE(run());
  std::vector<std::string> packet_threads = names();
  packet_threads.erase(std::find(packet_threads.begin(), packet_threads.end(), "FM#01"),
                       packet_threads.end());
  EXPECT_EQ(packet_threads, GetParam().packet_threads);
  EXPECT_EQ(summary().flows.started, options.traffic.flows);
}
INSTANTIATE_TEST_SUITE_P(
    Modes, PacketThreads,
    testing::Values(
        ModeCase{Mode::single, {}, {"eth0"}, 1, {"W#01"}},
        ModeCase{Mode::autofp, {}, {"eth0"}, 1, {"RX#01", "W#01", "W#02"}},
        ModeCase{Mode::workers, {}, {"eth0"}, 1, {"W#01-eth0", "W#02-eth0"}},
        ModeCase{Mode::workers,
                 {},
                 {"eth0", "eth1"},
                 1,
                 {"W#01-eth0", "W#02-eth0", "W#01-eth1", "W#02-eth1"}},
        ModeCase{Mode::single, Capture::af_packet, {"eth0"}, 1, {"W#01-eth0"}},
        ModeCase{Mode::autofp, Capture::af_packet, {"eth0"}, 2, {"RX#01", "RX#02", "W#01", "W#02"}},
        ModeCase{Mode::autofp,
                 Capture::af_packet,
                 {"eth0", "eth1"},
                 1,
                 {"RX#01-eth0", "RX#01-eth1", "W#01", "W#02"}},
        ModeCase{Mode::autofp, Capture::pcap_live, {"eth0"}, 1, {"RX#01-eth0", "W#01", "W#02"}}));

TEST_F(Threads, L10_AutofpFromAPcapFileHasAtMost1024Workers) {
  options.mode = Mode::autofp;
  options.threads = 1025;
  const auto runtime = Runtime::create(options);
  ASSERT_FALSE(runtime);
  EXPECT_THAT(runtime.error().message, HasSubstr("1 to 1024"));
}

TEST_F(Threads, L11_PacketThreadsAreType0ManagementThreads1CommandThreads2) {
  options.detect_loaders = 1;
  options.bypass_manager = true;
  load_looker();
  ASSERT_TRUE(run());
  for (const Event& e : events()) {
    if (e.kind != EventKind::thread_append) continue;
    const std::string name(e.tv.name);
    const int expected = name[0] == 'W' ? 0 : name == "US" || name[0] == 'D' ? 2 : 1;
    EXPECT_EQ(e.tv.type, expected) << name;
  }
}

TEST_F(Threads, L12_ThreadsStartPausedAndAreReleasedTogetherPacketThreadsFirst) {
  load_looker();
  ASSERT_TRUE(run());
  std::vector<std::string> released;
  for (const Event& e : events()) {
    if (e.kind == EventKind::flag_unset && e.what == "PAUSE") released.emplace_back(e.tv.name);
  }
  EXPECT_THAT(released,
              ElementsAre("W#01-eth0", "W#02-eth0", "FM#01", "FR#01", "CW", "CS", "HB", "US"));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::thread_append),
                                      event(EventKind::flag_unset).named("PAUSE")));
  EXPECT_THAT(events(), HappensBefore(event(EventKind::flag_unset).named("PAUSE"),
                                      exit_of("TmThreadWaitOnThreadRunning")));
}

TEST_F(Threads, L13_FlagsOfACapturingWorker) {
  load_looker();
  ASSERT_TRUE(run());
  std::vector<std::string> flags = sure_flags_of("W#01-eth0");
  // It enters the flow loop by itself or on request, whichever comes first.
  const auto request = std::find(flags.begin(), flags.end(), "REQ_FLOW_LOOP");
  ASSERT_NE(request, flags.end());
  flags.erase(request);
  EXPECT_THAT(flags, ElementsAre("PAUSE", "INIT_DONE", "RUNNING", "FLOW_LOOP", "KILL",
                                 "RUNNING_DONE", "DEINIT", "CLOSED", "DEAD"));
}

TEST_F(Threads, L13_AQueueFedWorkerIsRunningBeforeItPauses) {
  options.mode = Mode::autofp;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(sure_flags_of("W#01"),
              ElementsAre("PAUSE", "INIT_DONE|RUNNING", "REQ_FLOW_LOOP", "FLOW_LOOP", "KILL",
                          "RUNNING_DONE", "DEINIT", "CLOSED", "DEAD"));
}

TEST_F(Threads, L13_ThreadsWithoutFlowWorkAreDoneBeforeTheyAreKilled) {
  options.mode = Mode::autofp;
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), InOrder({event(EventKind::flag_set).about("RX#01").named("RUNNING_DONE"),
                                 event(EventKind::flag_set).about("RX#01").named("KILL")}));
}

TEST_F(Threads, L13_ManagementThreadsAreInitialisedFirstAndRunningBeforeTheyPause) {
  load_looker();
  ASSERT_TRUE(run());
  EXPECT_THAT(sure_flags_of("FR#01"), ElementsAre("PAUSE", "INIT_DONE", "RUNNING", "KILL",
                                                  "RUNNING_DONE", "DEINIT", "CLOSED", "DEAD"));
  EXPECT_THAT(sure_flags_of("HB"), ElementsAre("PAUSE", "INIT_DONE|RUNNING", "KILL", "DEINIT",
                                               "RUNNING_DONE", "CLOSED", "DEAD"));
}

TEST_F(Threads, L14_AFailingInitStillCreatesAllLaterThreadsAndThenTheEngineRefusesToStart) {
  static std::atomic<int> freed{0};
  freed = 0;
  static SCThreadStorageId slot;
  static char value;
  load("plugin", [] {
    slot = SCThreadStorageRegister("slot", [](void*) { ++freed; });
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot, &value); }, nullptr);
  });
  options.faults = {{Fault::Kind::thread_init, "W#01-eth0"}};
  const testing::AssertionResult result = run();
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("W#01-eth0 failed to initialise"));
  EXPECT_THAT(set_flags_of("W#01-eth0"), ElementsAre("PAUSE", "CLOSED|RUNNING_DONE"));
  EXPECT_THAT(
      events(),
      InOrder({event(EventKind::flag_set).about("W#01-eth0").named("CLOSED|RUNNING_DONE"),
               event(EventKind::thread_append).about("W#01-eth0"),
               event(EventKind::thread_init_callback).about("W#02-eth0"),
               event(EventKind::thread_init_callback).about("HB"), event(EventKind::fatal)}));
  EXPECT_EQ(freed, 0) << "the engine exits and calls no Free";
  EXPECT_EQ(summary().stopped_by,
            "thread W#01-eth0 failed to initialise: the engine refuses to start");
}

TEST_F(Threads, L14_ARunningThreadThatFailsIsFatalAndNothingIsFreed) {
  static std::atomic<int> freed{0};
  freed = 0;
  static SCThreadStorageId slot;
  static char value;
  load("plugin", [] {
    slot = SCThreadStorageRegister("slot", [](void*) { ++freed; });
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot, &value); }, nullptr);
  });
  options.faults = {{Fault::Kind::thread_run, "W#02-eth0"}};
  EXPECT_FALSE(run());
  EXPECT_THAT(events(), InOrder({event(EventKind::flag_set).on("W#02-eth0").named("RUNNING"),
                                 event(EventKind::flag_set).on("W#02-eth0").named("FAILED"),
                                 event(EventKind::fatal)}));
  EXPECT_EQ(freed, 0);
  const FlowSummary flows = summary().flows;
  EXPECT_GT(flows.lost_by_exit, 0u) << "the flow that was open";
  EXPECT_EQ(flows.started, flows.with_finish() + flows.without_finish());
}

TEST_F(Threads, L14_KilledWhilePausedAThreadSkipsItsLoopAndKeepsPauseAndPaused) {
  options.faults = {{Fault::Kind::kill_while_paused, ""}};
  static std::atomic<int> freed{0};
  static SCThreadStorageId slot;
  static char value;
  freed = 0;
  load("plugin", [] {
    slot = SCThreadStorageRegister("slot", [](void*) { ++freed; });
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot, &value); }, nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(set_flags_of("W#01-eth0"),
              ElementsAre("PAUSE", "INIT_DONE", "PAUSED", "KILL", "DEINIT", "FLOW_LOOP",
                          "RUNNING_DONE", "CLOSED", "DEAD"));
  EXPECT_THAT(events(), HasNo(event(EventKind::flag_unset).named("PAUSE")));
  EXPECT_EQ(summary().packets, 0u);
  EXPECT_EQ(freed, 7) << "W, W, FM, FR, CW, CS, HB; US is a command thread (L27)";
}

TEST_F(Threads, L15_TheLimitsAreThoseOfSuricata) {
  EXPECT_EQ(Limits{}.initialised_ms, 120'000u);
  EXPECT_EQ(Limits{}.running_ms, 60'000u);
  EXPECT_EQ(Limits{}.stop_managers_ms, 60'000u);
  EXPECT_EQ(Limits{}.flow_loop_ms, 60'000u);
  EXPECT_EQ(Limits{}.drain_ms, 60'000u);
  EXPECT_EQ(Limits{}.kill_ms, 60'000u);
  EXPECT_EQ(Limits{}.stop_recyclers_ms, 60'000u);
}

TEST_F(Threads, L15_AWorkerThatDoesNotStopInTimeIsFatalAfterDrainingHasOnlyWarned) {
  // A flow's Free keeps its worker busy until the engine has given up; DEINIT is set only then.
  static std::atomic<ThreadVars*> worker{nullptr};
  static SCFlowStorageId slot;
  static char value;
  worker = nullptr;
  load("plugin", [] {
    slot = SCFlowStorageRegister("slot", [](void*) {
      ThreadVars* const tv = worker.load();
      if (tv == nullptr || (std::atomic_ref(tv->flags).load() & THV_FLOW_LOOP) == 0) return;
      while ((std::atomic_ref(tv->flags).load() & THV_DEINIT) == 0) std::this_thread::yield();
    });
    SCFlowRegisterInitCallback(
        [](ThreadVars* tv, Flow* f, const Packet*, void*) {
          worker = tv;
          SCFlowSetStorageById(f, slot, &value);
        },
        nullptr);
  });
  options.mode = Mode::single;
  options.limits.drain_ms = options.limits.kill_ms = 0;
  options.traffic.ends.backstop = 0;
  const testing::AssertionResult result = run();
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("W#01 did not stop in time"));
  EXPECT_THAT(events(), InOrder({event(EventKind::log).on("main"),
                                 event(EventKind::flag_set).about("W#01").named("KILL"),
                                 event(EventKind::fatal)}));
}

}  // namespace
