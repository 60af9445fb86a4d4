// Goal: a recorded order is read, and compared with a run.
// Method: small texts and hand-written logs; each difference must fail and be named.
#include "order.hpp"

#include <gmock/gmock.h>
#include <suricata/threadvars.h>

#include "../fixtures/fake_log.hpp"

namespace {

using fake::E;
using surisim::EventKind;
using surisim::EventLog;
using namespace surisim::test;
using testing::HasSubstr;

Recording recording(const std::string& text) {
  auto parsed = Recording::parse(text);
  EXPECT_TRUE(parsed) << parsed.error();
  return parsed ? *parsed : Recording();
}

std::string message(const testing::AssertionResult& result) {
  EXPECT_FALSE(result);
  return result.message();
}

// What L7 says: the spawn waits until the thread is initialised.
const char* const kSpawn =
    "main  pthread_create : W#01 type=0 id=1 slots=3 [PAUSE] func\n"
    "W#01  os_thread.start\n"
    "W#01  flag +INIT_DONE : W#01 type=0 id=1 slots=3 [PAUSE] func\n"
    "main  TmThreadAppend : W#01 type=0 id=1 slots=3 [INIT_DONE|PAUSE|PAUSED?] func\n"
    "wait  main pthread_create : W#01  <  W#01 os_thread.start\n"
    "wait  W#01 flag +INIT_DONE  <  main TmThreadAppend : W#01\n";

E create() { return E("main", EventKind::pthread_create).about("W#01").fields(1, 3, THV_PAUSE); }
E start() { return E("W#01", EventKind::os_thread_start); }
E init_done() {
  return E("W#01", EventKind::flag_set, "INIT_DONE").about("W#01").fields(1, 3, THV_PAUSE);
}
E append(std::uint32_t flags = THV_INIT_DONE | THV_PAUSE) {
  return E("main", EventKind::thread_append).about("W#01").fields(1, 3, flags);
}

TEST(OrderLine, IsWrittenAndReadBack) {
  const std::string text = to_string(order_line(append()));
  EXPECT_EQ(text, "main  TmThreadAppend : W#01 type=0 id=1 slots=3 [INIT_DONE|PAUSE] func");
  EXPECT_EQ(to_string(recording(text).lines.at(0)), text);
  const char* const other = "? W#01  flag +PAUSED : W#01 type=0 id=1 slots=3 [INIT_DONE|PAUSE?] t";
  EXPECT_EQ(to_string(recording(other).lines.at(0)), other);
}

TEST(OrderLine, HasTheDetailsOfItsEvent) {
  E slot("main", EventKind::storage_register, "tag");
  slot.storage = "flow";
  EXPECT_EQ(to_string(order_line(slot.valued(3))), "main  SCStorageRegister flow tag -> 3");
  EXPECT_EQ(to_string(order_line(E("main", EventKind::threadvars_alloc).valued(24))),
            "main  ThreadVarsAlloc 24");
  EXPECT_EQ(to_string(order_line(E("main", EventKind::flag_unset, "PAUSE"))), "main  flag -PAUSE");
  EXPECT_EQ(to_string(order_line(E("main", EventKind::thread_value_freed, "slot").made("W#01"))),
            "main  plugin.thread_storage.Free slot made on W#01");
  EXPECT_EQ(to_string(order_line(E("main", EventKind::pthread_join, "W#01"))),
            "main  pthread_join W#01");
}

TEST(RecordingText, KeepsItsProvenance) {
  EXPECT_EQ(recording("# Recorded somewhere.\n# Scenario x.\nmain SCStorageInit\n").provenance,
            "Recorded somewhere.\nScenario x.\n");
}

TEST(RecordingText, NamesTheLineThatIsInvalid) {
  EXPECT_EQ(Recording::parse("main SCStorageInit\n\nmain\n").error(),
            "line 3 is no line of an order: main");
  EXPECT_EQ(Recording::parse("wait main a\n").error(),
            "line 1 is no line of an order: wait main a");
  EXPECT_EQ(Recording::parse("main a : W#01 [PAUSE\n").error(),
            "line 1 is no line of an order: main a : W#01 [PAUSE");
}

TEST(RecordingText, SaysWhenItsFileCannotBeOpened) {
  EXPECT_EQ(Recording::load("no/such/file").error(), "cannot open no/such/file");
}

TEST(Threads, FollowTheSameOrder) {
  EXPECT_TRUE(follows(fake::log({create(), start(), init_done(), append()}), recording(kSpawn)));
}

// The texts are partial orders: events that no thread waits for may come in any order.
TEST(Threads, MayInterleaveInAnyOrder) {
  const auto want = recording("W#01 os_thread.start\nW#02 os_thread.start\n");
  const E other("W#02", EventKind::os_thread_start);
  EXPECT_TRUE(follows(fake::log({start(), other}), want));
  EXPECT_TRUE(follows(fake::log({other, start()}), want));
}

TEST(Threads, FailWithTheMissingEvent) {
  EXPECT_THAT(message(threads_follow(fake::log({create(), start(), append()}), recording(kSpawn))),
              HasSubstr("W#01:\n  - W#01  flag +INIT_DONE : W#01 type=0 id=1 slots=3 [PAUSE] func"
                        "  (after os_thread.start)\n"));
}

TEST(Threads, FailWithTheExtraEvent) {
  EXPECT_THAT(message(threads_follow(fake::log({create(), start(), start(), init_done(), append()}),
                                     recording(kSpawn))),
              HasSubstr("W#01:\n  + W#01  os_thread.start  (after os_thread.start)\n"));
}

TEST(Threads, FailWhenTwoEventsOfOneThreadSwap) {
  EXPECT_FALSE(
      threads_follow(fake::log({create(), init_done(), start(), append()}), recording(kSpawn)));
}

TEST(Threads, FailOnOtherFieldsOfTheThreadVars) {
  const std::string said = message(
      threads_follow(fake::log({create(), start(), init_done().fields(2, 3, THV_PAUSE), append()}),
                     recording(kSpawn)));
  EXPECT_THAT(said,
              HasSubstr("~ recorded W#01  flag +INIT_DONE : W#01 type=0 id=1 slots=3 [PAUSE] func\n"
                        "    run      W#01  flag +INIT_DONE : W#01 type=0 id=2 slots=3 [PAUSE]"));
  E named = init_done();
  named.tv.iface_name_set = true;
  EXPECT_FALSE(threads_follow(fake::log({create(), start(), named, append()}), recording(kSpawn)));
}

TEST(Threads, AcceptAFlagThatMayBeSetAndNoOther) {
  const auto with = [](std::uint32_t flags) {
    return threads_follow(fake::log({create(), start(), init_done(), append(flags)}),
                          recording(kSpawn));
  };
  EXPECT_TRUE(with(THV_INIT_DONE | THV_PAUSE | THV_PAUSED));
  EXPECT_FALSE(with(THV_INIT_DONE | THV_PAUSE | THV_KILL));
  EXPECT_FALSE(with(THV_INIT_DONE));
}

TEST(Threads, MayOmitAnEventThatIsMarkedOptional) {
  const auto want = recording("W#01 os_thread.start\n? W#01 flag +PAUSED\n");
  const E paused = E("W#01", EventKind::flag_set, "PAUSED").about("W#01");
  EXPECT_TRUE(threads_follow(fake::log({start()}), want));
  EXPECT_TRUE(threads_follow(fake::log({start(), paused}), want));
  EXPECT_FALSE(threads_follow(fake::log({start(), paused, paused}), want));
}

TEST(Threads, FailOnAnotherResult) {
  const auto want = recording("main SCStorageFinalize -> 0\n");
  EXPECT_TRUE(threads_follow(fake::log({E("main", EventKind::storage_finalize)}), want));
  EXPECT_FALSE(
      threads_follow(fake::log({E("main", EventKind::storage_finalize).valued(-1)}), want));
}

TEST(Threads, AreComparedWithoutTheEventsOfFlows) {
  const auto want = recording("W#01 os_thread.start\n");
  EXPECT_TRUE(
      threads_follow(fake::log({start(), E("W#01", EventKind::flow_init).of_flow(1),
                                E("FR#01", EventKind::flow_value_freed, "slot").of_flow(1)}),
                     want));
}

TEST(Threads, FailOnOtherArguments) {
  E kill("main", EventKind::enter, "TmThreadKillThreadsFamily");
  kill.detail = "PPT";
  EXPECT_TRUE(
      threads_follow(fake::log({kill}), recording("main TmThreadKillThreadsFamily.enter (PPT)\n")));
  EXPECT_TRUE(
      threads_follow(fake::log({kill}), recording("main TmThreadKillThreadsFamily.enter\n")));
  EXPECT_FALSE(threads_follow(fake::log({kill}),
                              recording("main TmThreadKillThreadsFamily.enter (MGMT)\n")));
}

TEST(Threads, FailWhenOneIsMissingOrExtra) {
  EXPECT_THAT(message(threads_follow(fake::log({create(), append()}), recording(kSpawn))),
              HasSubstr("W#01: no such thread in the run, 2 events recorded"));
  EXPECT_THAT(message(threads_follow(fake::log({create(), start(), init_done(), append(),
                                                E("W#02", EventKind::os_thread_start)}),
                                     recording(kSpawn))),
              HasSubstr("W#02: no such thread in the recording"));
}

TEST(Threads, AreNotComparedInFieldsThatTheTextLeavesOut) {
  const auto want = recording("without * log*\nmain SCStorageInit\n");
  EXPECT_TRUE(threads_follow(
      fake::log({E("main", EventKind::storage_init), E("main", EventKind::log, "hello"),
                 E("FR#01", EventKind::log, "hello")}),
      want));
}

TEST(Threads, AreComparedUpToTheEndOfATextThatStopsEarly) {
  const std::string text = "main SCStorageInit\n";
  const EventLog longer =
      fake::log({E("main", EventKind::storage_init), E("main", EventKind::storage_finalize)});
  EXPECT_FALSE(threads_follow(longer, recording(text)));
  EXPECT_TRUE(threads_follow(longer, recording("prefix\n" + text)));
  EXPECT_FALSE(threads_follow(fake::log({E("main", EventKind::storage_finalize)}),
                              recording("prefix\n" + text)));
}

TEST(Waits, FailWhenOneEventDidNotWaitForTheOther) {
  const auto result =
      waits_follow(fake::log({create(), start(), append(), init_done()}), recording(kSpawn));
  EXPECT_THAT(message(result),
              HasSubstr("W#01 flag +INIT_DONE  <  main TmThreadAppend : W#01: it was the other way "
                        "round, event 3 came before event 4"));
}

TEST(Waits, FailWhenThereIsNothingToCompare) {
  EXPECT_THAT(message(waits_follow(fake::log({create(), start()}), recording(kSpawn))),
              HasSubstr("nothing in the run matches W#01 flag +INIT_DONE"));
}

TEST(Waits, ApplyToEachEventThatAStarMatches) {
  const auto want = recording("wait  W#* os_thread.start  <  main SCStorageFinalize\n");
  const E other("W#02", EventKind::os_thread_start);
  const E done("main", EventKind::storage_finalize);
  EXPECT_TRUE(waits_follow(fake::log({start(), other, done}), want));
  EXPECT_FALSE(waits_follow(fake::log({start(), done, other}), want));
}

TEST(Waits, IgnoreAnOptionalEventThatIsMissing) {
  const auto want = recording(
      "main SCStorageInit\n? W#01 flag -PAUSED\nwait  main SCStorageInit  <  W#01 flag -PAUSED\n");
  EXPECT_TRUE(waits_follow(fake::log({E("main", EventKind::storage_init)}), want));
}

// A flow that a worker starts and a recycler finishes, and one that its worker ends (L31, L32).
std::vector<E> two_flows() {
  return {
      E("W#01", EventKind::flow_init).of_flow(1),
      E("W#01", EventKind::flow_update).of_flow(1),
      E("W#01", EventKind::flow_init).of_flow(2),
      E("W#01", EventKind::flow_update).of_flow(2),
      E("W#01", EventKind::flow_update).of_flow(1),
      E("FR#01", EventKind::flow_finish).of_flow(1),
      E("FR#01", EventKind::flow_cleared).of_flow(1),
      E("FR#01", EventKind::flow_value_freed, "slot").of_flow(1),
      E("W#01", EventKind::flag_set, "FLOW_LOOP").about("W#01"),
      E("W#01", EventKind::flow_cleared).of_flow(2),
      E("W#01", EventKind::flow_value_freed, "slot").of_flow(2),
  };
}

TEST(Flows, HaveTheLivesOfTheText) {
  EXPECT_TRUE(flows_follow(
      fake::log(two_flows()),
      recording("flow  init@W update@W+ finish@FR cleared@FR freed@FR\n"
                "flow  init@W update@W+ cleared@W.FLOW_LOOP freed@W.FLOW_LOOP\n"
                "window  finish a, cleared a, freed a\nwindow  init b, update b, update a\n")));
}

TEST(Flows, FailWithTheLivesThatTheRunHas) {
  const std::string said = message(
      flows_follow(fake::log(two_flows()), recording("flow  init@W update@W+ cleared@W\n")));
  EXPECT_THAT(said, HasSubstr("no flow of the run lives like this: init@W update@W+ cleared@W\n"));
  EXPECT_THAT(said, HasSubstr("the run has init@W update@W+ finish@FR cleared@FR freed@FR\n"));
}

TEST(Flows, DistinguishTheWorkerThatStartedThemFromAnother) {
  auto events = two_flows();
  events[4].os = "W#02";
  EXPECT_TRUE(
      flows_follow(fake::log(events),
                   recording("flow  init@W update@W+ update@W'+ finish@FR cleared@FR freed@FR\n")));
}

TEST(Windows, HaveNoGapsAndDistinguishFlows) {
  EXPECT_FALSE(flows_follow(fake::log(two_flows()), recording("window  init a, finish a\n")));
  EXPECT_FALSE(
      flows_follow(fake::log(two_flows()), recording("window  init a, update a, update a\n")));
  EXPECT_FALSE(flows_follow(fake::log(two_flows()), recording("window  finish a, cleared b\n")));
  EXPECT_FALSE(flows_follow(fake::log(two_flows()), recording("window  init a, update b\n")));
}

// L31: finish sees the recycler's ThreadVars.
TEST(Flows, FailWhenACallbackSeesAnotherThreadVars) {
  const auto want =
      recording("at FR#01 plugin.flow_finish : FR#01 type=0 id=3 slots=1 [RUNNING] func\n");
  const auto finish = [](std::string_view name, int id) {
    return fake::log(
        {E("FR#01", EventKind::flow_finish).of_flow(1).about(name).fields(id, 1, THV_RUNNING)});
  };
  EXPECT_TRUE(flows_follow(finish("FR#01", 3), want));
  EXPECT_THAT(message(flows_follow(finish("W#01", 3), want)), HasSubstr("run      FR#01"));
  EXPECT_FALSE(flows_follow(finish("FR#01", 4), want));
}

TEST(Follows, CollectsAllFailuresAndNamesTheTextsOrigin) {
  const std::string said =
      message(follows(fake::log({create(), append(), start(), init_done()}),
                      recording("# From somewhere.\n" + std::string(kSpawn) + "flow  init@W\n")));
  EXPECT_THAT(said, HasSubstr("the other way round"));
  EXPECT_THAT(said, HasSubstr("no flow of the run"));
  EXPECT_THAT(said, HasSubstr("From somewhere."));
}

}  // namespace
