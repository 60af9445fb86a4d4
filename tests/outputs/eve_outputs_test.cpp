// Goal: EVE outputs are set up, written to and closed as in Suricata: every eve-log section, file
// types in threaded mode, plugins' sub-modules; L33, E50. Method: whole runs with a configuration,
// and functions that record their arguments.
#include <gmock/gmock.h>
#include <pthread.h>
#include <suricata/output-eve.h>
#include <suricata/output-json.h>
#include <suricata/util-conf.h>
#include <suricata/util-time.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace surisim::eve_outputs {

using nlohmann::json;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::mutex noted_mutex;
std::vector<json> lines;             // that the file type got
std::vector<const void*> line_data;  // the thread data of each
std::vector<ThreadId> inits;         // the id of each ThreadInit

char of_main;
char of_init_data;

int note_init(const SCConfNode*, const bool, void** data) {
  *data = &of_init_data;
  return 0;
}
int note_thread_init(const void*, const ThreadId id, void** data) {
  const std::lock_guard lock(noted_mutex);
  inits.push_back(id);
  if (inits.size() == 1) *data = &of_main;
  return inits.size() == 1 ? 0 : -1;
}
int note_line(const char* line, const int length, const void* init_data, void* data) {
  const std::lock_guard lock(noted_mutex);
  EXPECT_EQ(init_data, &of_init_data);
  lines.push_back(json::parse(std::string(line, static_cast<std::size_t>(length))));
  line_data.push_back(data);
  return 0;
}

SCEveFileType file_type{"noting",     note_init, note_thread_init, note_line, nullptr,
                        [](void*) {}, {}};

class EveOutputs : public fixtures::LifecycleTest {
 protected:
  EveOutputs() {
    lines.clear();
    line_data.clear();
    inits.clear();
    file_type.ThreadInit = note_thread_init;
    options.traffic.flows = 50;
    options.threads = 2;
    load("type", [] { EXPECT_TRUE(SCRegisterEveFileType(&file_type)); });
  }

  // Sections that write to the file type.
  void configure(std::initializer_list<const char*> sections) {
    options.config_yaml = "%YAML 1.1\n---\noutputs:\n";
    for (const char* section : sections)
      options.config_yaml +=
          "  - eve-log:\n      enabled: yes\n      filetype: noting\n" + std::string(section);
  }
  static std::size_t lines_of(const std::string& type) {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const json& line) { return line["event_type"] == type; }));
  }
  std::uint64_t logged_flows() {
    return summary().flows.started - summary().flows.ended_by_backstop;
  }
};

TEST_F(EveOutputs, EveryEnabledSectionIsSetUpAndGetsEachRecord) {
  file_type.ThreadInit = nullptr;
  configure({"      types: [flow]\n", "      types: [flow, stats]\n"});
  options.config_yaml += "  - eve-log:\n      enabled: no\n      filetype: nobodys\n";
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("flow"), 2 * logged_flows());
  EXPECT_EQ(lines_of("stats"), 1U);
  ASSERT_THAT(summary().file_types, SizeIs(1));
  const FileTypeInfo type = summary().file_types[0];
  EXPECT_EQ(type.plugin, "type");
  EXPECT_EQ(type.name, "noting");
  EXPECT_EQ(type.inits, 2U);
  EXPECT_EQ(type.deinits, 2U);
  EXPECT_EQ(type.writes, lines.size());
}

TEST_F(EveOutputs, AFileOfTheCommandLineTakesThePlaceOfTheFirstSectionOnly) {
  options.eve.on_record = [](std::string_view) {};
  configure({"      types: [flow]\n", "      types: [stats]\n"});
  ASSERT_TRUE(run());
  EXPECT_THAT(lines, SizeIs(1)) << "of the second section";
}

// LogFileNewThreadedCtx copies the parent's context, and ignores what ThreadInit returns.
TEST_F(EveOutputs, InThreadedModeAThreadsDataBeginsAsMainsAndAFailureDoesNotMatter) {
  configure({"      types: [flow]\n      threaded: yes\n"});
  ASSERT_TRUE(run());
  EXPECT_GT(inits.size(), 1U);
  EXPECT_EQ(lines_of("flow"), logged_flows());
  EXPECT_THAT(line_data, Each(&of_main));
}

// OutputStatsLogInitSub.
TEST_F(EveOutputs, InThreadedModeThreadInitRunsForMainOnceMoreWithStatistics) {
  const auto of_id_0 = [] { return std::count(inits.begin(), inits.end(), 0U); };
  configure({"      types: [flow]\n      threaded: yes\n"});
  ASSERT_TRUE(run());
  EXPECT_EQ(of_id_0(), 1);
  TearDown();
  inits.clear();
  configure({"      types: [flow, stats]\n      threaded: yes\n"});
  load("type", [] { SCRegisterEveFileType(&file_type); });
  ASSERT_TRUE(run());
  EXPECT_EQ(of_id_0(), 2);
  EXPECT_EQ(lines_of("stats"), 1U);
}

TEST_F(EveOutputs, ANullThreadInitIsAViolationInThreadedModeOnly) {
  file_type.ThreadInit = nullptr;
  configure({"      types: [flow]\n"});
  ASSERT_TRUE(run());
  EXPECT_THAT(violations("callback-null-function"), IsEmpty());
  TearDown();
  lines.clear();
  configure({"      types: [flow]\n      threaded: yes\n"});
  load("type", [] { SCRegisterEveFileType(&file_type); });
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("flow"), logged_flows());
  ASSERT_THAT(violations("callback-null-function"), SizeIs(1));
  const Violation found = violations("callback-null-function")[0];
  EXPECT_THAT(found.message, HasSubstr("\"noting\" has no ThreadInit"));
  EXPECT_EQ(found.function, "SCRegisterEveFileType");
}

TEST_F(EveOutputs, TheNamesOfSuricatasOwnFileTypesAreTaken) {
  load("names", [] {
    for (const char* name : {"syslog", "nullsink", "redis", "unix_stream"}) {
      static SCEveFileType type = file_type;
      type.name = name;
      EXPECT_FALSE(SCRegisterEveFileType(&type)) << name;
    }
  });
  ASSERT_TRUE(finalize());
}

TEST_F(EveOutputs, EveryLifecyclesLinesReachAFileType) {
  options.engine = EngineMode::unix_socket;
  options.mode = Mode::autofp;
  options.lifecycles = 3;
  file_type.ThreadInit = nullptr;
  configure({"      types: [flow]\n"});
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("flow"), logged_flows());
  EXPECT_EQ(summary().file_types[0].inits, 3U);
  EXPECT_EQ(summary().file_types[0].deinits, 3U);
}

// MemBufferExpand's limit.
TEST_F(EveOutputs, ARecordOfMoreThanTenMebibytesIsDroppedWithAWarning) {
  static std::atomic<int> records{0};
  records = 0;
  options.threads = 1;
  options.traffic.flows = 3;
  options.traffic.ends = {
      .recycler = 1, .pressure = 0, .bucket = 0, .reuse = 0, .handed_back = 0, .backstop = 0};
  configure({"      types: [flow]\n"});
  load("large", [] {
    SCEveRegisterCallback(
        [](ThreadVars*, const Packet*, Flow*, SCJsonBuilder* record, void*) {
          static const std::string much((10 << 20) - 100'000, 'x');
          static const std::string too_much(10 << 20, 'x');
          SCJbSetString(record, "much", records++ == 1 ? too_much.c_str() : much.c_str());
        },
        nullptr);
  });
  testing::internal::CaptureStderr();
  ASSERT_TRUE(run());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("record too large"));
  EXPECT_EQ(records, 3);
  EXPECT_EQ(lines_of("flow"), 2U);
}

// JsonStatsLogger has no JSON builder.
TEST_F(EveOutputs, CallbacksDoNotSeeTheRecordOfStatistics) {
  configure({"      types: [stats]\n"});
  load("callback", [] {
    SCEveRegisterCallback([](ThreadVars*, const Packet*, Flow*, SCJsonBuilder* record,
                             void*) { SCJbSetBool(record, "seen", true); },
                          nullptr);
  });
  ASSERT_TRUE(run());
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_FALSE(lines[0].contains("seen"));
}

// A plugin's own type, "own": a record of each flow, one of each packet without a flow, and a
// logger of transactions.
std::string own_setting;

OutputInitResult init_own(SCConfNode* conf, OutputCtx* parent) {
  const char* const value = conf == nullptr ? nullptr : SCConfNodeLookupChildValue(conf, "mine");
  own_setting = value == nullptr ? "none" : value;
  return OutputJsonLogInitSub(conf, parent);
}
int log_own_flow(ThreadVars* tv, void* data, Flow* flow) {
  SCJsonBuilder* const record = SCJbNewObject();
  SCJbSetString(record, "event_type", "own");
  SCJbSetUint(record, "proto", flow->proto);
  OutputJsonBuilderBuffer(tv, nullptr, flow, record, static_cast<OutputJsonThreadCtx*>(data));
  SCJbFree(record);
  return 0;
}
bool without_flow(ThreadVars*, void*, const Packet* packet) { return packet->flow == nullptr; }
int log_own_packet(ThreadVars* tv, void* data, const Packet* packet) {
  auto* const logger = static_cast<OutputJsonThreadCtx*>(data);
  SCJsonBuilder* const record =
      CreateEveHeaderWithTxId(packet, LOG_DIR_PACKET, "own packet", nullptr, 7, logger->ctx);
  JsonAddrInfo addresses = json_addr_info_zero;
  JsonAddrInfoInit(packet, LOG_DIR_PACKET, &addresses, &logger->ctx->cfg);
  SCJbSetString(record, "from", addresses.src_ip);
  OutputJsonBuilderBuffer(tv, packet, nullptr, record, logger);
  SCJbFree(record);
  return 0;
}
int log_own_tx(ThreadVars*, void*, const Packet*, Flow*, void*, void*, uint64_t) { return 0; }

void register_own() {
  OutputRegisterFlowSubModule(LOGGER_USER, "eve-log", "OwnFlow", "eve-log.own", init_own,
                              log_own_flow, JsonLogThreadInit, JsonLogThreadDeinit);
  static OutputPacketLoggerFunctions functions{log_own_packet, without_flow, JsonLogThreadInit,
                                               JsonLogThreadDeinit, nullptr};
  OutputRegisterPacketSubModule(LOGGER_USER, "eve-log", "OwnPacket", "eve-log.own",
                                OutputJsonLogInitSub, &functions);
  OutputRegisterTxSubModule(LOGGER_USER, "eve-log", "OwnTx", "eve-log.own", OutputJsonLogInitSub,
                            ALPROTO_TLS, log_own_tx, JsonLogThreadInit, JsonLogThreadDeinit);
}

class SubModules : public EveOutputs, public testing::WithParamInterface<Suricata> {
 protected:
  SubModules() {
    own_setting.clear();
    file_type.ThreadInit = nullptr;
    options.suricata = GetParam();
    options.traffic.no_flow = 0.1;
    load("own", register_own);
  }
};

TEST_P(SubModules, WriteRecordsOfTheirTypeWhenTypesNameIt) {
  configure({"      types:\n        - own:\n            mine: hello\n", "      types: [flow]\n"});
  ASSERT_TRUE(run());
  EXPECT_EQ(own_setting, "hello");
  EXPECT_EQ(lines_of("own"), logged_flows());
  EXPECT_EQ(lines_of("flow"), logged_flows());
  EXPECT_EQ(lines_of("own packet"), summary().packets_no_flow);
  EXPECT_GT(summary().packets_no_flow, 0U);
  const Summary summed = summary();
  ASSERT_THAT(summed.loggers, SizeIs(3));
  EXPECT_EQ(summed.loggers[0].runs, logged_flows());
  EXPECT_EQ(summed.loggers[1].runs, summed.packets_no_flow);
  EXPECT_THAT(summed.loggers[2].why_silent, HasSubstr("no app-layer parsers"));
  EXPECT_THAT(summed.violations, IsEmpty());
}

TEST_P(SubModules, AreNotSetUpWhenNoOutputNamesTheirType) {
  configure({"      types: [flow]\n"});
  ASSERT_TRUE(run());
  EXPECT_EQ(own_setting, "");
  EXPECT_EQ(lines_of("own"), 0U);
  EXPECT_THAT(summary().loggers[0].why_silent, HasSubstr("name own in the types of an eve-log"));
}

TEST_P(SubModules, AreSetUpForAFileOfTheCommandLine) {
  options.eve.filetype = "noting";
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("own"), logged_flows());
}

// CreateEveHeader. The setting ipv6-compress is new in 9.0.
TEST_P(SubModules, ARecordOfAPacketBeginsAsSuricatasOwn) {
  options.traffic.ipv6 = 1;
  configure({"      types: [own]\n      ipv6-compress: yes\n"});
  ASSERT_TRUE(run());
  std::size_t short_ones = 0;
  for (const json& line : lines) {
    if (line["event_type"] != "own packet") continue;
    EXPECT_EQ(line["in_iface"], "eth0");
    EXPECT_EQ(line["timestamp"].get<std::string>().size(), 31U);
    EXPECT_EQ(line["ip_v"], 6);
    EXPECT_EQ(line["pkt_src"], "wire/pcap");
    EXPECT_EQ(line["from"], line["src_ip"]);
    EXPECT_EQ(line["tx_id"], 7);
    if (line["src_ip"].get<std::string>().size() < 39) ++short_ones;
  }
  EXPECT_EQ(short_ones > 0, GetParam() == Suricata::v9_0);
}

TEST_P(SubModules, OfAnotherParentStopTheEngine) {
  load("orphan", [] {
    OutputRegisterFlowSubModule(LOGGER_USER, "fast", "Orphan", "eve-log.orphan",
                                OutputJsonLogInitSub, log_own_flow, JsonLogThreadInit,
                                JsonLogThreadDeinit);
  });
  configure({"      types: [orphan]\n"});
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), AllOf(HasSubstr("Orphan"), HasSubstr("another parent")));
}

TEST_P(SubModules, WithoutALoggerAreAViolation) {
  load("null", [] {
    OutputRegisterFlowSubModule(LOGGER_USER, "eve-log", "Null", "eve-log.null",
                                OutputJsonLogInitSub, nullptr, JsonLogThreadInit, nullptr);
  });
  ASSERT_TRUE(run());
  ASSERT_THAT(violations("callback-null-function"), SizeIs(1));
  EXPECT_EQ(violations("callback-null-function")[0].function, "OutputRegisterFlowSubModule");
}

INSTANTIATE_TEST_SUITE_P(Of, SubModules, testing::Values(Suricata::v8_0, Suricata::v9_0),
                         [](const auto& test) {
                           return test.param == Suricata::v8_0 ? "Suricata80" : "Suricata90";
                         });

TEST_F(EveOutputs, TimeIsThatOfThePacketsOfAFileAndTheClocksInLiveModes) {
  static std::atomic<std::uint64_t> last{0};
  load("time", [] {
    EXPECT_STREQ(SCConfigGetLogDirectory(), "/usr/local/var/log/suricata/");
    SCOutputRegisterFlowLogger(
        "time",
        [](ThreadVars*, void*, Flow*) {
          last = TimeGet().secs;
          return 0;
        },
        nullptr,
        [](ThreadVars*, const void*, void** data) {
          *data = nullptr;
          return TM_ECODE_OK;
        },
        nullptr);
  });
  options.mode = Mode::autofp;
  options.capture = Capture::pcap_file;
  ASSERT_TRUE(run());
  constexpr std::uint64_t kOfPackets = 1'700'000'000;  // generated packets start then
  EXPECT_NEAR(static_cast<double>(last), kOfPackets, 100'000);
  TearDown();
  options.mode = Mode::workers;
  options.capture.reset();
  ASSERT_TRUE(finalize());
  EXPECT_GT(TimeGet().secs, kOfPackets + 10'000'000);
}

TEST(EveTime, IsCutToTheBuffer) {
  SCTime_t time{};
  time.secs = 1'715'000'000;
  time.usecs = 42;
  char text[64];
  CreateIsoTimeString(time, text, sizeof text);
  EXPECT_THAT(text, HasSubstr(".000042"));
  CreateIsoTimeString(time, text, 5);
  EXPECT_STREQ(text, "2024");
}

TEST(EveBuffer, GrowsUpToTenMebibytes) {
  MemBuffer* buffer = MemBufferCreateNew(4);
  const auto* const text = reinterpret_cast<const std::uint8_t*>("abcdef");
  EXPECT_EQ(MemBufferWriteRaw(buffer, text, 6), 3U);
  EXPECT_EQ(MemBufferExpand(&buffer, 1), 0);
  EXPECT_EQ(MEMBUFFER_SIZE(buffer), 4100U);
  EXPECT_EQ(MemBufferWriteRaw(buffer, text + 3, 3), 3U);
  EXPECT_STREQ(reinterpret_cast<const char*>(MEMBUFFER_BUFFER(buffer)), "abcdef");
  EXPECT_EQ(MemBufferExpand(&buffer, 10 << 20), -1);
  EXPECT_EQ(MemBufferCreateNew((10 << 20) + 1), nullptr);
  MemBufferFree(buffer);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(EveOutputs, TheSummaryCountsThreadsThatPluginsHaveStarted) {
  static pthread_t left;
  static std::atomic<bool> ends;
  ends = false;
  load("threads", [] {
    SCRegisterOnLoggingReady(
        [](void*) {
          pthread_t joined{};
          pthread_create(
              &joined, nullptr, [](void* unused) { return unused; }, nullptr);
          pthread_join(joined, nullptr);
          pthread_create(
              &left, nullptr,
              [](void* unused) {
                while (!ends) sched_yield();
                return unused;
              },
              nullptr);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  const PluginThreadsSummary threads = summary().plugin_threads;
  EXPECT_EQ(threads.started, 2U);
  EXPECT_EQ(threads.joined, 1U);
  EXPECT_EQ(threads.running, 1U);
  EXPECT_THAT(violations("output-lost"), IsEmpty()) << "it does not belong to an output";
  ends = true;
  pthread_join(left, nullptr);
  EXPECT_EQ(summary().plugin_threads.joined, 2U);
}
#endif

// Loggers and their data are paired by position, EVE's own included.
TmEcode fail_init(ThreadVars*, const void*, void**) { return TM_ECODE_FAILED; }

TEST_F(EveOutputs, T15_ALoggerWhoseThreadInitFailsTakesTheDataOfEvesLoggerWhichNeverRuns) {
  static std::atomic<int> ran{0};
  ran = 0;
  configure({"      types: [flow, stats]\n"});
  load("failing", [] {
    SCOutputRegisterFlowLogger(
        "failing", [](ThreadVars*, void*, Flow*) { return ++ran; }, nullptr, fail_init, nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("flow"), 0U);
  EXPECT_EQ(lines_of("stats"), 1U);
  EXPECT_EQ(ran, 0) << "not called with Suricata's own data";
  ASSERT_THAT(violations("logger-foreign-data"), SizeIs(1));
  EXPECT_THAT(violations("logger-foreign-data")[0].message,
              AllOf(HasSubstr("\"failing\" failed in its ThreadInit"), HasSubstr("own")));
}

TEST_F(EveOutputs, T15_TheLastLoggerMayFailWithoutHarm) {
  configure({"      types: [flow]\n"});
  load("failing", [] {
    SCRegisterOnLoggingReady(
        [](void*) {
          SCOutputRegisterFlowLogger(
              "failing", [](ThreadVars*, void*, Flow*) { return 0; }, nullptr, fail_init, nullptr);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("flow"), logged_flows());
  EXPECT_THAT(violations("logger-foreign-data"), IsEmpty());
}

}  // namespace surisim::eve_outputs
