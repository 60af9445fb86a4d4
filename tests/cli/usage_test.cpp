// Goal: a mistake on the command line gives one line on stderr that says what was expected, nothing
// on stdout, and exit status 2. Method: make every mistake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Expects one line on stderr with this text, and nothing on stdout.
void expect_usage_error(const Arguments& arguments, const std::string& text) {
  const Ran ran = surisim(arguments);
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(StartsWith("surisim: "), HasSubstr(text)));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

void expect_option_error(const Arguments& options, const std::string& text) {
  Arguments arguments = {"run", plugin("good")};
  arguments.insert(arguments.end(), options.begin(), options.end());
  expect_usage_error(arguments, text);
}

// An option takes one value, wherever the plugin is.
TEST(Usage, ThePluginMayBeBetweenOptions) {
  const Ran ran = surisim({"run", "--seed", "1", plugin("good"), "--quiet"});
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST(Usage, WithoutASubcommandAllAreListed) {
  expect_usage_error(
      {},
      "expected a subcommand: run, check, explore, record, verify, compare, bench, inspect, "
      "lifecycle, rules, facts, test or scenario");
  expect_usage_error({"frob"}, "there is no subcommand \"frob\"");
}

TEST(Usage, AMisspeltSubcommandSuggestsOne) {
  expect_usage_error({"rnu", plugin("good")}, "there is no subcommand \"rnu\"; did you mean run?");
  expect_usage_error({"lifecycles"}, "did you mean lifecycle? (surisim --help)");
  const std::string good = plugin("good");
  expect_usage_error({good}, "did you mean surisim run " + good + "?");
}

TEST(Usage, AMisspeltOptionSuggestsOneOfItsSubcommand) {
  expect_option_error({"--thread", "8"},
                      "run: there is no option --thread; did you mean --threads? "
                      "(surisim run --help)");
  expect_option_error({"--treads=8"}, "there is no option --treads; did you mean --threads?");
  expect_usage_error({"inspect", plugin("good"), "--vebose"},
                     "inspect: there is no option --vebose; did you mean --verbose? "
                     "(surisim inspect --help)");
  const Ran golden = surisim({"run", plugin("good"), "--golden", "x"});
  EXPECT_THAT(golden.err, ::testing::Not(HasSubstr("did you mean"))) << "--mode is another word";
  expect_usage_error({"lifecycle", "--threads", "3"},
                     "lifecycle: there is no option --threads (surisim lifecycle --help)");
  expect_usage_error({"--threads", "8", "run", plugin("good")}, "there is no option --threads");
}

TEST(Usage, AMisspeltRuleSuggestsOne) {
  expect_usage_error({"rules", "value-leeked"}, "did you mean value-leaked?");
}

TEST(Usage, UnexpectedWordsAreNamed) {
  expect_usage_error({"lifecycle", "now"},
                     "lifecycle: unexpected \"now\" (surisim lifecycle --help)");
}

TEST(Usage, AnOptionWithASingleValueIsGivenOnce) {
  expect_option_error({"--threads", "2", "--flows", "1", "--threads", "4"},
                      "--threads: expected it once, got \"2\" and \"4\"");
  expect_option_error({"--log-level", "info", "--log-level=info"}, "--log-level: expected it once");
  expect_usage_error({"rules", "--color", "never", "--color", "never"},
                     "--color: expected it once");
  expect_usage_error({"record", plugin("good"), "-o", "a", "--golden", "b"},
                     "--golden: expected it once");
}

TEST(Usage, RunAndInspectNeedAPlugin) {
  expect_usage_error({"run"}, "run: PLUGIN.so is required (surisim run --help)");
  expect_usage_error({"inspect"}, "inspect: PLUGIN.so is required (surisim inspect --help)");
}

TEST(Usage, AFileThatIsReadIsNotOverwritten) {
  const std::string good = plugin("good");
  expect_option_error({"--output", good}, "is the plugin too; expected another file");
  expect_option_error({"--eve", good}, "--eve: ");
  expect_usage_error({"record", good, "-o", good}, "is the plugin too");
  expect_usage_error({"bench", good, "--output", good}, "is the plugin too");
}

TEST(Usage, ReportsAndRecordsNeedDifferentFiles) {
  expect_option_error({"--eve", "both.json", "--output", "./both.json"}, "is --eve too");
  expect_option_error({"--eve", "both.json", "--events", "both.json"}, "is --events too");
  const Ran ran = surisim({"run", plugin("good"), "--eve", "/dev/null", "--output", "/dev/null"});
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST(Usage, AGoldenFileIsNotStdout) {
  expect_usage_error({"record", plugin("good"), "-o", "-"}, "--golden: expected a file, got \"-\"");
  expect_usage_error({"verify", plugin("good"), "--golden", "-"}, "--golden: expected a file");
}

TEST(Usage, AFormatThatASubcommandDoesNotHaveIsRefused) {
  const std::string xml = "no_such_report.xml";
  expect_usage_error(
      {"bench", plugin("good"), "--output", xml},
      "--output: no_such_report.xml asks for a junit report, which this subcommand does not have; "
      "expected text, json or html");
  EXPECT_FALSE(std::filesystem::exists(xml));
}

TEST(Usage, BenchRefusesInjectedFaults) {
  expect_usage_error({"bench", plugin("good"), "--fail", "alloc:3"}, "which is for surisim run");
}

TEST(Usage, AMemoryLimitMustBeEnoughForARun) {
  expect_option_error({"--memory-limit", "1"}, "--memory-limit: expected 0 or at least 64, got 1");
}

TEST(Usage, ASweepNeedsTheChecks) {
  expect_option_error({"--fail", "set:*", "--no-checks"}, "needs the checks");
}

TEST(Usage, UnknownOptionsAreNamed) { expect_option_error({"--frob"}, "--frob"); }

TEST(Usage, AnOptionWithoutItsValueIsNamed) { expect_option_error({"--threads"}, "--threads"); }

TEST(Usage, ThreadCountsOutsideTheRangeNameOptionRangeAndValue) {
  for (const char* count : {"0", "-1", "16385", "100000", "99999999999999999999999", "four", "4x",
                            "4.0", "", " 4", "+4", "0x4"})
    expect_option_error(
        {"--threads", count},
        std::string("--threads: expected a whole number from 1 to 16,384, got \"") + count + "\"");
}

TEST(Usage, AutofpFromAFileHasAtMost1024Workers) {  // L10
  expect_option_error({"--mode", "autofp", "--threads", "1025"}, "1024");
}

TEST(Usage, EveryCountHasItsRange) {
  expect_option_error({"--flows", "1099511627777"}, "--flows: expected a whole number from 0 to");
  expect_option_error({"--packets-per-flow", "0"}, "--packets-per-flow: expected a whole number");
  expect_option_error({"--open-flows", "65537"}, "--open-flows: expected a whole number from 1 to");
  expect_option_error({"--seed", "-1"}, "--seed: expected a whole number from 0 to");
  expect_option_error({"--seed", "18446744073709551616"}, "--seed: expected a whole number");
  expect_option_error({"--repeat", "1000001"}, "--repeat: expected a whole number from 0 to");
  expect_option_error({"--repeat", "0"}, "--repeat: expected 1 or more; 0 needs unix-socket mode");
  expect_option_error({"--pcap-continuous"}, "--pcap-continuous: expected a directory");
  expect_option_error({"--device", "eth0=0"}, "eth0: expected a whole number from 1 to 16,384");
  expect_option_error({"--flow-managers", "1025"}, "--flow-managers: expected a whole number");
  expect_option_error({"--flow-recyclers", "0"}, "--flow-recyclers: expected a whole number");
  expect_option_error({"--receive-threads", "65"}, "--receive-threads: expected a whole number");
  expect_option_error({"--detect-loaders", "65"}, "--detect-loaders: expected a whole number");
  expect_option_error({"--timeout", "soon"}, "--timeout: expected a whole number");
}

TEST(Usage, SharesAreFrom0To1) {
  for (const char* share : {"-0.1", "1.1", "nan", "inf", "half", "0.5x", "", "-0", "0x1p-1"})
    for (const char* option : {"--udp", "--icmp", "--ipv6"})
      expect_option_error(
          {option, share},
          std::string(option) + ": expected a share from 0 to 1, got \"" + share + "\"");
  expect_option_error({"--udp", "0.7", "--icmp", "0.4"}, "add up to at most 1");
}

TEST(Usage, EndsNeedKindsWithShares) {
  expect_option_error({"--ends", "bucket"}, "expected kind=share");
  expect_option_error({"--ends", "sudden=1"}, "--ends: expected recycler, pressure, bucket");
  expect_option_error({"--ends", "bucket=2"}, "--ends bucket: expected a share from 0 to 1");
  expect_option_error({"--ends", "bucket=0"}, "above 0");
  expect_option_error({"--ends", "backstop=1"}, "above 0");
}

TEST(Usage, AnUnknownValueListsTheKnownOnes) {
  expect_option_error({"--mode", "fast"},
                      "--mode: expected workers, autofp or single, got \"fast\"");
  expect_option_error({"--capture", "dpdk"}, "--capture: expected pcap-file, af-packet or pcap");
  expect_option_error({"--engine", "daemon"},
                      "--engine: expected normal, config-test, engine-analysis or unix-socket");
  expect_option_error({"--format", "xml"},
                      "--format: expected text, json, junit, sarif, html or trace");
  expect_option_error({"--no-record", "--output", "never.html"},
                      "--output: html needs the record that --no-record switches off");
  expect_option_error({"--fail-on", "never"}, "--fail-on: expected error, warning or note");
  expect_option_error({"--show", "all"}, "--show: expected error, warning or note");
}

TEST(Usage, FaultsNeedAKindAndAThread) {
  for (const char* fault : {"W#01", "init", "init:", "init:*", "explode:W#01", ""})
    expect_option_error({"--fail", fault},
                        "--fail: expected init:THREAD, start:THREAD, run:THREAD, create:THREAD");
}

TEST(Usage, AFaultInAThreadThatDoesNotExistListsTheThreads) {
  expect_option_error({"--fail", "init:W#99"}, "there is no thread W#99-eth0; the threads are US,");
  expect_option_error({"--fail", "init:W#01", "--engine", "config-test"},
                      "engine mode config-test creates none");
}

TEST(Usage, ASuppressionNeedsAKnownRuleAndAReason) {
  expect_option_error({"--suppress", "value-leeked=x"},
                      "--suppress: expected the id of a rule, got \"value-leeked\"; did you mean "
                      "value-leaked?");
  expect_option_error({"--suppress", "value-leaked"}, "--suppress: expected a reason");
  expect_option_error({"--suppress", "value-leaked="}, "--suppress: expected a reason");
  expect_option_error({"--suppress", "value-leaked= "}, "--suppress: expected a reason");
}

TEST(Usage, ADeviceCannotBeCombinedWithACaptureFile) {
  expect_option_error({"--device", "eth0", "--capture", "pcap-file"}, "--device");
  expect_option_error({"--device", ""}, "--device: expected a name");
}

TEST(Usage, EventsNeedRecordingAndTheirOwnFile) {
  expect_option_error({"--events", "-"}, "stdout carries the report");
  expect_option_error({"--events", "/tmp/x", "--no-record"}, "--no-record");
}

TEST(Usage, AnOutputThatCannotBeWrittenIsReportedBeforeTheRun) {
  expect_option_error({"--output", "/nowhere/report"},
                      "/nowhere/report: cannot be written: No such");
  expect_option_error({"--events", "/nowhere/events"},
                      "/nowhere/events: cannot be written: No such");
}

TEST(Usage, EveNeedsAFileThatCanBeWritten) {
  expect_option_error({"--eve", ""}, "--eve: expected a file name, got \"\"");
  expect_option_error({"--eve", "/nonexistent/eve.json"},
                      "\"/nonexistent/eve.json\": No such file or directory");
  expect_option_error({"--eve", "-"}, "--eve: stdout carries the report");
}

TEST(Usage, AnEveFileTypeMustBeRegisteredByAPlugin) {  // T15
  expect_option_error({"--eve-filetype", "mine"},
                      "EVE file type \"mine\" is not registered by any plugin");
  expect_option_error({"--eve-threaded"}, "--eve-threaded: applies to a plugin's file type");
}

// It is not the plugin's mistake, and the run is not complete.
TEST(Usage, AnEveFileThatIsFullEndsWithStatus3) {
  const Ran ran = surisim({"run", plugin("good"), "--eve", "/dev/full"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: incomplete")) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("surisim: cannot write EVE records to \"/dev/full\": No space"));
}

TEST(Usage, ASettingNeedsAKeyAndAValue) {
  expect_option_error({"--set", "stats.enabled"}, "--set: expected key=value");
  expect_option_error({"--set", "=yes"}, "expected a key before the =");
  expect_option_error({"--set", std::string(1024, 'k') + "=v"}, "expected 1023 at most");
}

TEST(Usage, LongValuesAreAbbreviatedInMessages) {
  const std::string part(80, 'k'), whole(100'000, 'k');
  expect_option_error({"--set", whole}, "expected key=value, got \"" + part + "…\"");
  expect_option_error({"--set", whole + "=v"},
                      "setting \"" + part + "…\": the key has 100000 bytes");
  expect_option_error({"--threads", whole}, ", got \"" + part + "…\"");
  expect_option_error({"--fail", whole}, "; got \"" + part + "…\"");
  expect_option_error({"--suppress", whole + "=x"}, ", got \"" + part + "…\"; surisim rules");
}

class TextFile : public ::testing::Test {
 protected:
  // Every option that reads a text file.
  void expect_refused(const std::string& file, const std::string& why) {
    expect_option_error({"--config", file}, file + ": " + why + "; expected a YAML file");
    expect_option_error({"--suppressions", file},
                        file + ": " + why + "; expected a file of suppressions");
    expect_usage_error({"verify", plugin("good"), "--golden", file},
                       file + ": " + why + "; expected a golden file");
  }
  TempDir dir_;
};

TEST_F(TextFile, ThatIsADirectoryIsNamed) { expect_refused(dir_.path(), "a directory"); }

TEST_F(TextFile, WithoutAnEndIsReadUpToALimit) {
  expect_refused("/dev/zero", "more than 67108864 bytes");
}

TEST_F(TextFile, ThatIsAFifoWithoutAWriterIsNotWaitedForLong) {
  const std::string fifo = dir_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect_refused(fifo, "a FIFO without a writer");
}

TEST_F(TextFile, ThatIsAPipeIsRefusedForSeveralRuns) {
  const std::string fifo = dir_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect_option_error({"--fail", "set:*", "--config", fifo},
                      "--fail set:*: makes several runs, but --config " + fifo + " is a pipe");
  expect_usage_error({"bench", plugin("good"), "--config", fifo}, "bench: makes several runs");
}

// Read once, although verify parses the command line again with the golden file's options.
TEST_F(TextFile, MayBeAPipe) {
  const std::string fifo = dir_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const std::string golden = dir_.file("golden");
  ASSERT_EQ(surisim({"record", plugin("good"), "-o", golden, "--flows", "10"}).status, 0);
  const auto given = [&fifo](const std::string& text, const Arguments& arguments) {
    std::thread writer([&] { std::ofstream(fifo) << text; });
    Ran ran = surisim(arguments);
    writer.join();
    return ran;
  };
  EXPECT_EQ(
      given("%YAML 1.1\n---\na: b\n", {"run", plugin("good"), "--flows", "10", "--config", fifo})
          .status,
      0);
  EXPECT_EQ(given(read_file(golden), {"verify", plugin("good"), "--golden", fifo}).status, 0);
  const std::string late = SURISIM_TEST_PLUGIN_DIR "/late_slot.so";
  EXPECT_EQ(given("register-after-finalize  known\n", {"run", late, "--suppressions", fifo}).status,
            0);
  ASSERT_EQ(surisim({"record", late, "-o", golden, "--flows", "10"}).status, 1);
  EXPECT_EQ(given("register-after-finalize  known\n",
                  {"verify", late, "--golden", golden, "--suppressions", fifo})
                .status,
            0);
}

class ConfigurationFile : public ::testing::Test {
 protected:
  void expect_refused(const std::string& content, const std::string& text) {
    expect_option_error({"--config", dir_.write("suricata.yaml", "%YAML 1.1\n---\n" + content)},
                        text);
  }
  TempDir dir_;
};

TEST_F(ConfigurationFile, ThatCannotBeReadIsNamedInTheError) {
  expect_option_error({"--config", dir_.file("nobody.yaml")}, "nobody.yaml: cannot be opened: No");
  expect_option_error({"--config", dir_.path()}, ": a directory; expected a YAML file");
}

TEST_F(ConfigurationFile, ThatIsNotSuricatasYamlIsReportedWithTheLine) {
  expect_option_error({"--config", dir_.write("plain.yaml", "a: b\n")},
                      "plain.yaml:1: the file does not begin as Suricata's do");
  expect_refused("a: [b\n", "suricata.yaml:4: not YAML");
  expect_refused("a: b\nc: \xff\n", "suricata.yaml:4: a byte that is not YAML text");
}

TEST_F(ConfigurationFile, ThatWouldExhaustMemoryIsRefusedAtOnce) {
  expect_refused("a: " + std::string(100'000, '['), "suricata.yaml:3: more than 128 levels");
  std::string names;
  for (int i = 0; i < 30'000; ++i) names += "k" + std::to_string(i) + ": v\n";
  expect_refused(names, "more than 20000 names; expected fewer");
}

TEST_F(ConfigurationFile, MayReferToItselfWithoutGrowing) {  // aliases are not followed
  std::string bomb = "a0: &a0 [x]\nself: &self [*self]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before + "]\n";
  }
  const std::string file = dir_.write("bomb.yaml", "%YAML 1.1\n---\n" + bomb);
  EXPECT_EQ(surisim({"run", plugin("good"), "--flows", "10", "--config", file}).status, 0);
}

TEST_F(ConfigurationFile, ThatIncludesItselfIsReportedOnce) {
  expect_refused("include: suricata.yaml\n",
                 "suricata.yaml:3: include suricata.yaml: the file includes itself");
  dir_.write("second.yaml", "%YAML 1.1\n---\n\nx: [\n");
  dir_.write("first.yaml", "%YAML 1.1\n---\ninclude: second.yaml\n");
  expect_refused("include: first.yaml\n", "suricata.yaml:3: include first.yaml failed: " +
                                              dir_.file("second.yaml") + ":5: not YAML");
}

TEST(Usage, FilesThatAreNotPluginsAreRefusedBeforeTheRun) {
  TempDir dir;
  const std::string empty = dir.write("empty.so", "");
  const std::string text = dir.write("text.so", "hello\n");
  for (const char* command : {"run", "inspect"}) {
    expect_usage_error({command, "/nowhere/p.so"}, "/nowhere/p.so: no such file");
    expect_usage_error({command, empty}, "the file is empty");
    expect_usage_error({command, text}, "not an ELF file but a text file");
    expect_usage_error({command, SURISIM_TEST_COMMAND}, "an executable");
    expect_usage_error({command, "/dev/null"}, "not a regular file");
    expect_usage_error({command, ""}, "an empty path; expected a plugin's path");
  }
}

TEST(Usage, ADirectoryMustHoldAPlugin) {
  TempDir dir;
  expect_usage_error({"run", dir.path()}, "has no file with .so in its name");
  dir.write("readme.txt", "hello");
  expect_usage_error({"run", dir.path()}, "has no file with .so in its name");
}

TEST(Usage, OneBadPluginAmongGoodOnesIsRefusedToo) {
  expect_usage_error({"run", plugin("good"), "/nowhere/p.so"}, "/nowhere/p.so: no such file");
}

TEST(Help, OfEachSubcommandHasItsOwnExamples) {
  for (const char* name :
       {"run", "record", "verify", "bench", "inspect", "lifecycle", "rules", "facts"}) {
    const Ran ran = surisim({name, "--help"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_THAT(ran.out, HasSubstr(std::string("Examples:\n  surisim ") + name)) << name;
  }
}

TEST(Help, GoesToStdoutWithExamples) {
  for (const Arguments& arguments : {Arguments{"--help"}, Arguments{"run", "--help"}}) {
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err, "");
    EXPECT_THAT(ran.out, AllOf(HasSubstr("Usage: surisim"), HasSubstr("Examples:")));
  }
}

TEST(Version, NamesTheSuricataThatIsSimulated) {
  const Ran ran = surisim({"--version"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, AllOf(StartsWith("surisim "), HasSubstr(", for Suricata 8.0 and 9.0\n")));
}

}  // namespace
}  // namespace surisim::test
