// Loggers that plugins register, facts L2, L32, L33 and T15. Method: event logs of whole runs, and
// the loggers' own counters.
#include <gmock/gmock.h>
#include <suricata/detect-engine-register.h>
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/suricata-plugin.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using testing::UnorderedElementsAre;

std::atomic<std::uint64_t> flows_logged{0};
std::atomic<std::uint64_t> packets_logged{0};
std::atomic<std::uint64_t> without_flow{0};

TmEcode make_data(ThreadVars*, const void* initdata, void** data) {
  *data = const_cast<void*>(initdata);
  return TM_ECODE_OK;
}
TmEcode drop_data(ThreadVars*, void*) { return TM_ECODE_OK; }

int log_flow(ThreadVars*, void*, Flow*) {
  ++flows_logged;
  return 0;
}

int log_packet(ThreadVars*, void*, const Packet* packet) {
  ++packets_logged;
  if (packet->flow == nullptr) ++without_flow;
  return 0;
}
bool every_packet(ThreadVars*, void*, const Packet*) { return true; }

int log_transaction(ThreadVars*, void*, const Packet*, Flow*, void*, void*, uint64_t) { return 0; }

void register_loggers(void*) {
  SCOutputRegisterFlowLogger("flows", log_flow, nullptr, make_data, drop_data);
  SCOutputRegisterPacketLogger(LOGGER_USER, "packets", log_packet, every_packet, nullptr, make_data,
                               drop_data);
}

class Loggers : public LifecycleTest {
 protected:
  Loggers() {
    flows_logged = packets_logged = without_flow = 0;
    load("loggers", [] { SCRegisterOnLoggingReady(register_loggers, nullptr); });
  }

  std::map<std::string, int> per_thread(EventKind kind, const std::string& what) {
    std::map<std::string, int> counts;
    for (const Event& e : events()) {
      if (e.kind == kind && e.what == what) ++counts[std::string(e.os)];
    }
    return counts;
  }
};

TEST_F(Loggers, L2_OnLoggingReadyRunsOnMainAfterFinalizeAndBeforeAnyThreadIsCreated) {
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), HappenedOn(event(EventKind::logging_ready), "main"));
  EXPECT_THAT(events(),
              InOrder({event(EventKind::storage_finalize), exit_of("RunModeInitializeOutputs"),
                       event(EventKind::logging_ready), event(EventKind::threadvars_alloc)}));
}

// Once for the decoder, once for the flow worker's decoder data, once for the flow worker itself.
TEST_F(Loggers, InitRunsThreeTimesOnACapturingWorkerAndOnceOnARecycler) {
  ASSERT_TRUE(run());
  for (const EventKind kind : {EventKind::logger_thread_init, EventKind::logger_thread_deinit}) {
    EXPECT_THAT(per_thread(kind, "flow_logger"),
                UnorderedElementsAre(testing::Pair("W#01-eth0", 3), testing::Pair("W#02-eth0", 3),
                                     testing::Pair("FR#01", 1)));
  }
}

TEST_F(Loggers, InAutofpInitRunsOnceOnTheReceiverAndTwiceOnAWorker) {
  options.mode = Mode::autofp;
  ASSERT_TRUE(run());
  EXPECT_THAT(per_thread(EventKind::logger_thread_init, "flow_logger"),
              UnorderedElementsAre(testing::Pair("RX#01", 1), testing::Pair("W#01", 2),
                                   testing::Pair("W#02", 2), testing::Pair("FR#01", 1)));
}

TEST_F(Loggers, InitRunsBeforeTheThreadIsInitialisedAndDeinitAfterItsLoop) {
  ASSERT_TRUE(run());
  const auto on = [](EventKind kind) { return event(kind).on("FR#01"); };
  EXPECT_THAT(events(), InOrder({on(EventKind::os_thread_start), on(EventKind::logger_thread_init),
                                 on(EventKind::flag_set).named("INIT_DONE"),
                                 on(EventKind::flag_set).named("RUNNING_DONE"),
                                 event(EventKind::flag_set).named("DEINIT").about("FR#01"),
                                 on(EventKind::logger_thread_deinit),
                                 on(EventKind::flag_set).named("CLOSED")}));
}

TEST_F(Loggers, L32_T15_TheFlowLoggerRunsForEveryFlowExceptThoseOfTheBackstop) {
  options.traffic.flows = 2000;
  ASSERT_TRUE(run());
  const FlowSummary flows = summary().flows;
  EXPECT_GT(flows.without_finish(), flows.ended_by_backstop);
  EXPECT_EQ(flows_logged, flows.started - flows.ended_by_backstop);
}

TEST_F(Loggers, L33_TheFlowLoggerComesBeforeFinishAndFree) {
  ASSERT_TRUE(run());
  std::map<std::uint64_t, EventKind> last;  // by flow
  std::size_t finished = 0;
  for (const Event& e : events()) {
    if (e.kind == EventKind::flow_finish) {
      EXPECT_EQ(last[e.flow.flow], EventKind::logger_run) << e.flow.flow;
      ++finished;
    }
    if (e.has_flow) last[e.flow.flow] = e.kind;
  }
  EXPECT_GT(finished, 0u);
}

std::atomic<std::uint64_t> flows_by_flags[256];

// Flow.flow_end_flags, as FlowManager, FlowGetNew, the bucket's owner and the clean-up set them.
TEST_F(Loggers, L32_AFlowLoggerLearnsWhyTheFlowEnds) {
  for (auto& count : flows_by_flags) count = 0;
  options.traffic.flows = 2000;
  load("reasons", [] {
    SCOutputRegisterFlowLogger(
        "reasons",
        [](ThreadVars*, void*, Flow* flow) {
          ++flows_by_flags[flow->flow_end_flags];
          return 0;
        },
        nullptr, nullptr, nullptr);
  });
  ASSERT_TRUE(run());
  const FlowSummary flows = summary().flows;
  const auto with = [](int flags) { return flows_by_flags[flags].load(); };
  EXPECT_EQ(with(FLOW_END_FLAG_TIMEOUT),
            flows.finished_by_recycler + flows.ended_in_bucket + flows.ended_handed_back);
  EXPECT_EQ(with(FLOW_END_FLAG_FORCED | FLOW_END_FLAG_EMERGENCY), flows.finished_by_worker);
  EXPECT_EQ(with(FLOW_END_FLAG_TCPREUSE | FLOW_END_FLAG_TIMEOUT), flows.ended_by_reuse);
  EXPECT_EQ(with(FLOW_END_FLAG_SHUTDOWN), flows.finished_at_shutdown);
  EXPECT_EQ(with(FLOW_END_FLAG_SHUTDOWN | FLOW_END_FLAG_TIMEOUT), flows.ended_at_shutdown);
  EXPECT_GT(flows.ended_at_shutdown, 0u);
}

TEST_F(Loggers, T15_ThePacketLoggerIsNotCalledUnlessOneOfSuricatasOwnIsEnabled) {
  ASSERT_TRUE(run());
  EXPECT_EQ(packets_logged, 0u);
  EXPECT_THAT(per_thread(EventKind::logger_thread_init, "packet_logger"), testing::IsEmpty());
}

// Two pseudo packets for each TCP flow with data that its worker ends.
std::uint64_t packets_for_loggers(const Summary& summary) {
  return summary.packets + 2 * (summary.flows.ended_handed_back + summary.flows.ended_at_shutdown);
}

TEST_F(Loggers, WithEveThePacketLoggerRunsForEveryPacketWithAFlowOrWithout) {
  options.eve.file = "/dev/null";
  options.traffic.no_flow = 0.1;
  options.traffic.ends.bucket = 0;
  ASSERT_TRUE(run());
  EXPECT_GT(summary().flows.ended_handed_back, 0u);
  EXPECT_EQ(packets_logged, packets_for_loggers(summary()));
  EXPECT_EQ(without_flow, summary().packets_no_flow);
  EXPECT_GT(without_flow, 0u);
}

// RunModeShutDown frees the list, and on-logging-ready runs once per process.
TEST_F(Loggers, L28_DoNotExistInTheSecondLifecycleOfUnixSocketMode) {
  options.engine = EngineMode::unix_socket;
  options.mode = Mode::autofp;
  options.lifecycles = 2;
  ASSERT_TRUE(run());
  EXPECT_THAT(events(), HasCount(event(EventKind::logging_ready), 1));
  EXPECT_THAT(events(), Has(event(EventKind::logger_run).lifecycle(1)));
  EXPECT_THAT(events(), HasNo(event(EventKind::logger_run).lifecycle(2)));
}

void* seen_by_first = nullptr;

int note_data(ThreadVars*, void* data, Flow*) {
  seen_by_first = data;
  return 0;
}

// As in Suricata, which walks two lists in parallel: a trap for plugins.
TEST_F(LifecycleTest, ALoggerWithoutThreadInitGetsTheDataOfTheNextOne) {
  static char second;
  flows_logged = 0;
  seen_by_first = nullptr;
  options.threads = 1;
  load("two", [] {
    SCRegisterOnLoggingReady(
        [](void*) {
          SCOutputRegisterFlowLogger("first", note_data, nullptr, nullptr, nullptr);
          SCOutputRegisterFlowLogger("second", log_flow, &second, make_data, drop_data);
        },
        nullptr);
  });
  options.traffic.ends = {.recycler = 1, .pressure = 0, .bucket = 0, .reuse = 0, .handed_back = 0};
  options.traffic.udp = 1;
  options.traffic.icmp = 0;
  ASSERT_TRUE(run());
  EXPECT_EQ(seen_by_first, &second);
  EXPECT_EQ(flows_logged, 0u);
}

// Suricata's loggers become active while outputs are set up: only earlier registrations count.
TEST_F(Loggers, T15_APacketLoggerOfInitRunsWithoutEveIfTheConfigurationHasOutputs) {
  options.config_settings = {"outputs.0=eve-log", "outputs.0.eve-log.enabled=no"};
  load("early", [] { register_loggers(nullptr); });
  options.traffic.ends.bucket = 0;
  ASSERT_TRUE(run());
  EXPECT_EQ(packets_logged, 2 * packets_for_loggers(summary()))
      << "and with it the one of on-logging-ready";
}

TEST_F(Loggers, T15_APacketLoggerOfInitDoesNotRunWithoutOutputsInTheConfiguration) {
  load("early", [] { register_loggers(nullptr); });
  ASSERT_TRUE(run());
  EXPECT_EQ(packets_logged, 0u);
}

std::string order;  // 1: a logger of Init, E: EVE's record, 2: a logger of on-logging-ready

int note_early_flow(ThreadVars*, void*, Flow*) {
  order += '1';
  return 0;
}
int note_late_flow(ThreadVars*, void*, Flow*) {
  order += '2';
  return 0;
}
int note_early_packet(ThreadVars*, void*, const Packet*) {
  order += '1';
  return 0;
}
int note_late_packet(ThreadVars*, void*, const Packet*) {
  order += '2';
  return 0;
}

// One list in the order of registration; Suricata's own loggers register between the two.
TEST_F(LifecycleTest, LoggersOfInitRunBeforeEveAndThoseOfOnLoggingReadyAfterIt) {
  order.clear();
  options.threads = 1;
  options.eve.file = "/dev/null";
  options.traffic.flows = 1;
  options.traffic.ends.backstop = 0;
  load("flows", [] {
    SCOutputRegisterFlowLogger("early", note_early_flow, nullptr, make_data, drop_data);
    SCEveRegisterCallback(
        [](ThreadVars*, const Packet*, Flow* flow, SCJsonBuilder*, void*) {
          if (flow != nullptr) order += 'E';
        },
        nullptr);
    SCRegisterOnLoggingReady(
        [](void*) {
          SCOutputRegisterFlowLogger("late", note_late_flow, nullptr, make_data, drop_data);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(order, "1E2");
}

// In threaded mode JsonFlowLogger's thread init makes a thread's data of a file type.
TEST_F(LifecycleTest, LoggersOfInitAreInitialisedBeforeEveAndThoseOfOnLoggingReadyAfterIt) {
  options.threads = 1;
  options.eve.filetype = "theirs";
  options.eve.threaded = true;
  load("flows", [] {
    static SCEveFileType type = {
        "theirs",
        [](const SCConfNode*, const bool, void**) { return 0; },
        [](const void*, const ThreadId, void**) { return 0; },
        [](const char*, const int, const void*, void*) { return 0; },
        [](const void*, void*) {},
        [](void*) {},
        {},
    };
    SCRegisterEveFileType(&type);
    SCOutputRegisterFlowLogger("early", log_flow, nullptr, make_data, drop_data);
    SCRegisterOnLoggingReady(
        [](void*) { SCOutputRegisterFlowLogger("late", log_flow, nullptr, make_data, drop_data); },
        nullptr);
  });
  ASSERT_TRUE(run());
  std::vector<std::string> inits;
  for (const Event& e : events()) {
    if (e.os != "FR#01") continue;
    if (e.kind == EventKind::logger_thread_init) inits.emplace_back(e.detail);
    if (e.kind == EventKind::eve_filetype) inits.emplace_back(e.what);
  }
  EXPECT_THAT(inits, testing::ElementsAre("early", "thread_init", "late"));
}

TEST_F(LifecycleTest, PacketLoggersOfInitRunBeforeEveAndThoseOfOnLoggingReadyAfterIt) {
  order.clear();
  options.threads = 1;
  options.eve.file = "/dev/null";
  options.traffic.flows = 1;
  options.traffic.alerts = 1;
  load("packets", [] {
    SCOutputRegisterPacketLogger(LOGGER_USER, "early", note_early_packet, every_packet, nullptr,
                                 make_data, drop_data);
    SCEveRegisterCallback(
        [](ThreadVars*, const Packet* packet, Flow*, SCJsonBuilder*, void*) {
          if (packet != nullptr) order += 'E';
        },
        nullptr);
    SCRegisterOnLoggingReady(
        [](void*) {
          SCOutputRegisterPacketLogger(LOGGER_USER, "late", note_late_packet, every_packet, nullptr,
                                       make_data, drop_data);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  std::string expected;
  for (std::uint64_t i = 0; i < summary().packets; ++i) expected += "1E2";
  EXPECT_EQ(order, expected);
}

TEST_F(Loggers, L2_ANullOnLoggingReadyCallbackIsSkipped) {
  load("null", [] { EXPECT_EQ(SCRegisterOnLoggingReady(nullptr, nullptr), 0); });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("callback-null-function"), testing::IsEmpty());
  EXPECT_GT(flows_logged, 0u);
}

TEST_F(LifecycleTest, ARegistrationBearsItsOwnNameInTheEventLog) {
  load("registrar", [] {
    static SCEveFileType file_type{"registrar", nullptr, nullptr, nullptr, nullptr, nullptr, {}};
    static SCAppLayerPlugin protocol{"registrar", [] {}, [] {}, nullptr, nullptr, 0, nullptr};
    SCRegisterEveFileType(&file_type);
    SCEveRegisterCallback([](ThreadVars*, const Packet*, Flow*, SCJsonBuilder*, void*) {}, nullptr);
    SCPluginRegisterAppLayer(&protocol);
    SCSigTablePreRegister([] {});
    SCRegisterOnLoggingReady([](void*) {}, nullptr);
    SCOutputRegisterPacketLogger(
        LOGGER_USER, "registrar", [](ThreadVars*, void*, const Packet*) { return 0; },
        [](ThreadVars*, void*, const Packet*) { return false; }, nullptr, nullptr, nullptr);
    SCOutputRegisterFlowLogger(
        "registrar", [](ThreadVars*, void*, Flow*) { return 0; }, nullptr, nullptr, nullptr);
    SCOutputRegisterTxLogger(LOGGER_USER, "registrar", ALPROTO_TLS, log_transaction, nullptr, -1,
                             -1, nullptr, nullptr, nullptr);
    SCOutputRegisterTxLoggerForSubState(LOGGER_USER, "registrar", ALPROTO_TLS, 1, log_transaction,
                                        nullptr, -1, -1, nullptr, nullptr, nullptr);
  });
  ASSERT_TRUE(run());
  std::vector<std::string> names;
  for (const Event& e : events()) {
    if (e.kind == EventKind::callback_registered) names.push_back(name_of(e));
  }
  EXPECT_THAT(names, testing::ElementsAre("SCRegisterEveFileType", "SCEveRegisterCallback",
                                          "SCPluginRegisterAppLayer", "SCSigTablePreRegister",
                                          "SCSigTablePreRegister", "SCRegisterOnLoggingReady",
                                          "SCOutputRegisterPacketLogger",
                                          "SCOutputRegisterFlowLogger", "SCOutputRegisterTxLogger",
                                          "SCOutputRegisterTxLoggerForSubState"));
}

TEST_F(LifecycleTest, ANullTxLoggerOfASubStateIsReportedUnderItsOwnFunction) {
  load("null", [] {
    SCOutputRegisterTxLoggerForSubState(LOGGER_USER, "null", ALPROTO_TLS, 1, nullptr, nullptr, -1,
                                        -1, nullptr, nullptr, nullptr);
    SCSigTablePreRegister(nullptr);
  });
  ASSERT_TRUE(run());
  const auto found = violations("callback-null-function");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].function, "SCOutputRegisterTxLoggerForSubState");
  EXPECT_EQ(found[1].function, "SCSigTablePreRegister");
}

TEST_F(LifecycleTest, ALoggerThatIsNullIsAViolation) {
  load("null", [] { SCOutputRegisterFlowLogger("null", nullptr, nullptr, nullptr, nullptr); });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("callback-null-function"), testing::SizeIs(1));
}

void register_tx_loggers(void*) {
  SCOutputRegisterTxLogger(LOGGER_USER, "of tls", ALPROTO_TLS, log_transaction, nullptr, -1, -1,
                           nullptr, make_data, drop_data);
  SCOutputRegisterTxLogger(LOGGER_USER, "of smtp", ALPROTO_SMTP, log_transaction, nullptr, -1, -1,
                           nullptr, make_data, drop_data);
}

class TxLoggers : public Loggers {
 protected:
  TxLoggers() {
    load("tx loggers", [] { SCRegisterOnLoggingReady(register_tx_loggers, nullptr); });
  }
};

// OutputTxLogThreadInit, by protocol. EVE's anomaly logger is one of Suricata's own such loggers.
TEST_F(TxLoggers, WithEveTheyAreInitialisedByProtocolOnWorkersOnly) {
  options.eve.file = "/dev/null";
  ASSERT_TRUE(run());
  for (const EventKind kind : {EventKind::logger_thread_init, EventKind::logger_thread_deinit}) {
    EXPECT_THAT(per_thread(kind, "tx_logger"),
                UnorderedElementsAre(testing::Pair("W#01-eth0", 2), testing::Pair("W#02-eth0", 2)));
  }
  std::vector<std::string> names;
  for (const Event& e : events()) {
    if (e.kind == EventKind::logger_thread_init && e.what == "tx_logger" && e.os == "W#01-eth0")
      names.emplace_back(e.detail);
  }
  EXPECT_THAT(names, testing::ElementsAre("of smtp", "of tls"));
}

// T15: FlowWorkerThreadInit and FlowWorkerThreadDeinit. The capturing module's decoder is first.
TEST_F(TxLoggers, T15_AWorkersLoggersOfAllKindsBeginAndEndInSuricatasOrder) {
  options.eve.file = "/dev/null";
  ASSERT_TRUE(run());
  std::vector<std::string> begun;
  std::vector<std::string> ended;
  for (const Event& e : events()) {
    if (e.os != "W#01-eth0") continue;
    if (e.kind == EventKind::logger_thread_init) begun.emplace_back(e.detail);
    if (e.kind == EventKind::logger_thread_deinit) ended.emplace_back(e.detail);
  }
  EXPECT_THAT(begun,
              testing::ElementsAre("flows", "flows", "packets", "of smtp", "of tls", "flows"));
  EXPECT_THAT(ended,
              testing::ElementsAre("flows", "flows", "packets", "of smtp", "of tls", "flows"));
}

TEST_F(TxLoggers, WithoutEveTheyAreNotInitialised) {
  ASSERT_TRUE(run());
  EXPECT_THAT(per_thread(EventKind::logger_thread_init, "tx_logger"), testing::IsEmpty());
}

TEST_F(TxLoggers, TheSummarySaysHowOftenEachRanAndWhyOthersDidNot) {
  ASSERT_TRUE(run());
  const Summary summed = summary();
  ASSERT_EQ(summed.loggers.size(), 4U);
  const LoggerInfo& flows = summed.loggers[0];
  EXPECT_EQ(flows.kind, "flow logger");
  EXPECT_EQ(flows.plugin, "loggers");
  EXPECT_EQ(flows.runs, flows_logged);
  EXPECT_EQ(flows.why_silent, "");
  EXPECT_EQ(summed.loggers[1].runs, 0U);
  EXPECT_THAT(summed.loggers[1].why_silent, testing::HasSubstr("T15"));
  EXPECT_EQ(summed.loggers[2].app_proto, "tls");
  EXPECT_THAT(summed.loggers[2].why_silent, testing::HasSubstr("no app-layer parsers"));
}

}  // namespace
