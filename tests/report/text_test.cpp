// Goal: the text report is complete, easy to read, and ends with the verdict. Method: a hand-made
// summary, and the whole expected text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string text_report(const Summary& summary, const ReportOptions& how = {}) {
  return text_report(summary, Options{}, how);
}

TEST(TextReport, LooksLikeThis) {
  ReportOptions how;
  how.reproduce = "surisim run ./counter.so --seed 1";
  how.directory = "/build/tester";
  how.suppressed = {{"slot-unused", "later", 2}};
  EXPECT_EQ(text_report(sample_summary(), how),
            std::string("surisim ") + version() +
                R"(  Suricata 9.0.0-dev, workers, af-packet on eth0, 4 workers, 2,000 flows, seed 1

counter 1.0  MIT  by A. Tester
  ./counter.so, built for Suricata 9.0.0-dev
  slots      thread counter  id 0
             flow state      id 3
             flow state      refused
  callbacks  thread init     on_thread_init
             flow init

threads  6: W#01-eth0 … W#03-eth0, FM#01, FR#01, CW
  W worker, FM flow manager, FR flow recycler, CW counters' wake-up

callbacks by thread
  thread     thread init  flow init  flow update  flow finish  packets
  W#01-eth0            1        500        9,500           20   10,000
  W#02-eth0            1        500        9,500           20   10,000
  W#03-eth0            1        500        9,500           20   10,000
  FR#01                1          0            0        1,200        0
  FM#01, CW            2          0            0            0        0
  total                6      1,500       28,500        1,260   30,000

values
  counter  thread slot  made 7 on main; freed 6 on main; 1 kept on a command thread, whose storage Suricata never frees (L27)
  state    flow slot    made 1,500 on W#01-eth0 … W#03-eth0; freed 290 on W#01-eth0 … W#03-eth0, 1,200 on FR#01; 4 taken out by the plugin; 6 left at the end

flows  1,500: 900 TCP, 500 UDP, 100 ICMP; 1,000 IPv4, 500 IPv6
  1,000  66.7 %  finish     timed out, on a recycler
    200  13.3 %  finish     at shutdown, on a recycler
     60   4.0 %  finish     taken by a worker under memory pressure
    150  10.0 %  no finish  found timed out by a worker
     50   3.3 %  no finish  TCP reuse
     30   2.0 %  no finish  TCP with data, back to its worker
     10   0.7 %  no finish  backstop of the shutdown
  84.0 % got a finish callback, the others did not (L32)

rates  2.50 M/s flow callbacks, 2.40 M/s packets, in 12.5 ms of traffic; 20.0 ms in all

error  value-overwritten
  slot counter held a value  (1,234 times)
    on W#01-eth0 and FR#01, traffic, in flow init, SCThreadSetStorageById, at counter.so!on_flow_init+0x24 (src/counter.c:42)
    the value was set at counter.so!on_thread_init+0x10 (src/counter.c:30)
  in a real Suricata: Set does not free the value that it replaces: it leaks, each time.

warning  slot-unset
  slot state was read first
    on W#01-eth0, traffic, in flow init, SCThreadSetStorageById, at counter.so!on_flow_init+0x24
  in a real Suricata: Get returns NULL: a crash, or state that is silently lost.

note  value-command-thread
  US keeps a value
    on W#01-eth0, traffic, in flow init, SCThreadSetStorageById, at counter.so!on_flow_init+0x24
  in a real Suricata: One value leaks at exit, for each command thread; Free is not called on it.

suppressed  slot-unused, 2 violations: later

reproduce: surisim run ./counter.so --seed 1

verdict: fail  1 error, 1 warning, 1 note
)");
}

TEST(TextReport, SaysOfEachLoggerHowOftenItRanOrWhyItNeverDid) {
  Summary summary = sample_summary();
  summary.loggers = {{"counter", "flow logger", "flows", "", 1490, ""},
                     {"counter", "tx logger", "queries", "dns", 0, "there are no transactions"}};
  EXPECT_THAT(text_report(summary), HasSubstr(R"(
loggers
  flow logger  flows            1,490  runs
  tx logger    queries  of dns      0  runs
  queries never ran: there are no transactions
)"));
}

TEST(TextReport, CountsTheCallsOfFileTypesAndThreadsThatWereNotJoined) {
  Summary summary = sample_summary();
  EXPECT_THAT(text_report(summary), AllOf(Not(HasSubstr("file types")), Not(HasSubstr("joined"))));
  summary.file_types = {{"counter", "queue", 2, 5, 1490, 5, 2}, {"counter", "idle", 0, 0, 0, 0, 0}};
  summary.plugin_threads = {.started = 4, .joined = 1, .detached = 1, .running = 2};
  EXPECT_THAT(text_report(summary), HasSubstr(R"(
EVE file types
  queue  2 Init, 5 ThreadInit, 1,490 Write, 5 ThreadDeinit, 2 Deinit
  idle   no EVE output uses it

plugins' threads  4 started, 1 joined, 3 never joined (1 detached), 2 still running
)"));
}

TEST(TextReport, AlwaysEndsWithTheVerdict) {
  Summary summary = sample_summary();
  EXPECT_TRUE(text_report(summary).ends_with("\nverdict: fail  1 error, 1 warning, 1 note\n"));
  summary.violations.clear();
  EXPECT_TRUE(text_report(summary).ends_with("\nverdict: pass\n"));
  EXPECT_TRUE(text_report(Summary{}).ends_with("\nverdict: pass\n"));
}

TEST(TextReport, ShowsTheReproducingCommandOnFailureOnly) {
  Summary summary = sample_summary();
  ReportOptions how;
  how.reproduce = "surisim run x.so";
  EXPECT_THAT(text_report(summary, how), HasSubstr("\nreproduce: surisim run x.so\n"));
  summary.violations.clear();
  EXPECT_THAT(text_report(summary, how), Not(HasSubstr("reproduce")));
}

TEST(TextReport, CountsViolationsBelowTheSeverityToShow) {
  ReportOptions how;
  how.show = Severity::error;
  EXPECT_THAT(text_report(sample_summary(), how),
              AllOf(HasSubstr("error  value-overwritten"), Not(HasSubstr("warning  slot-unset")),
                    HasSubstr("2 violations below severity error not shown"),
                    HasSubstr("verdict: fail  1 error, 1 warning, 1 note")));
}

TEST(TextReport, MergesManyWorkersUnlessVerbose) {
  Summary summary = sample_summary();
  summary.threads.clear();
  for (int i = 1; i <= 12; ++i) {
    const std::string name = (i < 10 ? "W#0" : "W#") + std::to_string(i);
    summary.threads.push_back({name, "packet", i, true, 1, 100, 1000, 0, 1100});
  }
  EXPECT_THAT(text_report(summary),
              AllOf(HasSubstr("threads  12: W#01 … W#12\n"),
                    HasSubstr("  W#01 … W#12           12      1,200       12,000"),
                    Not(HasSubstr("\n  W#07 "))));
  ReportOptions how;
  how.verbose = true;
  EXPECT_THAT(text_report(summary, how), AllOf(HasSubstr("\n  W#07 "), HasSubstr("\nphases\n")));
}

TEST(TextReport, CountsAPacketThatAReceiverHandsToAWorkerOnce) {
  Summary summary = sample_summary();
  summary.threads.front().packets = 30'000;
  EXPECT_THAT(text_report(summary), HasSubstr("1,260   30,000\n"));
}

TEST(TextReport, ShowsPhaseTimesWhenVerbose) {
  ReportOptions how;
  how.verbose = true;
  EXPECT_THAT(text_report(sample_summary(), how),
              HasSubstr("\nphases\n  finalize     1 µs\n  traffic   12.5 ms\n"));
  EXPECT_THAT(text_report(sample_summary()), Not(HasSubstr("phases")));
}

TEST(TextReport, QuietHasOnlyViolationsAndTheVerdict) {
  Summary summary = sample_summary();
  ReportOptions how;
  how.quiet = true;
  EXPECT_THAT(text_report(summary, how), StartsWith("error  value-overwritten\n"));
  summary.violations.clear();
  EXPECT_EQ(text_report(summary, how), "verdict: pass\n");
}

TEST(TextReport, SingleHasOneWorkerWhateverNumberIsGiven) {
  Options options;
  options.mode = Mode::single;
  options.threads = 4;
  EXPECT_THAT(text_report(sample_summary(), options, {}),
              HasSubstr("single, pcap-file, 1 worker, "));
}

TEST(TextReport, SaysWhyTheEngineStopped) {
  Summary summary = sample_summary();
  summary.stopped_by = "thread W#02 failed to initialise";
  EXPECT_THAT(text_report(summary), HasSubstr("\nstopped  thread W#02 failed to initialise\n"));
}

TEST(TextReport, HasColorsOnlyIfTheOptionIsSet) {
  ReportOptions how;
  how.color = true;
  EXPECT_THAT(
      text_report(sample_summary(), how),
      AllOf(HasSubstr("\x1b[1;31merror\x1b[0m"), HasSubstr("verdict: \x1b[1;31mfail\x1b[0m")));
  EXPECT_THAT(text_report(sample_summary()), Not(HasSubstr("\x1b")));
}

TEST(TextReport, ReplacesControlCharactersInAPluginsName) {
  Summary summary = sample_summary();
  summary.plugins[0].name = "evil\x1b[2J\nverdict: pass";
  EXPECT_THAT(text_report(summary), HasSubstr("evil?[2J?verdict: pass 1.0"));
}

TEST(TextReport, OfConfigTestSaysWhyThereAreNoThreads) {  // L4
  Options options;
  options.engine = EngineMode::config_test;
  EXPECT_THAT(text_report(Summary{}, options, {}),
              HasSubstr("threads  none: config-test ends before threads are made (L4)"));
}

TEST(TextReport, NamesTheInjectedFault) {  // L14
  Options options;
  options.faults = {{Fault::Kind::thread_init, "W#02"}, {Fault::Kind::kill_while_paused, ""}};
  EXPECT_THAT(text_report(Summary{}, options, {}),
              HasSubstr("seed 1, failing init:W#02, failing paused\n"));
}

TEST(TextReport, SaysWhereInjectedFaultsHit) {
  ReportOptions how;
  how.directory = "/build/tester";
  EXPECT_THAT(text_report(sample_with_faults(), {}, how),
              HasSubstr("injected faults\n"
                        "  set:2      counter, on main, create packet threads, in thread init, at "
                        "counter.so!on_thread_init+0x10 (src/counter.c:30)\n"
                        "  alloc:900  not reached: the run has fewer\n"));
}

TEST(TextReport, SaysWhyAnInjectedFaultWasNotReached) {
  const auto said = [](const std::string& fault, bool quiet) {
    Summary summary;
    summary.faults.resize(2);
    summary.faults[0].fault = fault;
    summary.faults[1].fault = "set:1";
    summary.faults[1].hit = true;
    ReportOptions how;
    how.quiet = quiet;
    return text_report(summary, {}, how);
  };
  for (const bool quiet : {false, true}) {
    EXPECT_THAT(said("register:typo", quiet),
                HasSubstr("register:typo  not reached: no slot of that name was registered\n"));
    EXPECT_THAT(said("spawn:typo", quiet),
                HasSubstr("spawn:typo  not reached: no thread of that name got that far\n"));
    EXPECT_THAT(said("register:9", quiet), HasSubstr("not reached: the run has fewer\n"));
  }
  EXPECT_THAT(said("set:2", true), testing::Not(HasSubstr("set:1")));
}

TEST(Verdict, FailsAtTheGivenSeverityAndAbove) {
  Summary summary;
  EXPECT_EQ(verdict_of(summary, Severity::note), Verdict::pass);
  summary.violations = {violation("slot-unset", Severity::warning, "")};
  EXPECT_EQ(verdict_of(summary, Severity::note), Verdict::fail);
  EXPECT_EQ(verdict_of(summary, Severity::warning), Verdict::fail);
  EXPECT_EQ(verdict_of(summary, Severity::error), Verdict::pass);
}

Inspection sample_inspection() {
  Inspection inspection;
  inspection.plugin = sample_summary().plugins[0];
  inspection.plugin.slots.clear();
  inspection.plugin.callbacks.clear();
  inspection.plugin.loaded = false;
  inspection.has_entry_point = true;
  inspection.needed = {"libc.so.6", "libm.so.6"};
  using Status = ImportedSymbol::Status;
  using Support = ImportedSymbol::Support;
  inspection.imports = {{"SCDatasetAdd", Status::provided, false, Support::unknown},
                        {"SCDetectHelperNewKeywordId", Status::provided, false, Support::accepted},
                        {"SCStorageInit", Status::provided, false, Support::modelled},
                        {"free", Status::system, false, Support::none},
                        {"lost", Status::missing, false, Support::unknown},
                        {"perhaps", Status::missing, true, Support::unknown}};
  return inspection;
}

TEST(TextReportOfAnInspection, LooksLikeThis) {
  Inspection inspection = sample_inspection();
  inspection.problems = {violation("load-failed", Severity::error, "symbol lost is missing")};
  EXPECT_EQ(text_report(inspection, ReportOptions{}), R"(counter 1.0  MIT  by A. Tester
  ./counter.so, built for Suricata 9.0.0-dev
  API version    0x0900
  entry point    SCPluginRegister
  libraries      libc.so.6, libm.so.6
  compared with  Suricata 9.0.0-dev
  imports        3 from Suricata, 1 from the system, 1 missing
    modelled  SCStorageInit
    accepted  SCDetectHelperNewKeywordId
    not here  SCDatasetAdd  (Suricata has it; here it does nothing, and calling it is unsupported-function)
    unknown   lost  (missing: the plugin does not load)

error  load-failed
  symbol lost is missing
    on W#01-eth0, traffic, in flow init, SCThreadSetStorageById, at counter.so!on_flow_init+0x24
  in a real Suricata: Suricata logs a notice and starts without the plugin: it is silently absent.

verdict: fail  1 error
)");
}

TEST(TextReportOfAnInspection, PassesWithoutProblems) {
  EXPECT_TRUE(text_report(sample_inspection(), ReportOptions{}).ends_with("\nverdict: pass\n"));
}

}  // namespace
}  // namespace surisim::test
