// Goal: a run of a good plugin writes the requested report to the requested place, and nothing else
// to stdout. Method: the command on plugins that run to the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "subprocess.hpp"
#include "surisim/lifecycle.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::StartsWith;

json report(const Arguments& more, const std::string& name = "good") {
  Arguments arguments = {"run", plugin(name), "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Ran ran = surisim(arguments);
  EXPECT_EQ(ran.status, 0) << ran.err;
  return json::parse(ran.out);
}

std::vector<std::string> thread_names(const json& document) {
  std::vector<std::string> names;
  for (const json& thread : document["lifecycle"]["threads"]) names.push_back(thread["name"]);
  return names;
}

TEST(Run, OfAGoodPluginPasses) {
  const Ran ran = surisim({"run", plugin("good")});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(
      ran.out,
      AllOf(HasSubstr("good 1.2.3  MIT  by A. Tester"), HasSubstr("thread good_counter"),
            HasSubstr("W#01-eth0 … W#04-eth0"), HasSubstr("made 10 on main; freed 9 on main"),
            HasSubstr("1 kept on a command thread, whose storage Suricata never frees (L27)"),
            Not(HasSubstr("reproduce:"))));
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: pass"));
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
}

TEST(Run, JsonHasTheKeysOfTheContract) {
  const json document = report({});
  for (const char* key :
       {"tool", "abi", "plugins", "config", "verdict", "summary", "violations", "lifecycle"})
    EXPECT_TRUE(document.contains(key)) << key;
  for (const char* key : {"path", "name", "version", "license", "author", "slots", "callbacks"})
    EXPECT_TRUE(document["plugins"][0].contains(key)) << key;
  for (const char* key : {"errors", "warnings", "notes"})
    EXPECT_TRUE(document["summary"].contains(key)) << key;
  for (const char* key :
       {"threads", "init_callbacks", "values_created", "values_freed", "flows", "packets"})
    EXPECT_TRUE(document["lifecycle"].contains(key)) << key;
  EXPECT_EQ(document["verdict"], "pass");
  EXPECT_EQ(document["config"]["seed"], 1);
  EXPECT_EQ(document["lifecycle"]["init_callbacks"], 10);
  EXPECT_EQ(document["lifecycle"]["values_created"], 10);
  EXPECT_EQ(document["lifecycle"]["values_freed"], 9);
  EXPECT_EQ(document["lifecycle"]["flows"], 2000);
}

TEST(Run, OfSeveralPluginsReportsAll) {
  const Ran ran = surisim({"run", plugin("good"), plugin("prints"), "--format", "json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["plugins"].size(), 2U);
}

TEST(Run, InProcessGivesTheSameNumbers) {
  const json a = report({});
  const json b = report({"--in-process"});
  EXPECT_EQ(a["lifecycle"]["values"], b["lifecycle"]["values"]);
  EXPECT_EQ(a["lifecycle"]["flows_by_protocol"], b["lifecycle"]["flows_by_protocol"]);
  EXPECT_EQ(a["lifecycle"]["packets"], b["lifecycle"]["packets"]);
}

TEST(Stdout, CarriesTheReportAndNothingElse) {
  for (const Arguments& more : {Arguments{}, Arguments{"--in-process"}}) {
    Arguments arguments = {"run", plugin("prints"), "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = surisim(arguments);
    EXPECT_FALSE(json::parse(ran.out, nullptr, false).is_discarded()) << ran.out;
    EXPECT_THAT(ran.err,
                AllOf(HasSubstr("printed by the constructor"), HasSubstr("printed by Init"),
                      HasSubstr("printed by the callback"), HasSubstr("printed by Free"),
                      HasSubstr("printed by the destructor")));
  }
}

TEST(Stdout, OfInspectHasOnlyTheReportToo) {
  for (const Arguments& more : {Arguments{}, Arguments{"--in-process"}}) {
    Arguments arguments = {"inspect", plugin("prints"), "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = surisim(arguments);
    EXPECT_FALSE(json::parse(ran.out, nullptr, false).is_discarded()) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr("printed by the constructor"));
  }
}

// As with `| head`. The report was not read, so it is not a success.
TEST(Stdout, ThatIsClosedEndsTheCommandSilently) {
  for (const Arguments& arguments :
       {Arguments{"run", plugin("good")}, Arguments{"rules"}, Arguments{"--help"}}) {
    const Ran ran = Subprocess(arguments, Subprocess::Stdout::closed_pipe).finish();
    EXPECT_EQ(ran.status, 3);
    EXPECT_EQ(ran.err, "");
  }
}

TEST(Stdout, HasColorsOnlyOnATerminal) {
  const auto terminal = Subprocess::Stdout::terminal;
  const Arguments arguments = {"run", plugin("good"), "-q"};
  EXPECT_THAT(surisim(arguments).out, Not(HasSubstr("\x1b")));
  if (!has_terminals()) return;  // a bare chroot, without terminals
  EXPECT_THAT(Subprocess(arguments, terminal).finish().out, HasSubstr("\x1b[1;32mpass"));
  for (const char* variable : {"NO_COLOR=1", "TERM=dumb"})
    EXPECT_THAT(Subprocess(arguments, terminal, {variable}).finish().out, Not(HasSubstr("\x1b")))
        << variable;
  EXPECT_THAT(Subprocess(arguments, terminal, {"NO_COLOR="}).finish().out, HasSubstr("\x1b"));
}

TEST(Stdout, HasColorsAsRequested) {
  const std::string good = plugin("good");
  EXPECT_THAT(surisim({"run", good, "-q", "--color", "always"}).out, HasSubstr("\x1b[1;32mpass"));
  EXPECT_THAT(surisim({"rules", "--color", "always"}).out, HasSubstr("\x1b["));
  EXPECT_THAT(surisim({"run", good, "--color", "loud"}).err,
              HasSubstr("--color: expected auto, always or never, got \"loud\""));
  if (!has_terminals()) return;
  EXPECT_THAT(Subprocess({"run", good, "-q", "--color", "never"}, Subprocess::Stdout::terminal,
                         {"TERM=xterm"})
                  .finish()
                  .out,
              Not(HasSubstr("\x1b")));
}

// Characters, without colours.
std::size_t width_of(const std::string& line) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\x1b')
      at = line.find('m', at);
    else if ((static_cast<unsigned char>(line[at]) & 0xc0) != 0x80 && line[at] != '\r')
      ++width;
  }
  return width;
}

TEST(Stdout, FitsATerminal) {
  if (!has_terminals()) return;
  for (const Arguments& arguments :
       {Arguments{"lifecycle"}, Arguments{"rules"}, Arguments{"facts"}, Arguments{"run", "--help"},
        Arguments{"run", plugin("good")}}) {
    const Ran wide = Subprocess(arguments, Subprocess::Stdout::terminal, {"COLUMNS=400"}).finish();
    const Ran ran = Subprocess(arguments, Subprocess::Stdout::terminal, {"COLUMNS=72"}).finish();
    std::istringstream in(ran.out);
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line); ++lines) EXPECT_LE(width_of(line), 72U) << line;
    EXPECT_GT(lines, static_cast<std::size_t>(std::count(wide.out.begin(), wide.out.end(), '\n')));
  }
}

// A stack larger than any machine's memory. The message says what failed, not only the system's
// reason.
#ifndef __SANITIZE_THREAD__  // which does not start with so little memory for stacks
TEST(Threads, ThatCannotBeCreatedAreNamed) {
  const std::string command = "ulimit -s 1000000000000 2>/dev/null && exec '" SURISIM_TEST_COMMAND
                              "' run '" +
                              plugin("good") + "' 2>&1 || echo no such limit here";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string out;
  std::array<char, 4096> chunk;
  for (std::size_t n; (n = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
    out.append(chunk.data(), n);
  const int status = ::pclose(pipe);
  if (out.starts_with("no such limit")) return;  // stacks are limited here
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ(out,
            "surisim: the thread that sends the summary could not be created: Resource "
            "temporarily unavailable\n");
}
#endif

TEST(Output, ToAFileLeavesStdoutEmpty) {
  TempDir dir;
  const std::string file = dir.write("report.json", std::string(100'000, 'x'));
  const Ran ran = surisim({"run", plugin("good"), "--format", "json", "--output", file});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(json::parse(read_file(file))["verdict"], "pass");  // the old contents are gone
}

TEST(Output, ToAFullDeviceIsAFailure) {
  const Ran ran = surisim({"run", plugin("good"), "--output", "/dev/full"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.err, HasSubstr("/dev/full: No space left on device"));
}

TEST(Quiet, PrintsOnlyTheVerdict) {
  EXPECT_EQ(surisim({"run", plugin("good"), "-q", "--no-command-socket"}).out, "verdict: pass\n");
}

TEST(Verbose, ShowsEveryThreadAndPhase) {
  const Ran ran = surisim({"run", plugin("good"), "-v"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("phases\n"), HasSubstr("create packet threads"),
                             HasSubstr("\n  CW ")));
}

TEST(Events, AreOneJsonObjectPerLine) {
  TempDir dir;
  const std::string file = dir.file("events");
  const Ran ran = surisim({"run", plugin("good"), "--flows", "50", "--events", file});
  EXPECT_EQ(ran.status, 0) << ran.err;
  std::istringstream lines(read_file(file));
  std::size_t count = 0;
  std::string text;
  for (std::string line; std::getline(lines, line); ++count) {
    const json event = json::parse(line, nullptr, false);
    ASSERT_TRUE(event.is_object() && event.contains("ev")) << line;
    text += event["ev"].get<std::string>() + "\n";
  }
  EXPECT_GT(count, 300U);
  EXPECT_THAT(text, AllOf(HasSubstr("SCStorageFinalize"), HasSubstr("flow")));
}

TEST(Events, MayGoToStdoutWhenTheReportDoesNot) {
  TempDir dir;
  const Ran ran = surisim(
      {"run", plugin("good"), "--flows", "5", "--events", "-", "--output", dir.file("report")});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("{\"seq\":1,"));
  EXPECT_THAT(last_line(read_file(dir.file("report"))), StartsWith("verdict: pass"));
}

TEST(Options, DecideTheThreads) {  // L9, L10
  EXPECT_THAT(thread_names(report({"--mode", "single"})),
              ElementsAre("W#01", "FM#01", "FR#01", "CW", "CS", "HB"));
  EXPECT_THAT(thread_names(report({"--mode", "autofp", "--threads", "2", "--no-stats"})),
              ElementsAre("RX#01", "W#01", "W#02", "FM#01", "FR#01", "HB"));
  EXPECT_THAT(thread_names(
                  report({"--threads", "1", "--device", "a", "--device", "b", "--no-command-socket",
                          "--flow-managers", "2", "--no-stats", "--bypass-manager"})),
              ElementsAre("W#01-a", "W#01-b", "FM#01", "FM#02", "FR#01", "FB", "HB"));
  EXPECT_THAT(thread_names(report({"--mode", "autofp", "--capture", "pcap", "--threads", "1",
                                   "--flow-recyclers", "2", "--detect-loaders", "1"})),
              ElementsAre("DL#01", "US", "RX#01-eth0", "W#01", "FM#01", "FR#01", "FR#02", "CW",
                          "CS", "HB"));
}

TEST(Options, ADeviceSelectsALiveCapture) {
  EXPECT_EQ(report({"--mode", "single", "--device", "eth7"})["config"]["capture"], "af-packet");
  EXPECT_THAT(thread_names(report({"--mode", "single", "--device", "eth7"})).at(1), "W#01-eth7");
}

TEST(Options, ConfigTestCreatesNoThreads) {  // L4
  const json document = report({"--engine", "config-test"});
  EXPECT_THAT(thread_names(document), IsEmpty());
  EXPECT_EQ(document["plugins"][0]["slots"][0]["id"], 0);
}

TEST(Options, RepeatRunsSeveralLifecycles) {  // L28
  const json document =
      report({"--repeat", "3", "--flows", "10", "--engine", "unix-socket", "--mode", "single"});
  EXPECT_EQ(document["lifecycle"]["completed"], 3);
  EXPECT_EQ(document["config"]["lifecycles"], 3);
}

TEST(Options, TheSeedDecidesTheFlows) {
  const auto flows = [](const char* seed) {
    return report({"--seed", seed})["lifecycle"]["flows_by_protocol"];
  };
  EXPECT_EQ(flows("7"), flows("7"));
  EXPECT_NE(flows("7"), flows("8"));
}

TEST(Options, SharesDecideTheKindsOfFlows) {
  const json udp = report({"--udp", "1", "--icmp", "0", "--ipv6", "1", "--ends", "recycler=1"});
  EXPECT_EQ(udp["lifecycle"]["flows_by_protocol"]["udp"], 2000);
  EXPECT_EQ(udp["lifecycle"]["flows_by_protocol"]["ipv6"], 2000);
  const json icmp = report({"--udp", "0", "--icmp", "1", "--ipv6", "0", "--ends", "recycler=1"});
  EXPECT_EQ(icmp["lifecycle"]["flows_by_protocol"]["icmp"], 2000);
  EXPECT_EQ(icmp["lifecycle"]["flows_by_protocol"]["ipv4"], 2000);
}

TEST(Options, EndsDecideHowFlowsEnd) {  // L32
  const json ends = report({"--ends", "bucket=1"})["lifecycle"]["flows_by_end"];
  EXPECT_EQ(ends["finished_by_recycler"], 0);
  EXPECT_EQ(ends["finished_by_worker"], 0);
  EXPECT_GT(ends["ended_in_bucket"], 1500);
}

TEST(Options, AreAllInTheConfig) {
  const json config = report({"--threads", "3", "--flows", "77", "--packets-per-flow", "4",
                              "--exact-packets", "--open-flows", "5", "--no-checks", "--no-record",
                              "--fail-on", "note", "--fail", "paused"})["config"];
  EXPECT_EQ(config["threads"], 3);
  EXPECT_EQ(config["flows"], 77);
  EXPECT_EQ(config["packets_per_flow"], 4);
  EXPECT_EQ(config["exact_packets"], true);
  EXPECT_EQ(config["open_flows"], 5);
  EXPECT_EQ(config["checks"], false);
  EXPECT_EQ(config["record"], "off");
  EXPECT_EQ(config["fail_on"], "note");
  EXPECT_EQ(config["faults"].at(0)["kind"], "paused");
}

TEST(Fault, InjectedIsNotThePluginsMistake) {  // L14
  const Ran ran = surisim({"run", plugin("good"), "--fail", "init:W#02"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("failing init:W#02-eth0"),
                             HasSubstr("stopped  thread W#02-eth0 failed to initialise")));
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: pass"));
}

TEST(Suppress, ReportsARuleThatDidNotOccur) {
  const Ran ran = surisim({"run", plugin("good"), "--suppress", "slot-unused=later"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("unused suppression  slot-unused: later\n"));
}

TEST(Lifecycle, PrintsTheTableThatTheRuntimeWalks) {
  const Ran ran = surisim({"lifecycle"});
  EXPECT_EQ(ran.status, 0);
  std::size_t at = 0;
  for (const Step& step : kLifecycle) {
    at = ran.out.find(step.name, at);
    ASSERT_NE(at, std::string::npos) << step.name;
    const std::string line = ran.out.substr(at, ran.out.find('\n', at) - at);
    EXPECT_THAT(line, AllOf(HasSubstr(step.what), HasSubstr(step.on), HasSubstr(step.facts)));
  }
}

void expect_described(const json& value, const std::string& section) {
  for (const auto& [key, inner] : value.items()) {
    if (value.is_object()) {
      EXPECT_THAT(section, HasSubstr("`" + key + "`"));
    }
    if (inner.is_structured()) expect_described(inner, section);
  }
}

TEST(JsonPage, DescribesTheOtherSubcommandsToo) {
  const std::string page = read_file(SURISIM_TEST_SOURCE_DIR "/docs/json.md");
  for (const Arguments& command :
       {Arguments{"bench", plugin("good"), "--flows", "10"}, {"lifecycle"}, {"rules"}, {"facts"}}) {
    Arguments arguments = command;
    arguments.insert(arguments.end(), {"--format", "json"});
    json report = json::parse(surisim(arguments).out);
    report.erase("tool");
    report.erase("abi");
    const std::size_t begin = page.find("## `surisim " + command[0] + "`");
    ASSERT_NE(begin, page.npos) << command[0];
    expect_described(report, page.substr(begin, page.find("\n## ", begin) - begin));
  }
}

TEST(Lifecycle, InJsonHasEveryStep) {
  const Ran ran = surisim({"lifecycle", "--format", "json"});
  const json steps = json::parse(ran.out)["lifecycle"];
  ASSERT_EQ(steps.size(), kLifecycle.size());
  for (std::size_t i = 0; i < kLifecycle.size(); ++i)
    EXPECT_EQ(steps[i]["phase"], kLifecycle[i].name);
}

}  // namespace
}  // namespace surisim::test
