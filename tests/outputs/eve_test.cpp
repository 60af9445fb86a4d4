// EVE records, callbacks and file types, facts L33 and T15. Method: files written by whole runs,
// and what callbacks get.
#include <gmock/gmock.h>
#include <suricata/output-eve.h>
#include <suricata/rust.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"
#include "surisim/fixtures/matchers.hpp"

namespace {

using namespace surisim;
using namespace surisim::fixtures;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

struct Seen {
  std::atomic<std::uint64_t> flow{0}, packet{0}, both{0}, neither{0};
};
Seen seen;

void add_to_record(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record,
                   void* user) {
  (packet != nullptr ? flow != nullptr ? seen.both : seen.packet
   : flow != nullptr ? seen.flow
                     : seen.neither)++;
  SCJbOpenObject(record, "plugin");
  SCJbSetString(record, "thread", tv->name);
  SCJbSetString(record, "user", static_cast<const char*>(user));
  SCJbClose(record);
}

class Eve : public LifecycleTest {
 protected:
  Eve() {
    seen.flow = seen.packet = seen.both = seen.neither = 0;
    std::string name = (std::filesystem::temp_directory_path() / "eve-XXXXXX").string();
    const int fd = mkstemp(name.data());
    if (fd >= 0) std::fclose(fdopen(fd, "w"));
    path_ = name;
  }
  ~Eve() override { std::filesystem::remove(path_); }

  void load_callback() {
    load("eve", [] { SCEveRegisterCallback(add_to_record, const_cast<char*>("hello \"you\"")); });
  }
  std::vector<json> records(const std::string& type) const {
    std::vector<json> found;
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) {
      json record = json::parse(line);
      if (record["event_type"] == type) found.push_back(std::move(record));
    }
    return found;
  }

  std::string path_;
};

TEST_F(Eve, L33_WritesARecordForEachFlowThatEndsWithOrWithoutFinish) {
  options.eve.file = path_;
  options.traffic.flows = 2000;
  ASSERT_TRUE(run());
  const Summary summed = summary();
  const std::vector<json> flows = records("flow");
  EXPECT_EQ(flows.size(), summed.flows.started - summed.flows.ended_by_backstop);
  std::map<std::string, std::uint64_t> reasons;
  std::uint64_t tcp = 0;
  for (const json& record : flows) {
    ++reasons[record["flow"]["reason"]];
    // Out of memory: FlowGetNew sets the emergency flag before it reuses a flow.
    EXPECT_EQ(record["flow"].contains("emergency"), record["flow"]["reason"] == "forced");
    // Generated packets have no session: EveFlowLogJSON writes flags of 00 for such a flow.
    EXPECT_EQ(record.contains("tcp"), record["proto"] == "TCP");
    if (record.contains("tcp")) {
      EXPECT_EQ(record["tcp"]["tcp_flags"], "00");
    }
    tcp += record["proto"] == "TCP" ? 1 : 0;
    EXPECT_TRUE(record["flow"]["pkts_toserver"].is_number_unsigned());
    EXPECT_GE(record["flow"]["bytes_toserver"], record["flow"]["pkts_toserver"]);
    EXPECT_LE(record["flow"]["start"], record["flow"]["end"]);
    EXPECT_EQ(record["timestamp"].get<std::string>().size(), 31u);
    EXPECT_TRUE(record["flow_id"].is_number_unsigned());
    EXPECT_EQ(record.contains("src_port"), record["proto"] == "TCP" || record["proto"] == "UDP");
  }
  EXPECT_EQ(reasons["tcp_reuse"], summed.flows.ended_by_reuse);
  EXPECT_EQ(reasons["forced"], summed.flows.finished_by_worker);
  EXPECT_EQ(reasons["shutdown"],
            summed.flows.finished_at_shutdown + summed.flows.ended_at_shutdown);
  EXPECT_EQ(reasons["timeout"], summed.flows.finished_by_recycler + summed.flows.ended_in_bucket +
                                    summed.flows.ended_handed_back);
  EXPECT_GT(tcp, 0u);
}

// CreateIsoTimeString.
// AppLayerHandleUdp finds no protocol, and sets "failed" after the first packet. For TCP this needs
// a session.
TEST_F(Eve, ProtocolDetectionFailsForUdp) {
  options.eve.file = path_;
  ASSERT_TRUE(run());
  std::size_t udp = 0;
  for (const json& record : records("flow")) {
    EXPECT_EQ(record.contains("app_proto"), record["proto"] == "UDP");
    if (!record.contains("app_proto")) continue;
    EXPECT_EQ(record["app_proto"], "failed");
    ++udp;
  }
  EXPECT_GT(udp, 0U);
}

TEST_F(Eve, TimesAreInTheZoneOfTheProcess) {
  ASSERT_EQ(::setenv("TZ", "XYZ-5:30", 1), 0);
  ::tzset();
  options.eve.file = path_;
  const auto ran = run();
  ::unsetenv("TZ");
  ::tzset();
  ASSERT_TRUE(ran);
  for (const json& record : records("flow")) {
    EXPECT_TRUE(record["timestamp"].get<std::string>().ends_with("+0530")) << record;
  }
}

TEST_F(Eve, CallbacksAddToTheRecordJustBeforeItCloses) {
  load_callback();
  options.eve.file = path_;
  ASSERT_TRUE(run());
  const std::vector<json> flows = records("flow");
  ASSERT_FALSE(flows.empty());
  for (const json& record : flows) EXPECT_EQ(record["plugin"]["user"], "hello \"you\"");
}

TEST_F(Eve, CallbacksGetAFlowOrAPacketOrBoth) {
  load_callback();
  options.traffic.flows = 1000;
  options.traffic.no_flow = 0.05;
  options.traffic.alerts = 0.05;
  ASSERT_TRUE(run());
  const Summary summed = summary();
  EXPECT_EQ(seen.flow, summed.flows.started - summed.flows.ended_by_backstop);
  EXPECT_GT(seen.both, 0u) << "alerts";
  EXPECT_EQ(seen.packet, summed.packets_no_flow) << "packets without a flow";
  EXPECT_EQ(seen.neither, 0u) << "statistics";
  EXPECT_THAT(events(), HasNo(event(EventKind::eve_callback).on("CS")));
}

TEST_F(Eve, AlertsAreTheSameForTheSameSeedWhateverTheNumberOfThreads) {
  load_callback();
  options.traffic.alerts = 0.1;
  options.threads = 1;
  ASSERT_TRUE(run());
  const std::uint64_t alerts = seen.both;
  EXPECT_GT(alerts, 0u);
  TearDown();
  load_callback();
  seen.both = 0;
  options.threads = 3;
  ASSERT_TRUE(run());
  EXPECT_EQ(seen.both, alerts);
}

TEST_F(Eve, AFileThatCannotBeWrittenIsRefusedByName) {
  options.eve.file = "/nonexistent/eve.json";
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(),
              HasSubstr("cannot write EVE records to \"/nonexistent/eve.json\": No such file"));
}

TEST_F(Eve, AFullFileIsReported) {
  options.eve.file = "/dev/full";
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("No space left"));
  EXPECT_EQ(summary().lifecycles, 1u) << "the run itself is complete";
}

// The calls of a file type's functions, in order.
std::mutex told_mutex;
std::vector<std::string> calls;
std::atomic<std::uint64_t> written{0};

void record_call(const std::string& what) {
  const std::lock_guard lock(told_mutex);
  calls.push_back(what);
}

SCEveFileType make_type(const char* name) {
  SCEveFileType type{};
  type.name = name;
  type.Init = [](const SCConfNode_*, bool threaded, void** data) {
    record_call(threaded ? "init threaded" : "init");
    *data = &written;
    return 0;
  };
  type.ThreadInit = [](const void*, ThreadId id, void** data) {
    record_call("thread init " + std::string(id == 0 ? "0" : "of a thread"));
    *data = nullptr;
    return 0;
  };
  type.Write = [](const char* line, int length, const void* init, void*) {
    EXPECT_EQ(init, &written);
    EXPECT_EQ(line[length], '\0');
    EXPECT_TRUE(json::accept(line));
    ++written;
    return 0;
  };
  type.ThreadDeinit = [](const void*, void*) { record_call("thread deinit"); };
  type.Deinit = [](void*) { record_call("deinit"); };
  return type;
}

class FileType : public Eve {
 protected:
  FileType() {
    calls.clear();
    written = 0;
    type = make_type("mine");
    options.traffic.alerts = 0;
    options.traffic.no_flow = 0;
    load("filetype", [] { EXPECT_TRUE(SCRegisterEveFileType(&type)); });
  }
  inline static SCEveFileType type;
};

TEST_F(FileType, T15_IsNotCalledUnlessEveIsConfiguredToUseIt) {
  ASSERT_TRUE(run());
  EXPECT_THAT(calls, ElementsAre());
  EXPECT_EQ(written, 0u);
}

TEST_F(FileType, IsInitialisedWrittenToAndDeinitialisedInSuricatasOrder) {
  options.eve.filetype = "mine";
  ASSERT_TRUE(run());
  EXPECT_THAT(calls, ElementsAre("init", "thread init 0", "thread deinit", "deinit"));
  const FlowSummary flows = summary().flows;
  EXPECT_EQ(written, flows.started - flows.ended_by_backstop + 1) << "flows and statistics";
  EXPECT_THAT(events(), InOrder({entry("RunModeInitializeOutputs"),
                                 event(EventKind::eve_filetype).named("init"),
                                 event(EventKind::eve_filetype).named("thread_init"),
                                 event(EventKind::threadvars_alloc), entry("RunModeShutDown"),
                                 event(EventKind::eve_filetype).named("thread_deinit"),
                                 event(EventKind::eve_filetype).named("deinit")}));
}

TEST_F(FileType, InThreadedModeEachLoggingThreadGetsItsOwnData) {
  options.eve.filetype = "mine";
  options.eve.threaded = true;
  ASSERT_TRUE(run());
  EXPECT_EQ(calls.front(), "init threaded");
  EXPECT_EQ(calls.back(), "deinit");
  const EventLog log = events();
  for (const char* thread : {"W#01-eth0", "W#02-eth0", "FR#01"}) {
    EXPECT_THAT(log, HasCount(event(EventKind::eve_filetype).named("thread_init").on(thread), 1))
        << thread;
  }
  EXPECT_THAT(log, HasCount(event(EventKind::eve_filetype).named("thread_init").on("main"), 2))
      << "once more for statistics";
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "thread deinit"), 5);
}

TEST_F(FileType, ThatIsNotRegisteredIsRefusedByName) {
  options.eve.filetype = "yours";
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(),
              HasSubstr("EVE file type \"yours\" is not registered by any plugin"));
}

TEST_F(FileType, ThatFailsToInitialiseStopsTheEngine) {
  type.Init = [](const SCConfNode_*, bool, void**) { return -1; };
  options.eve.filetype = "mine";
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("EVE file type \"mine\" failed to initialise"));
  EXPECT_THAT(events(), HasNo(event(EventKind::threadvars_alloc)));
}

TEST_F(LifecycleTest, AFileTypeWithAUsedNameIsRefused) {
  static SCEveFileType first = make_type("same");
  static SCEveFileType second = make_type("same");
  static SCEveFileType builtin = make_type("regular");
  load("filetypes", [] {
    EXPECT_TRUE(SCRegisterEveFileType(&first));
    EXPECT_FALSE(SCRegisterEveFileType(&second));
    EXPECT_FALSE(SCRegisterEveFileType(&builtin));
    EXPECT_EQ(SCEveFindFileType("same"), &first);
    EXPECT_EQ(SCEveFindFileType("regular"), nullptr);
  });
  ASSERT_TRUE(finalize());
}

TEST_F(LifecycleTest, AFileTypeWithoutANameIsReported) {
  static SCEveFileType nameless = make_type(nullptr);
  load("filetype", [] { EXPECT_FALSE(SCRegisterEveFileType(&nameless)); });
  ASSERT_TRUE(finalize());
  ASSERT_EQ(violations("callback-null-function").size(), 1U);
  EXPECT_THAT(violations("callback-null-function")[0].message, HasSubstr("with a NULL name"));
}

TEST_F(Eve, ARelativeFileIsWhereTheRunBeganEvenIfAPluginChangesTheDirectory) {
  const std::filesystem::path before = std::filesystem::current_path();
  const std::filesystem::path file(path_);
  std::filesystem::current_path(file.parent_path());
  options.eve.file = file.filename().string();
  load("changes directory", [] { std::filesystem::current_path("/proc/self"); });
  const bool ran = static_cast<bool>(run());
  std::filesystem::current_path(before);
  ASSERT_TRUE(ran);
  const FlowSummary flows = summary().flows;
  EXPECT_EQ(records("flow").size(), flows.started - flows.ended_by_backstop);
}

TEST_F(Eve, SettingsOfSuricatasThatAreIgnoredAreNamedOnce) {
  options.config_settings = {"stream.midstream=true", "decoder.vxlan.enabled=no",
                             "stream.checksum-validation=yes", "my-plugin.depth=3"};
  testing::internal::CaptureStderr();
  ASSERT_TRUE(run());
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("settings that Suricata reads and surisim ignores: decoder.vxlan, "
                              "stream.midstream\n"));
  EXPECT_EQ(said.find("ignores"), said.rfind("ignores"));
}

}  // namespace
