// Goal: several captures are read as in Suricata: the files of a directory oldest first, named
// files in their order, in unix-socket mode one in each lifecycle. Method: captures with one UDP
// flow each, which differ in their ports; files with given times; the built command for errors.
#include <gmock/gmock.h>
#include <suricata/suricata.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "../cli/subprocess.hpp"
#include "pcap_test.hpp"

namespace surisim::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// With one UDP packet, which is a flow.
Capture with_port(std::uint16_t port) { return Capture().add(udp_packet(true, port)); }

void set_time(const std::string& file, time_t seconds, long nanoseconds = 0) {
  const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
}

class SeveralCaptures : public PcapTest {
 protected:
  // From the flow inits, in order.
  std::vector<int> ports() const {
    std::vector<int> all;
    for (const Event& e : events())
      if (e.kind == EventKind::flow_init) all.push_back(e.flow.sp);
    return all;
  }
  std::string write(const std::string& name, std::uint16_t port) {
    return with_port(port).write(dir.file(name));
  }
};

TEST_F(SeveralCaptures, ADirectorysFilesAreReadOldestFirst) {
  set_time(write("a", 3), 2'000, 2);
  set_time(write("b", 1), 1'000);
  set_time(write("c", 2), 2'000, 1);
  options.pcap = dir.path();
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2, 3));
  EXPECT_EQ(summary().capture.files, 3u);
  EXPECT_EQ(summary().capture.file, dir.path());
  EXPECT_EQ(summary().capture.damage, "");
}

TEST_F(SeveralCaptures, FilesThatWereChangedAtOnceAreReadByName) {
  for (const auto& [name, port] : {std::pair{"c", 3}, {"a", 1}, {"b", 2}})
    set_time(write(name, static_cast<std::uint16_t>(port)), 1'000);
  options.pcap = dir.path();
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2, 3));
}

// Suricata checks d_type: directories and symbolic links are not files.
TEST_F(SeveralCaptures, OnlyRegularFilesOfADirectoryAreRead) {
  std::filesystem::create_directory(dir.file("deeper"));
  write("deeper/a", 9);
  write("b", 1);
  std::filesystem::create_symlink("deeper/a", dir.file("link"));
  options.pcap = dir.path();
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1));
}

TEST_F(SeveralCaptures, NamedOnesAreReadInTheirOrderWithAllTheirFlowsOpen) {
  options.pcaps = {write("b", 1), write("a", 2), write("c", 1)};
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2)) << "the third goes on with the flow of the first";
  EXPECT_EQ(updates(), 3u);
  EXPECT_EQ(summary().lifecycles, 1u);
  EXPECT_EQ(summary().capture.records, 3u);
}

TEST_F(SeveralCaptures, OffLineEachLifecycleReadsAll) {
  options.pcaps = {write("a", 1), write("b", 2)};
  options.lifecycles = 2;
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2, 1, 2));
}

TEST_F(SeveralCaptures, L28_OnAUnixSocketEachIsOneLifecycles) {
  options.engine = EngineMode::unix_socket;
  options.pcaps = {write("a", 1), write("b", 2)};
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().lifecycles, 2u);
  std::vector<std::pair<std::uint32_t, int>> seen;
  for (const Event& e : events())
    if (e.kind == EventKind::flow_init) seen.emplace_back(e.lifecycle, e.flow.sp);
  EXPECT_THAT(seen, ElementsAre(std::pair(1u, 1), std::pair(2u, 2)));
}

TEST_F(SeveralCaptures, L28_AUnixSocketRunsADirectoryInOneLifecycle) {
  std::filesystem::create_directory(dir.file("deeper"));
  set_time(write("deeper/a", 2), 2'000);
  set_time(write("deeper/b", 1), 1'000);
  options.engine = EngineMode::unix_socket;
  options.pcaps = {dir.file("deeper"), write("c", 3)};
  options.lifecycles = 2;  // for each
  ASSERT_TRUE(run());
  EXPECT_EQ(summary().lifecycles, 4u);
  EXPECT_THAT(ports(), ElementsAre(1, 2, 3, 1, 2, 3));
}

TEST_F(SeveralCaptures, ADamagedOneIsNamedAndTheOthersAreRead) {
  const Bytes whole = with_port(1).add(udp_packet(true, 2)).as_pcap(false);
  options.pcaps = {dir.write("cut.pcap", whole.substr(0, whole.size() - 7)), write("b", 3)};
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 3));
  EXPECT_THAT(summary().capture.damage, AllOf(HasSubstr("cut.pcap"), HasSubstr("after 1 record")));
}

TEST_F(SeveralCaptures, FilesOfADirectoryThatCannotBeOpenedAreSkippedAndNamed) {
  set_time(dir.write("README", "no capture, but long enough for a header of one"), 1'000);
  set_time(dir.write("empty", ""), 1'000);
  set_time(write("b", 3), 2'000);
  options.pcap = dir.path();
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(3));
  EXPECT_EQ(summary().capture.files, 1u);
  EXPECT_THAT(summary().capture.damage,
              AllOf(HasSubstr("README\" cannot be read"), HasSubstr("empty\" is empty")));
}

TEST_F(SeveralCaptures, OfManyDamagedOnesTheFirstFiveAreNamed) {
  for (int i = 0; i < 8; ++i) dir.write("empty" + std::to_string(i), "");
  write("b", 3);
  options.pcap = dir.path();
  ASSERT_TRUE(run());
  EXPECT_THAT(summary().capture.damage, HasSubstr("and 3 more such files"));
}

TEST_F(SeveralCaptures, ARecordHasTheNameOfTheFileThatIsRead) {
  options.config_yaml =
      "%YAML 1.1\n---\noutputs:\n  - eve-log:\n      enabled: yes\n      pcap-file: true\n"
      "      types: [alert, anomaly, flow]\n";
  std::vector<std::string> names;
  options.eve.on_record = [&](std::string_view record) {
    names.push_back(nlohmann::json::parse(record)["pcap_filename"]);
  };
  // The first flow has timed out when its second packet comes, which starts another.
  const std::string first =
      Capture().add(udp_packet(true, 1), 0).add(udp_packet(true, 1), 100).write(dir.file("a"));
  const std::string second = write("b", 2);
  options.pcaps = {first, second};
  ASSERT_TRUE(run());
  EXPECT_THAT(names, ElementsAre(first, second, second));
}

TEST_F(SeveralCaptures, AreRefusedTogetherWithOne) {
  options.pcap = options.pcaps.emplace_back("a");
  EXPECT_THAT(start().message(), HasSubstr("expected pcap or pcaps, not both"));
}

class SeveralOnTheCommandLine : public testing::Test {
 protected:
  void expect_refused(const Arguments& options, const std::string& why) {
    Arguments arguments = {"run", sample_plugin};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, AllOf(StartsWith("surisim: "), HasSubstr(why)));
  }
  const std::string sample_plugin = std::string(SURISIM_TEST_PLUGIN_DIR) + "/flow_counter_c.so";
  TempDir dir;
};

TEST_F(SeveralOnTheCommandLine, AreReportedTogether) {
  const std::string a = with_port(1).write(dir.file("a"));
  const std::string b = with_port(2).write(dir.file("b"));
  const Ran ran = surisim({"run", sample_plugin, "--pcap", a, "--pcap", b, "--mode", "single"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr(", 2 captures"), HasSubstr(a + ", " + b + ": 2 files, 2 records")));
}

TEST_F(SeveralOnTheCommandLine, AreInTheJsonReport) {
  const std::string a = with_port(1).write(dir.file("a"));
  const std::string b = with_port(2).write(dir.file("b"));
  const Ran ran = surisim({"run", sample_plugin, "--pcap", a, "--pcap", b, "--engine",
                           "unix-socket", "--format", "json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report["lifecycle"]["completed"], 2);
  EXPECT_EQ(report["lifecycle"]["capture"]["files"], 2);
  EXPECT_EQ(report["config"]["pcaps"], (nlohmann::json{a, b}));
  EXPECT_TRUE(report["config"]["pcap"].is_null());
}

TEST_F(SeveralOnTheCommandLine, EachMustBeReadable) {
  const std::string good = with_port(1).write(dir.file("good"));
  expect_refused({"--pcap", good, "--pcap", dir.file("none")},
                 "capture file \"" + dir.file("none") + "\" cannot be opened");
  expect_refused({"--pcap", good, "--pcap", ""}, "--pcap: expected a file name");
}

TEST_F(SeveralOnTheCommandLine, ADirectoryWithoutCapturesIsRefused) {
  std::filesystem::create_directory(dir.file("d"));
  expect_refused({"--pcap", dir.file("d")},
                 "capture directory \"" + dir.file("d") + "\" has no files; expected pcap");
  dir.write("d/text", std::string(100, 'x'));
  expect_refused({"--pcap", dir.file("d")},
                 "\" has no file that can be read: capture file \"" + dir.file("d/text") + "\"");
}

TEST_F(SeveralOnTheCommandLine, AnUnreadableFileOfADirectoryExits2WithTheRestJudged) {
  std::filesystem::create_directory(dir.file("d"));
  dir.write("d/text", std::string(100, 'x'));
  with_port(1).write(dir.file("d/good"));
  const Ran ran = surisim({"run", sample_plugin, "--pcap", dir.file("d")});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("d/text\" cannot be read"), Not(HasSubstr("good"))));
  EXPECT_THAT(ran.out, HasSubstr("1 record"));
}

TEST_F(SeveralOnTheCommandLine, AGoldenFileNamesEach) {
  const std::string a = with_port(1).write(dir.file("a"));
  const std::string b = with_port(2).write(dir.file("b"));
  const std::string golden = dir.file("golden");
  const Ran recorded = surisim({"record", sample_plugin, "--pcap", a, "--pcap", b, "-o", golden});
  EXPECT_EQ(recorded.status, 0) << recorded.err;
  const Ran verified = surisim({"verify", sample_plugin, "--golden", golden});
  EXPECT_EQ(verified.status, 0) << verified.err;
  const Ran other = surisim({"verify", sample_plugin, "--golden", golden, "--pcap", b});
  EXPECT_THAT(other.out + other.err, HasSubstr("--pcap"));
}

// What a test does when the flow with this client port begins.
std::map<int, std::function<void()>> at_port;

// PcapDirectoryDispatch with should_loop.
class ContinuousCapture : public SeveralCaptures {
 protected:
  ContinuousCapture() {
    at_port.clear();
    options.config_settings = {"pcap-file.continuous=yes", "pcap-file.poll-interval=1"};
    directory_ = dir.file("spool");
    std::filesystem::create_directory(directory_);
    options.pcap = directory_;
    load("acts", [] {
      SCFlowRegisterInitCallback(
          [](ThreadVars*, Flow* flow, const Packet*, void*) {
            if (at_port.contains(flow->sp)) at_port[flow->sp]();
          },
          nullptr);
    });
  }
  void spool(const std::string& name, std::uint16_t port, time_t changed) {
    const std::string file = write(name, port);
    set_time(file, changed);
    std::filesystem::rename(file, directory_ + "/" + name);
  }

  std::string directory_;
};

TEST_F(ContinuousCapture, ReadsFilesThatAppearUntilTheEngineIsToStop) {
  spool("a", 1, 1'000);
  at_port[1] = [&] { spool("b", 2, 2'000); };
  at_port[2] = [] { EngineStop(); };
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2));
  EXPECT_EQ(summary().capture.files, 2u);
}

TEST_F(ContinuousCapture, DoesSoInAutofp) {
  options.mode = Mode::autofp;
  options.threads = 2;
  spool("a", 1, 1'000);
  at_port[1] = [&] { spool("b", 2, 2'000); };
  at_port[2] = [] { EngineStop(); };
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2)) << "the first is handled before the second is there";
}

// A file is not read again, and a file that is not newer than the last one is never read.
TEST_F(ContinuousCapture, LooksOnlyForNewerFiles) {
  spool("a", 1, 2'000);
  at_port[1] = [&] {
    spool("older", 3, 1'000);
    spool("b", 2, 3'000);
  };
  at_port[2] = [] { EngineStop(); };
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 2));
}

// pcap-file.delay: 30 s, unless configured.
TEST_F(ContinuousCapture, LeavesFilesThatHaveJustBeenChanged) {
  spool("a", 1, 1'000);
  spool("b", 2, std::time(nullptr));
  at_port[1] = [&] { spool("c", 3, 2'000); };
  at_port[2] = at_port[3] = [] { EngineStop(); };
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1, 3));
}

TEST_F(ContinuousCapture, EndsWhenTheDirectoryIsGone) {
  spool("a", 1, 1'000);
  at_port[1] = [&] { std::filesystem::remove_all(directory_); };
  ASSERT_TRUE(run());
  EXPECT_THAT(ports(), ElementsAre(1));
  EXPECT_EQ(summary().capture.damage, "");
}

TEST_F(ContinuousCapture, MayBeginWithAnEmptyDirectoryAndEndsAtTheTimeLimit) {
  const Ran ran = surisim({"run", std::string(SURISIM_TEST_PLUGIN_DIR) + "/flow_counter_c.so",
                           "--pcap", directory_, "--pcap-continuous", "--time-limit", "1"});
  EXPECT_EQ(ran.status, 124) << ran.out << ran.err;
}

}  // namespace
}  // namespace surisim::test
