// Statistics counters that plugins register on their threads and update, in both versions (E32,
// E34). Method: an in-process plugin whose callbacks are the tests'.
#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <pthread.h>
#include <suricata/counters.h>
#include <suricata/flow-callbacks.h>
#include <suricata/thread-callbacks.h>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/host_functions.hpp"

namespace {

using namespace surisim;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class Counters : public fixtures::LifecycleTest {
 protected:
  void SetUp() override {
    load("counters", [this] {
      init();
      SCThreadRegisterInitCallback(
          [](ThreadVars* tv, void* self) { static_cast<Counters*>(self)->thread_init(tv); }, this);
      SCFlowRegisterInitCallback([](ThreadVars* tv, Flow*, const Packet*,
                                    void* self) { static_cast<Counters*>(self)->flow_init(tv); },
                                 this);
    });
  }
  void TearDown() override {
    LifecycleTest::TearDown();
    init = [] {};
  }

  CounterInfo info(const std::string& name) const {
    for (const CounterInfo& one : summary().counters) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no counter " << name;
    return {};
  }

  std::function<void()> init = [] {};
  std::function<void(ThreadVars*)> thread_init = [](ThreadVars*) {};
  std::function<void(ThreadVars*)> flow_init = [](ThreadVars*) {};
};

// 8.0's functions of the same names get a ThreadVars.
StatsThreadContext* in_8_0(ThreadVars* tv) { return reinterpret_cast<StatsThreadContext*>(tv); }

TEST_F(Counters, AreAddedUpOverAllThreads) {
  static StatsCounterId flows;
  thread_init = [](ThreadVars* tv) { flows = StatsRegisterCounter("my.flows", &tv->stats); };
  flow_init = [](ThreadVars* tv) { StatsCounterIncr(&tv->stats, flows); };
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  const CounterInfo all = info("my.flows");
  EXPECT_EQ(all.value, 200);
  EXPECT_EQ(all.kind, "sum");
  std::int64_t sum = 0;
  for (const auto& one : all.threads) sum += one.value;
  EXPECT_EQ(sum, 200);
  // Threads that run one function (CW, CS, HB) have no memory for counters.
  EXPECT_THAT(all.threads, SizeIs(5));
}

TEST_F(Counters, AddUpIn8Too) {
  options.suricata = Suricata::v8_0;
  static std::uint16_t flows;
  thread_init = [](ThreadVars* tv) { flows = StatsRegisterCounter("my.flows", in_8_0(tv)).id; };
  flow_init = [](ThreadVars* tv) { StatsIncr(tv, flows); };
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_EQ(counter("my.flows"), 200);
}

TEST_F(Counters, E34_CountFrom1OnEachThreadAndAKnownNameKeepsItsId) {
  static std::vector<int> ids;
  ids.clear();
  thread_init = [](ThreadVars* tv) {
    for (const char* name : {"a", "b", "a", static_cast<const char*>(nullptr)})
      ids.push_back(StatsRegisterCounter(name, &tv->stats).id);
  };
  options.suricata = Suricata::v9_0;
  options.stats = false;
  options.threads = 1;
  options.command_socket = false;
  ASSERT_TRUE(run());
  // Of W#01, FM#01, FR#01 and HB.
  EXPECT_THAT(ids, ElementsAre(1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0));
}

// An average's second counter counts its updates.
TEST_F(Counters, E34_AnAverageTakesTwoIdsIn9AndOneIn8) {
  static int after;
  thread_init = [](ThreadVars* tv) {
    (void)StatsRegisterAvgCounter("average", &tv->stats);
    after = StatsRegisterCounter("after", &tv->stats).id;
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(after, 3);
}

TEST_F(Counters, E34_AnAverageTakesOneIdIn8) {
  options.suricata = Suricata::v8_0;
  static int after;
  thread_init = [](ThreadVars* tv) {
    (void)StatsRegisterAvgCounter("average", in_8_0(tv));
    after = StatsRegisterCounter("after", in_8_0(tv)).id;
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(after, 2);
}

TEST_F(Counters, AreAveragesMaximaAndQuotients) {
  static StatsCounterAvgId average;
  static StatsCounterMaxId maximum;
  static StatsCounterId sum;
  static StatsCounterId flows;
  thread_init = [](ThreadVars* tv) {
    average = StatsRegisterAvgCounter("average", &tv->stats);
    maximum = StatsRegisterMaxCounter("maximum", &tv->stats);
    sum = StatsRegisterCounter("sum", &tv->stats);
    flows = StatsRegisterCounter("flows", &tv->stats);
    EXPECT_EQ(StatsRegisterDeriveDivCounter("bad", "sum", "none", &tv->stats).id, 0);
    EXPECT_EQ(StatsRegisterDeriveDivCounter("each", "sum", "flows", &tv->stats).id, 1);
  };
  flow_init = [](ThreadVars* tv) {
    StatsCounterIncr(&tv->stats, flows);
    const std::int64_t n = StatsCounterGetLocalValue(&tv->stats, flows);
    StatsCounterAvgAddI64(&tv->stats, average, n % 2 == 0 ? 6 : 4);
    StatsCounterMaxUpdateI64(&tv->stats, maximum, n);
    StatsCounterAddI64(&tv->stats, sum, 8);
    StatsCounterDecr(&tv->stats, sum);
  };
  options.threads = 1;
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_EQ(counter("average"), 5);
  EXPECT_EQ(counter("maximum"), 200);
  EXPECT_EQ(counter("sum"), 1400);
  EXPECT_EQ(counter("each"), 7);
}

TEST_F(Counters, In8SettingRaisesAMaximumAndLeavesAnAverage) {
  options.suricata = Suricata::v8_0;
  options.threads = 1;
  static std::array<std::uint16_t, 3> ids;
  thread_init = [](ThreadVars* tv) {
    ids = {StatsRegisterCounter("sum", in_8_0(tv)).id,
           StatsRegisterMaxCounter("maximum", in_8_0(tv)).id,
           StatsRegisterAvgCounter("average", in_8_0(tv)).id};
  };
  flow_init = [](ThreadVars* tv) {
    for (const std::uint64_t x : {9U, 4U}) {
      for (const std::uint16_t id : ids) StatsSetUI64(tv, id, x);
    }
    EXPECT_EQ(StatsGetLocalCounterValue(tv, ids[0]), 4U);
    EXPECT_EQ(StatsGetLocalCounterValue(tv, ids[1]), 9U);
    EXPECT_EQ(StatsGetLocalCounterValue(tv, ids[2]), 0U);
    StatsAddUI64(tv, ids[0], 3);
    StatsDecr(tv, ids[0]);
    EXPECT_EQ(StatsGetLocalCounterValue(tv, ids[0]), 6U);
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
}

TEST_F(Counters, E34_CannotBeUpdatedIfRegisteredAfterTheThreadWasInitialised) {
  flow_init = [](ThreadVars* tv) {
    StatsCounterIncr(&tv->stats, StatsRegisterCounter("late", &tv->stats));
  };
  ASSERT_TRUE(run());
  const auto found = violations("counter-invalid-id");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].message, HasSubstr("registered after the thread had been initialised"));
  EXPECT_EQ(found[0].count, 200U);
  EXPECT_EQ(found[0].function, "StatsCounterIncr");
}

TEST_F(Counters, CannotBeUpdatedBeforeTheThreadIsInitialisedNorWith0OrUnknownIds) {
  thread_init = [](ThreadVars* tv) {
    StatsCounterIncr(&tv->stats, StatsRegisterCounter("early", &tv->stats));
  };
  flow_init = [](ThreadVars* tv) {
    StatsCounterIncr(&tv->stats, {0});
    StatsCounterIncr(&tv->stats, {77});
  };
  ASSERT_TRUE(run());
  std::vector<std::string> messages;
  for (const Violation& one : violations("counter-invalid-id")) messages.push_back(one.message);
  EXPECT_THAT(messages,
              ElementsAre("StatsCounterIncr called with counter 1, before the thread has been "
                          "initialised",
                          "StatsCounterIncr called with counter 0, which a refused registration "
                          "returns",
                          "StatsCounterIncr called with counter 77, which no counter of this "
                          "thread has"));
}

TEST_F(Counters, AreTheThreadsOwn) {
  static ThreadVars* first;
  first = nullptr;
  thread_init = [](ThreadVars* tv) {
    (void)StatsRegisterCounter("mine", &tv->stats);
    if (std::string(tv->name) == "W#01-eth0") first = tv;
  };
  flow_init = [](ThreadVars* tv) {
    if (tv != first) StatsCounterIncr(&first->stats, {1});
    if (tv == first) StatsCounterIncr(nullptr, {1});
    if (tv == first) std::thread([tv] { StatsCounterIncr(&tv->stats, {1}); }).join();
  };
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("access-foreign-thread"), SizeIs(1));
  EXPECT_THAT(violations("access-invalid-handle"), SizeIs(1));
  EXPECT_THAT(violations("access-unmanaged-thread"), SizeIs(1));
}

TEST_F(Counters, OfTheWholeEngineAreReadOnTheStatisticsThread) {
  static std::string asked_on;
  thread_init = [](ThreadVars*) {
    (void)StatsRegisterGlobalCounter("global", []() -> std::uint64_t {
      char name[16] = "";
      pthread_getname_np(pthread_self(), name, sizeof name);
      asked_on = name;
      return 42;
    });
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_EQ(counter("global"), 42);
  EXPECT_EQ(info("global").kind, "global");
  EXPECT_EQ(asked_on, "CS");
}

TEST_F(Counters, OfTheWholeEngineEndSuricataWhenRegisteredInInit) {
  init = [] { EXPECT_EQ(StatsRegisterGlobalCounter("global", nullptr).id, 0); };
  ASSERT_TRUE(run());
  ASSERT_THAT(violations("process-exit"), SizeIs(1));
  EXPECT_EQ(violations("process-exit")[0].function, "StatsRegisterGlobalCounter");
}

// A plugin's own counters, which belong to no thread.
TEST_F(Counters, CanBeKeptApartFromThreads) {
  thread_init = [](ThreadVars*) {
    static StatsThreadContext mine;
    StatsThreadInit(&mine);
    const StatsCounterId id = StatsRegisterCounter("apart", &mine);
    EXPECT_EQ(StatsSetupPrivate(&mine, "mine"), 0);
    StatsCounterSetI64(&mine, id, 5);
    StatsSyncCounters(&mine);
    StatsThreadCleanup(&mine);
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(clean());
  EXPECT_EQ(info("apart").threads[0].thread, "mine");
  EXPECT_EQ(info("apart").threads[0].value, 5);
}

TEST_F(Counters, InTrafficByHandHaveTheirValuesAtOnce) {
  static StatsCounterId id;
  thread_init = [](ThreadVars* tv) { id = StatsRegisterCounter("flows", &tv->stats); };
  flow_init = [](ThreadVars* tv) { StatsCounterIncr(&tv->stats, id); };
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").on(worker(1)).to_server("x");
  EXPECT_EQ(counter("flows"), 1);
  traffic().udp("10.0.0.1:1026", "10.0.0.2:53").on(worker(2)).to_server("x");
  EXPECT_EQ(counter("flows"), 2);
  EXPECT_NONFATAL_FAILURE((void)counter("flow"), "expected one of: flows");
}

TEST_F(Counters, OfAThreadAloneHaveTheirValuesAtOnce) {
  static StatsCounterId id;
  thread_init = [](ThreadVars* tv) { id = StatsRegisterCounter("flows", &tv->stats); };
  flow_init = [](ThreadVars* tv) { StatsCounterIncr(&tv->stats, id); };
  auto flow = alone().udp("10.0.0.1:1025", "10.0.0.2:53");
  auto thread = alone().thread("W#01").init();
  thread.flow_init(flow, flow.to_server("x"));
  EXPECT_EQ(counter("flows"), 1);
  EXPECT_TRUE(clean());
}

// Dots in names make objects.
TEST_F(Counters, AreInTheStatisticsRecord) {
  static StatsCounterId id;
  thread_init = [](ThreadVars* tv) {
    (void)StatsRegisterCounter("app.second", &tv->stats);
    id = StatsRegisterCounter("app.first.count", &tv->stats);
  };
  flow_init = [](ThreadVars* tv) { StatsCounterIncr(&tv->stats, id); };
  traffic().udp("10.0.0.1:1025", "10.0.0.2:53").to_server("x");
  ASSERT_TRUE(stop());
  const auto records = eve_records("stats");
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_THAT(records[0], HasSubstr(R"("app":{"first":{"count":1},"second":0})"));
}

}  // namespace
