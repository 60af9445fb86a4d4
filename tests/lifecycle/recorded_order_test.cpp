// Goal: runs have the same order of events as the real engine (L1 to L36). Method: texts made from
// recordings of the real engine, one for each scenario that a run can reproduce, and the plugin
// that was recorded. Events that no thread waits for may come in any order (order.hpp); the traffic
// differs, so flows are compared by their lives.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "order.hpp"
#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using surisim::Capture;
using surisim::EndShares;
using surisim::EngineMode;
using surisim::Fault;
using surisim::Mode;
using surisim::Options;
using surisim::test::follows;
using surisim::test::Recording;

Recording recorded(const std::string& scenario) {
  auto recording = Recording::load(std::string(SURISIM_TEST_SOURCE_DIR) +
                                   "/tests/lifecycle/orders/" + scenario + ".order");
  if (!recording) throw std::runtime_error(recording.error());
  return *recording;
}

std::vector<std::string> lines_of(const std::string& scenario) {
  std::ifstream file(std::string(SURISIM_TEST_SOURCE_DIR) + "/tests/lifecycle/orders/" + scenario +
                     ".order");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) lines.push_back(line);
  }
  return lines;
}

// Scenarios of 9.0 as 8.0 has them: without the thread HB and the slot threshold_cache, and what
// makes HB has another name (E12, E35). That this is all shows where both were recorded.
std::vector<std::string> lines_in_8_0(const std::string& scenario) {
  const std::string spawn = "LogMaintenanceThreadSpawn";
  const std::string flush = "LogFlushThreads";
  std::vector<std::string> lines;
  std::string skips_to;
  for (std::string line : lines_of(scenario)) {
    const auto has = [&line](const std::string& text) { return line.find(text) != line.npos; };
    if (!skips_to.empty()) {
      if (has(skips_to)) skips_to.clear();
      continue;
    }
    if (has(spawn + ".enter")) {
      line.replace(line.find(spawn), spawn.size(), flush);
      lines.push_back(line);
      line.replace(line.find(".enter"), 6, ".exit");
      lines.push_back(line);
      skips_to = spawn + ".exit";
      continue;
    }
    if (has("SCThreadFreeStorage.enter : HB")) skips_to = "ThreadVarsFree HB";
    if (std::regex_search(line, std::regex("\\bHB\\b")) || has("threshold_cache")) continue;
    if (has("ThreadVarsAlloc 24")) line.replace(line.find("24"), 2, "16");
    lines.push_back(line);
  }
  return lines;
}

Recording recorded_in_8_0(const std::string& scenario) {
  std::string text;
  for (const std::string& line : lines_in_8_0(scenario)) text += line + '\n';
  auto recording = Recording::parse(text);
  if (!recording) throw std::runtime_error(recording.error());
  return *recording;
}

// Shares of one kind of end only.
EndShares only(double EndShares::*kind) {
  EndShares ends{0, 0, 0, 0, 0, 0};
  ends.*kind = 1;
  return ends;
}

class RecordedOrder : public surisim::fixtures::LifecycleTest {
 protected:
  explicit RecordedOrder(const char* plugin = "probe.so") {
    options.record = Options::Record::all;
    options.traffic.flows = 400;
    options.stats = false;
    load(std::string(SURISIM_TEST_PLUGIN_DIR) + "/" + plugin);
  }

  void single_worker() {
    options.mode = Mode::single;
    options.threads = 1;
  }
  void autofp() {
    options.mode = Mode::autofp;
    options.threads = 2;
    options.flow_managers = 2;
    options.flow_recyclers = 2;
    options.stats = true;
  }
  void live_workers() {
    options.mode = Mode::workers;
    options.capture = Capture::af_packet;
    options.devices = {"lo"};
    options.threads = 2;
  }
};

TEST_F(RecordedOrder, Single) {
  single_worker();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("single")));
}

TEST_F(RecordedOrder, Autofp) {
  autofp();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("autofp")));
}

TEST_F(RecordedOrder, LiveWorkers) {
  live_workers();
  options.command_socket = false;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("afp-workers")));
}

TEST_F(RecordedOrder, LiveWorkersWithTheCommandThread) {
  live_workers();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("afp-us")));
}

// 8.0 has no thread HB and no slot threshold_cache (E12, E35); the rest is the same (E36, E43).
class RecordedOrder80 : public RecordedOrder {
 protected:
  RecordedOrder80() : RecordedOrder("probe_8_0.so") {}
};

TEST_F(RecordedOrder80, Single) {
  single_worker();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("8.0/single")));
}

TEST_F(RecordedOrder80, LiveWorkersWithTheCommandThread) {
  live_workers();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("8.0/afp-us")));
}

TEST_F(RecordedOrder80, Autofp) {
  autofp();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("8.0/autofp")));
}

TEST_F(RecordedOrder80, LiveWorkersWhoseRulesWereReloaded) {
  live_workers();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("8.0/reload")));
}

TEST_F(RecordedOrder80, ConfigTest) {
  options.engine = EngineMode::config_test;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("8.0/conftest")));
}

#ifndef __SANITIZE_ADDRESS__  // LeakSanitizer reports the values that are not freed
// Its loop ends before it runs, and the engine exits: nothing is freed (E41).
TEST_F(RecordedOrder80, AThreadWhoseDeviceDoesNotExist) {
  live_workers();
  options.devices = {"nonex0"};
  options.threads = 1;
  options.faults = {{Fault::Kind::thread_start, "W#01-nonex0"}};
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), testing::HasSubstr("W#01-nonex0"));
  EXPECT_TRUE(follows(events(), recorded("8.0/initfail")));
}
#endif

TEST(Recordings, E36_OfBothVersionsDifferOnlyInHbAndTheSlotOfThresholds) {
  for (const char* scenario : {"single", "autofp", "afp-us", "conftest"})
    EXPECT_EQ(lines_in_8_0(scenario), lines_of(std::string("8.0/") + scenario)) << scenario;
}

TEST_F(RecordedOrder80, E36_LiveWorkers) {
  live_workers();
  options.command_socket = false;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("afp-workers")));
}

TEST_F(RecordedOrder80, E36_Daemon) {
  live_workers();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("daemon")));
}

TEST_F(RecordedOrder80, E36_EngineAnalysis) {
  options.engine = EngineMode::engine_analysis;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("engan")));
}

TEST_F(RecordedOrder80, E46_WorkersThatFindTimedOutFlows) {
  single_worker();
  options.traffic.ends = only(&EndShares::bucket);
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("bucket")));
}

TEST_F(RecordedOrder80, E46_TcpReuse) {
  single_worker();
  options.traffic.udp = 0;
  options.traffic.icmp = 0;
  options.traffic.ends.reuse = 1;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("reuse")));
}

TEST_F(RecordedOrder80, E47_TcpWithAndWithoutData) {
  single_worker();
  options.traffic.udp = 0;
  options.traffic.icmp = 0;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("tcpnodata")));
}

TEST_F(RecordedOrder80, E46_Backstop) {
  single_worker();
  options.traffic.ends.backstop = 1;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("backstop")));
}

TEST_F(RecordedOrder80, E46_MemoryPressure) {
  single_worker();
  options.traffic.ends = only(&EndShares::pressure);
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("pressure")));
}

TEST_F(RecordedOrder80, E46_LocallyBypassedFlows) {
  single_worker();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("bypass")));
}

TEST_F(RecordedOrder80, E50_WithAFlowLogger) {
  single_worker();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded_in_8_0("logger")));
}

// Reloading the rules creates no threads and calls no callbacks (L4).
TEST_F(RecordedOrder, LiveWorkersWhoseRulesWereReloaded) {
  live_workers();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("reload")));
}

// The fork comes between finalize and the threads (L1); nothing else differs.
TEST_F(RecordedOrder, Daemon) {
  live_workers();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("daemon")));
}

TEST_F(RecordedOrder, ConfigTest) {
  options.engine = EngineMode::config_test;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("conftest")));
}

TEST_F(RecordedOrder, EngineAnalysis) {
  options.engine = EngineMode::engine_analysis;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("engan")));
}

// All later threads are still created, with their callbacks; then nothing is freed (L14).
TEST_F(RecordedOrder, AThreadWhoseInitFails) {
  live_workers();
  options.devices = {"nonex0"};
  options.threads = 1;
  options.faults = {{Fault::Kind::thread_init, "W#01-nonex0"}};
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), testing::HasSubstr("W#01-nonex0"));
  EXPECT_TRUE(follows(events(), recorded("initfail")));
}

TEST_F(RecordedOrder, WorkersThatFindTimedOutFlows) {
  single_worker();
  options.traffic.ends = only(&EndShares::bucket);
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("bucket")));
}

TEST_F(RecordedOrder, TcpReuse) {
  single_worker();
  options.traffic.udp = 0;
  options.traffic.icmp = 0;
  options.traffic.ends.reuse = 1;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("reuse")));
}

TEST_F(RecordedOrder, TcpWithAndWithoutData) {
  single_worker();
  options.traffic.udp = 0;
  options.traffic.icmp = 0;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("tcpnodata")));
}

TEST_F(RecordedOrder, Backstop) {
  single_worker();
  options.traffic.ends.backstop = 1;
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("backstop")));
}

TEST_F(RecordedOrder, MemoryPressure) {
  single_worker();
  options.traffic.ends = only(&EndShares::pressure);
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("pressure")));
}

// What happens to flows outside the flow callbacks changes nothing in the order.
TEST_F(RecordedOrder, LocallyBypassedFlows) {
  single_worker();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("bypass")));
}

TEST_F(RecordedOrder, WithAFlowLogger) {
  single_worker();
  ASSERT_TRUE(run());
  EXPECT_TRUE(follows(events(), recorded("logger")));
}

// The comparison can fail: another scenario has another order.
TEST_F(RecordedOrder, DiffersFromTheOrderOfAnotherScenario) {
  single_worker();
  ASSERT_TRUE(run());
  for (const char* other : {"autofp", "afp-workers", "afp-us", "conftest", "initfail"})
    EXPECT_FALSE(follows(events(), recorded(other))) << other;
}

// Every text names its origin.
TEST(Recordings, NamesTheCommitItWasRecordedFrom) {
  for (const char* scenario :
       {"single", "autofp", "afp-workers", "afp-us", "reload", "daemon", "conftest", "engan",
        "initfail", "bucket", "reuse", "tcpnodata", "backstop", "pressure", "bypass", "logger"})
    EXPECT_THAT(recorded(scenario).provenance, testing::HasSubstr("commit 398687d5d4")) << scenario;
}

}  // namespace
