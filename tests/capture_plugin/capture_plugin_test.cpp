// Goal: a capture plugin's functions are called in Suricata's order on the threads of its run mode,
// its packets become flows, and it ends cleanly. Method: the command on capture plugins, whose log
// shows the order. Source of the order: tm-threads.c (TmThreadsSlotPktAcqLoop,
// SCTmThreadsSlotPacketLoopFinish, TmThreadDisableReceiveThreads), util-plugin.c, runmodes.c.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Strings = std::vector<std::string>;

// A version of Suricata, and the sample plugins for it.
struct Version {
  const char* capture;
  const char* counter;
};

void PrintTo(const Version& version, std::ostream* out) { *out << version.capture; }

std::string sample(const std::string& name) {
  return std::string(SURISIM_TEST_PLUGIN_DIR) + "/" + name + ".so";
}

Ran run_sample(const Version& version, const Arguments& more) {
  Arguments arguments = {"run", sample(version.capture), sample(version.counter),
                         "--capture-plugin", "example"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return surisim(arguments);
}

Ran run_ring(const std::string& what, const Arguments& more = {}) {
  Arguments arguments = {"run",  plugin("ring"),          "--capture-plugin",
                         "ring", "--capture-plugin-args", what};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return surisim(arguments);
}

// What the plugin has logged about one thread, in order.
Strings log_of(const Ran& ran, const std::string& thread) {
  Strings lines;
  std::istringstream in(ran.err);
  for (std::string line; std::getline(in, line);) {
    const auto at = line.rfind(thread + ": ");
    if (at != line.npos) lines.push_back(line.substr(at + thread.size() + 2));
  }
  return lines;
}

Strings rules_in(const json& report) {
  Strings rules;
  for (const json& violation : report["violations"]) rules.push_back(violation["rule"]);
  return rules;
}

json report_of(const Ran& ran) {
  const json report = json::parse(ran.out, nullptr, false);
  EXPECT_FALSE(report.is_discarded()) << ran.out << ran.err;
  return report.is_discarded() ? json::parse(R"({"violations": [], "lifecycle": {}})") : report;
}

class CapturePlugin : public ::testing::TestWithParam<Version> {};

TEST_P(CapturePlugin, CallsEachModuleOnEachThreadInOrder) {
  const Ran ran = run_sample(GetParam(), {"--capture-plugin-args", "packets=600,threads=3"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  for (const char* thread : {"W#01", "W#02", "W#03"}) {
    EXPECT_THAT(log_of(ran, thread), ElementsAre("receive ThreadInit", "decode ThreadInit", "loop",
                                                 HasSubstr("packets received"),
                                                 "receive ThreadDeinit", "decode ThreadDeinit"));
  }
}

TEST_P(CapturePlugin, MakesFlowsOfItsPackets) {
  const Ran ran = run_sample(GetParam(), {"--format", "json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json report = report_of(ran)["lifecycle"];
  EXPECT_EQ(report["packets"], 600);
  EXPECT_EQ(report["flows"], 50);
  EXPECT_EQ(report["flow_init_callbacks"], 50);
  EXPECT_EQ(report["flow_update_callbacks"], 600);
  EXPECT_EQ(report["flow_finish_callbacks"], 50);
  EXPECT_EQ(report["values_left"], 0);
}

TEST_P(CapturePlugin, DistributesFlowsOverTheWorkersOfAutofp) {
  const Ran ran = run_sample(
      GetParam(), {"--mode", "autofp", "--capture-plugin-args", "packets=900,threads=3"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("RX#01, W#01 … W#03"), HasSubstr("made 50 on W#01 … W#03"),
                             HasSubstr("freed 50 on FR#01")));
  EXPECT_THAT(log_of(ran, "RX#01"), Contains("900 packets received"));
}

INSTANTIATE_TEST_SUITE_P(Versions, CapturePlugin,
                         ::testing::Values(Version{"capture_c", "flow_counter_c"},
                                           Version{"capture_8_0", "flow_counter_8_0"}),
                         [](const auto& test) {
                           return std::string(test.param.capture) == "capture_c" ? "v9_0" : "v8_0";
                         });

// Captures that are not used are listed.
TEST(CapturePluginOfTheRun, IsNotListedAsUnused) {
  EXPECT_THAT(run_ring("").out, Not(HasSubstr("listed only")));
  EXPECT_THAT(surisim({"run", plugin("ring")}).out, HasSubstr("listed only"));
}

TEST(CapturePluginOfTheRun, IsInitialisedWithTheArguments) {
  EXPECT_THAT(run_ring("plain").err, HasSubstr("args plain"));
  const Ran ran = surisim({"run", plugin("ring"), "--capture-plugin", "ring"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("args NULL"));
}

TEST(CapturePluginOfTheRun, IsNotInitialisedIfTheRunHasAnotherSource) {
  const Ran ran = surisim({"run", plugin("ring"), "--flows", "10"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.err, Not(HasSubstr("args")));
}

TEST(CapturePluginOfTheRun, MustBeRegistered) {
  const Ran ran = surisim({"run", plugin("ring"), "--capture-plugin", "rong"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("there is no capture plugin \"rong\"; there is ring"));
}

TEST(CapturePluginOfTheRun, MustHaveTheRunMode) {
  const Ran ran = run_ring("plain", {"--set", "runmode=workers"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err,
              HasSubstr("capture plugin \"ring\" has no run mode \"workers\"; expected ring"));
}

TEST(CapturePluginOfTheRun, ExcludesAnotherSource) {
  const Ran ran = run_ring("plain", {"--flows", "10"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("--flows: does not apply to a capture plugin"));
}

// The pool has four packets: the fifth is not taken before one is returned.
TEST(CapturePackets, AreNotTakenFasterThanTheyAreProcessed) {
  const Ran ran = run_ring("pressure", {"--set", "max-pending-packets=4"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(log_of(ran, "RX#01"), Contains("taken 100, released 100, in flight at the first 4"));
}

TEST(CapturePackets, AreGivenBackByTheirOwnFunction) {
  EXPECT_THAT(log_of(run_ring("plain"), "W#01"),
              ElementsAre(HasSubstr("taken 100, released 100"), "ThreadDeinit"));
}

// T3: the inner packet is processed before the outer one, and has a separate flow.
TEST(CapturePackets, InsideATunnelHaveFlowsToo) {
  const Ran ran = run_ring("tunnel", {"--format", "json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json report = report_of(ran)["lifecycle"];
  EXPECT_EQ(report["packets"], 200);
  EXPECT_EQ(report["flows"], 2);
}

TEST(CaptureEnds, WhenAllLoopsAreDone) {
  const Ran ran = run_ring("done");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(log_of(ran, "W#01"), Contains("ThreadDeinit"));
}

TEST(CaptureEnds, AtASignalOfThePlugins) {
  const Ran ran = run_ring("sigterm");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("verdict: pass"));
  EXPECT_THAT(log_of(ran, "W#01"), ElementsAre(HasSubstr("taken 10,"), "ThreadDeinit"));
}

TEST(CaptureEnds, AfterItsLoopWasAskedToBreak) {
  const Ran ran = run_ring("break");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("asked to break the loop of W#01"));
}

TEST(CaptureEnds, AsAHangIfTheLoopGoesOn) {
  const Ran ran = run_ring("hang", {"--timeout", "1", "--format", "json"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(rules_in(report_of(ran)), ElementsAre("callback-hang"));
}

// L14: the thread is closed, and nothing more is called on it.
TEST(CaptureFailure, OfAThreadInitEndsTheEngine) {
  const Ran ran = run_ring("fail-init");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("thread W#01 failed to initialise"),
                             HasSubstr("ThreadInit of module ReceiveRing returned")));
  EXPECT_THAT(log_of(ran, "W#01"), IsEmpty());
}

TEST(CaptureFailure, OfALoopEndsTheEngine) {
  const Ran ran = run_ring("fail-loop");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("stopped  thread W#01 failed"),
                             HasSubstr("PktAcqLoop of module ReceiveRing returned")));
}

}  // namespace
}  // namespace surisim::test
