// The command with scenarios: surisim run --scenario, surisim test and surisim scenario from.
// Method: run it, read its reports and its exit status.
#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"
#include "../pcap/capture.hpp"

namespace surisim::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kCounter = std::string(SURISIM_TEST_PLUGIN_DIR) + "/flow_counter_c.so";

constexpr const char* kThreeScenarios = R"(scenario "passes"
udp dns 10.0.0.1:1 > 10.0.0.2:53
dns > "query"
scenario "fails #1"
udp dns 10.0.0.1:1 > 10.0.0.2:53 on 2
dns > "query"
expect 2 callbacks flow update of dns
expect violation value-leaked
scenario "passes too"
tcp web 10.0.0.1:1 > 10.0.0.2:80
web handshake
web close
expect value of web in "flow_counter_c" is u64 6
)";

class ScenarioCommand : public testing::Test {
 protected:
  std::string write(const std::string& text) const { return dir.write("a.scenario", text); }
  TempDir dir;
};

TEST_F(ScenarioCommand, RunReportsUnmetLines) {
  const std::string file = write(kThreeScenarios);
  const Ran passes = surisim({"run", kCounter, "--scenario", file, "--scenario-name", "passes"});
  EXPECT_EQ(passes.status, 0) << passes.out << passes.err;
  EXPECT_THAT(passes.out, HasSubstr("scenario  " + file + ":1 \"passes\": as expected\n"));
  const Ran fails = surisim({"run", kCounter, "--scenario", file, "--scenario-name", "fails #1"});
  EXPECT_EQ(fails.status, 1) << fails.err;
  EXPECT_THAT(fails.out,
              AllOf(HasSubstr("  " + file +
                              ":7: expected 2 callbacks flow update of dns, got 1; "
                              "there were:\n    flow init for packet 1 (to the server) of dns on "
                              "W#02-eth0\n"),
                    HasSubstr("  " + file + ":8: expected the violation value-leaked, got none\n"),
                    HasSubstr("verdict: fail  1 note, 2 lines of the scenario are not met\n")));
  const auto report =
      nlohmann::json::parse(surisim({"run", kCounter, "--scenario", file, "--scenario-name",
                                     "fails #1", "--format", "json"})
                                .out);
  EXPECT_EQ(report["scenario"]["unmet"][1]["line"], 8);
  EXPECT_EQ(report["verdict"], "fail");
}

TEST_F(ScenarioCommand, EachReportOfARunHasTheUnmetLines) {
  const std::string file = write(kThreeScenarios);
  const Ran ran = surisim({"run", kCounter, "--scenario", file, "--scenario-name", "fails #1",
                           "--output", dir.file("a.sarif"), "--output", dir.file("a.xml")});
  EXPECT_EQ(ran.status, 1) << ran.err;
  const auto sarif = nlohmann::json::parse(read_file(dir.file("a.sarif")));
  std::vector<int> lines;
  for (const auto& result : sarif["runs"][0]["results"]) {
    if (result["ruleId"] != "scenario-line-unmet") continue;
    lines.push_back(result["locations"][0]["physicalLocation"]["region"]["startLine"].get<int>());
  }
  EXPECT_THAT(lines, testing::ElementsAre(7, 8));
  EXPECT_THAT(read_file(dir.file("a.xml")),
              HasSubstr("<failure message=\"2 lines of the scenario are not met\""));
}

TEST_F(ScenarioCommand, AMistakeIsAUsageError) {
  const std::string file = write("scenario \"a\"\nudp dns 10.0.0.1:1 > 10.0.0.2:53\nsdn >\n");
  const std::string message = "surisim: " + file +
                              ":3:1: expected a step, or the name of a flow, got \"sdn\"; did you "
                              "mean dns?\n";
  for (const Arguments& arguments :
       {Arguments{"run", kCounter, "--scenario", file}, {"test", file, "--plugin", kCounter}}) {
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, message);
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(ScenarioCommand, AMissingFileOrThreadIsAUsageErrorWithItsPlace) {
  const std::string file = write("scenario \"a\"\nplugin nope.so\nhold W#03 in flow init\n");
  const std::string no_plugin = "surisim: " + file + ":2:8: cannot read \"" + dir.file("nope.so") +
                                "\": No such file or directory\n";
  const std::string no_thread = "surisim: " + file + ":3:6: there is no thread \"W#03\"; ";
  for (const Arguments& arguments :
       {Arguments{"run", "--scenario", file}, {"test", file}, {"test", file, file}}) {
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, no_plugin);
    EXPECT_EQ(ran.out, "");
  }
  for (const Arguments& arguments :
       {Arguments{"run", kCounter, "--scenario", file}, {"test", file, "--plugin", kCounter}}) {
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, StartsWith(no_thread));
  }
  EXPECT_EQ(surisim({"run", kCounter, "--scenario", file, "--threads", "3"}).status, 1);
}

TEST_F(ScenarioCommand, OptionsThatDoNotFitAreRefused) {
  const std::string file = write(kThreeScenarios);
  const auto expect_refused = [&](Arguments more, const std::string& message) {
    Arguments arguments = {"run", kCounter};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr(message));
  };
  expect_refused({"--scenario", file},
                 file + " has 3 scenarios; expected --scenario-name too, or surisim test");
  expect_refused({"--scenario", file, "--scenario-name", "pases"}, "did you mean \"passes\"?");
  expect_refused({"--scenario-name", "passes"}, "--scenario-name: expected --scenario too");
  expect_refused({"--scenario", file, "--scenario-name", "passes", "--flows", "3"},
                 "--flows: a scenario defines each packet; expected it without --scenario");
  expect_refused({"--scenario", file, "--scenario-name", "passes", "--exact-packets"},
                 "--exact-packets: a scenario defines each packet; expected it without --scenario");
  const Ran without = surisim({"test", file});
  EXPECT_EQ(without.status, 2);
  EXPECT_EQ(without.err,
            "surisim: " + file + ":1: expected a line with plugin and its file, or --plugin\n");
}

TEST_F(ScenarioCommand, TheCommandLineOverridesTheScenariosOptions) {
  const std::string file = write(
      "mode single\nno-stats\nset a.b 1\nscenario \"a\"\nudp dns 10.0.0.1:1 > 10.0.0.2:53\ndns "
      ">\n");
  const auto report =
      nlohmann::json::parse(surisim({"run", kCounter, "--scenario", file, "--threads", "3",
                                     "--mode", "autofp", "--set", "a.b=2", "--format", "json"})
                                .out);
  EXPECT_EQ(report["config"]["mode"], "autofp");
  EXPECT_EQ(report["config"]["threads"], 3);
  EXPECT_EQ(report["config"]["stats"], false);
  EXPECT_EQ(report["config"]["config_settings"], (nlohmann::json{"a.b=1", "a.b=2"}));
}

TEST_F(ScenarioCommand, TestReportsACaseForEachScenarioInTheirOrder) {
  const std::string file = write(kThreeScenarios);
  const Ran ran = surisim({"test", file, "--plugin", kCounter, "-j", "3"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_EQ(ran.out, "TAP version 13\n1..3\nok 1 - " + file + ": passes\nnot ok 2 - " + file +
                         ": fails \\#1\n  ---\n  file: \"" + file +
                         "\"\n  line: 4\n  failures:\n    - |\n      " + file +
                         ":7: expected 2 callbacks flow update of dns, got 1; there were:\n"
                         "        flow init for packet 1 (to the server) of dns on W#02-eth0\n"
                         "        flow update for packet 1 (to the server) of dns on W#02-eth0\n"
                         "    - |\n      " +
                         file +
                         ":8: expected the violation value-leaked, got none\n  ...\nok 3 - " +
                         file + ": passes too\n");
}

TEST_F(ScenarioCommand, TestWritesJUnit) {
  const std::string file = write(kThreeScenarios);
  const Ran ran = surisim({"test", file, "--plugin", kCounter, "--output", dir.file("report.xml")});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_EQ(ran.out, "");
  const std::string xml = read_file(dir.file("report.xml"));
  EXPECT_THAT(xml, AllOf(HasSubstr("<testsuites name=\"surisim\" tests=\"3\" failures=\"1\""),
                         HasSubstr("<testsuite name=\"" + file + "\" tests=\"3\" failures=\"1\""),
                         HasSubstr("name=\"fails #1\" file=\"" + file + "\" line=\"4\""),
                         HasSubstr("<failure message=\"" + file + ":7: expected 2 callbacks")));
}

TEST_F(ScenarioCommand, ACrashOrAHangFailsItsCaseAndTheOthersStillRun) {
  const auto on = [](int worker, const std::string& of) {
    return "plugin " + of + "\nudp dns 10.0.0.1:1 > 10.0.0.2:53 on " + std::to_string(worker) +
           "\ndns >\n";
  };
  const std::string file =
      write("scenario \"crashes\"\n" + on(2, plugin("crash_update")) + "scenario \"hangs\"\n" +
            on(1, plugin("hang_update")) + "scenario \"is well\"\n" + on(1, kCounter) +
            "scenario \"crashes as expected\"\n" + on(2, plugin("crash_update")) +
            "expect violation callback-crash\n");
  const Ran ran = surisim({"test", file, "-j", "4", "--timeout", "1"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("not ok 1 - " + file + ": crashes\n"),
                             HasSubstr("      error callback-crash: "),
                             HasSubstr("not ok 2 - " + file + ": hangs\n"),
                             HasSubstr("      error callback-hang: "),
                             HasSubstr("\nok 3 - " + file + ": is well\n"),
                             HasSubstr("\nok 4 - " + file + ": crashes as expected\n")));
}

TEST_F(ScenarioCommand, TestReportsACaseAsSoonAsItAndEarlierOnesAreOver) {
  const std::string steps = "\nudp dns 10.0.0.1:1 > 10.0.0.2:53 on 1\ndns >\n";
  const std::string file = write("scenario \"passes\"\nplugin " + kCounter + steps +
                                 "scenario \"hangs\"\nplugin " + plugin("hang_update") + steps +
                                 "scenario \"is over before\"\nplugin " + kCounter + steps);
  adopt_orphans();
  Subprocess test({"test", file, "-j", "2", "--timeout", "0"});
  EXPECT_EQ(test.wait_for_stdout("ok 1"), "ok 1 - " + file + ": passes");
  const Ran ran = test.finish_with(SIGTERM);
  EXPECT_THAT(ran.out, StartsWith("TAP version 13\n1..3\nok 1 - " + file + ": passes\nnot ok 2 - " +
                                  file + ": hangs\n"));
  EXPECT_TRUE(nothing_left());
}

TEST_F(ScenarioCommand, AnInterruptEndsAllAndSaysSo) {
  const std::string file = write("plugin " + plugin("hang_update") +
                                 "\nscenario \"hangs\"\nudp dns 10.0.0.1:1 > 10.0.0.2:53 on 1\n"
                                 "dns >\n"
                                 "scenario \"waits\"\n");
  adopt_orphans();
  Subprocess test({"test", file, "-j", "1"});
  const Ran ran = test.finish_with(SIGTERM);
  EXPECT_EQ(ran.status == 143 || ran.signal == SIGTERM, true) << ran.status;
  EXPECT_THAT(ran.out, Not(HasSubstr("\nok ")));
  EXPECT_TRUE(nothing_left());
}

TEST_F(ScenarioCommand, FromACaptureMakesScenariosThatPass) {
  Capture capture;
  capture.add_tcp_conversation().add(udp_packet(true));
  const std::string file = capture.write(dir.file("a.pcap"));
  const std::string made = dir.file("made.scenario");
  const Ran from = surisim({"scenario", "from", file, "-o", made});
  EXPECT_EQ(from.status, 0) << from.err;
  const Ran ran = surisim({"test", made, "--plugin", kCounter});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, StartsWith("TAP version 13\n1..2\nok 1 - " + made + ": flow 1: udp "));
  const Ran second = surisim({"scenario", "from", file, "--flow", "2"});
  EXPECT_THAT(second.out, HasSubstr("scenario \"flow 2: tcp 10.0.0.1:40000 > 10.0.0.2:80"));
  const Ran third = surisim({"scenario", "from", file, "--flow", "3"});
  EXPECT_EQ(third.status, 2);
  EXPECT_EQ(third.err, "surisim: " + file + ": expected a flow from 1 to 2, got 3\n");
}

TEST_F(ScenarioCommand, FromADamagedCaptureMakesWhatCanBeReadAndSaysSo) {
  Capture capture;
  capture.add(udp_packet(true)).add(udp_packet(false));
  const std::string file = capture.write(dir.file("a.pcap"));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
  const Ran from = surisim({"scenario", "from", file});
  EXPECT_EQ(from.status, 2);
  EXPECT_THAT(from.err,
              StartsWith("surisim: capture file \"" + file + "\" is damaged after 1 record: "));
  EXPECT_THAT(from.out, HasSubstr("\n# Not all of it was read: "));
  EXPECT_THAT(from.out, HasSubstr("1 packet\""));
}

}  // namespace
}  // namespace surisim::test
