// Goal: an eve-log output in the configuration decides where EVE records go, as in Suricata, and
// the command line overrides it. Method: whole runs with a configuration file; a file type that
// records its Init's arguments.
#include <gmock/gmock.h>
#include <suricata/conf.h>
#include <suricata/output-eve.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using namespace surisim;
using testing::HasSubstr;

struct FileSeen {
  bool opened = false;
  bool threaded = false;
  std::string node;   // name of the node that Init gets
  std::string value;  // its child "mine"
  std::atomic<int> lines{0};
};
FileSeen file_seen;

int note_init(const SCConfNode* conf, const bool threaded, void**) {
  file_seen.opened = true;
  file_seen.threaded = threaded;
  if (conf == nullptr) return -1;
  file_seen.node = conf->name == nullptr ? "" : conf->name;
  const char* const value = SCConfNodeLookupChildValue(conf, "mine");
  file_seen.value = value == nullptr ? "" : value;
  return 0;
}

int note_line(const char*, const int, const void*, void*) {
  ++file_seen.lines;
  return 0;
}

void note_end(void*) {}

class EveConf : public fixtures::LifecycleTest {
 protected:
  EveConf() {
    std::string name = (std::filesystem::temp_directory_path() / "eve-conf-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) directory_ = name;
    file_seen.opened = file_seen.threaded = false;
    file_seen.node = file_seen.value = "";
    file_seen.lines = 0;
  }
  ~EveConf() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  void configure(const std::string& text) {
    options.config_file = path("conf.yaml");
    std::ofstream(options.config_file) << "%YAML 1.1\n---\n" << text;
  }
  void load_type() {
    load("type", [] {
      static SCEveFileType type{"noting", note_init, nullptr, note_line, nullptr, note_end, {}};
      EXPECT_TRUE(SCRegisterEveFileType(&type));
    });
  }
  std::size_t lines_of(const std::string& name) const {
    std::ifstream in(path(name));
    std::size_t count = 0;
    for (std::string line; std::getline(in, line);) ++count;
    return count;
  }

  std::set<std::string> types_in(const std::string& name) const {
    static constexpr std::string_view kKey = "\"event_type\":\"";
    std::set<std::string> types;
    std::ifstream in(path(name));
    for (std::string line; std::getline(in, line);) {
      const std::size_t from = line.find(kKey) + kKey.size();
      types.insert(line.substr(from, line.find('"', from) - from));
    }
    return types;
  }

  std::filesystem::path directory_;
};

TEST_F(EveConf, ARegularOutputIsAFileInTheLogDirectory) {
  configure("default-log-dir: " + directory_.string() +
            "\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      "
            "filetype: regular\n"
            "      filename: records.json\n");
  ASSERT_TRUE(run());
  EXPECT_GE(lines_of("records.json"), summary().flows.with_finish());
}

TEST_F(EveConf, NameAndTypeDefaultToEveJsonAndRegular) {
  configure("default-log-dir: " + directory_.string() +
            "\noutputs:\n  - fast:\n      enabled: yes\n      types: [flow, stats]\n  - eve-log:\n "
            "     enabled: yes\n      types: [flow, stats]\n");
  ASSERT_TRUE(run());
  EXPECT_GT(lines_of("eve.json"), 0U);
}

TEST_F(EveConf, AppendsUnlessConfiguredNotTo) {
  std::ofstream(path("eve.json")) << "before\n";
  const std::string output =
      "default-log-dir: " + directory_.string() +
      "\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n";
  configure(output);
  ASSERT_TRUE(run());
  std::string first;
  std::getline(std::ifstream(path("eve.json")), first);
  EXPECT_EQ(first, "before");
  TearDown();
  configure(output + "      append: no\n");
  ASSERT_TRUE(run());
  std::getline(std::ifstream(path("eve.json")), first);
  EXPECT_THAT(first, HasSubstr("event_type"));
}

// LogFileEnsureExists: the file of the plain name is not written.
TEST_F(EveConf, AThreadedRegularOutputIsAFileForEachThreadThatWrites) {
  options.threads = 2;
  configure("default-log-dir: " + directory_.string() +
            "\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      "
            "threaded: yes\n");
  ASSERT_TRUE(run());
  EXPECT_FALSE(std::filesystem::exists(path("eve.json")));
  std::size_t lines = 0;
  for (int number = 1; number <= 4; ++number)  // two workers, the recycler, the statistics
    lines += lines_of("eve." + std::to_string(number) + ".json");
  EXPECT_GE(lines, summary().flows.with_finish());
  EXPECT_FALSE(std::filesystem::exists(path("eve.5.json")));
}

TEST_F(EveConf, AThreadedFileThatCannotBeWrittenIsRefusedByName) {
  configure(
      "outputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      threaded: "
      "yes\n"
      "      filename: /nonexistent/a.json\n");
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("\"/nonexistent/a.1.json\""));
}

// OutputJsonInitCtx.
TEST_F(EveConf, TheOutputConfiguresItsLines) {
  configure("sensor-name: here\ndefault-log-dir: " + directory_.string() +
            "\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      "
            "prefix: '@cee: '\n"
            "      ipv6-compress: yes\n");
  ASSERT_TRUE(run());
  std::ifstream in(path("eve.json"));
  std::size_t six = 0;
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(line.starts_with("@cee: {\"timestamp\":\"")) << line;
    EXPECT_THAT(line, HasSubstr("\"host\":\"here\""));
    if (line.find("\"event_type\":\"flow\"") == line.npos) continue;
    EXPECT_THAT(line, HasSubstr("\"in_iface\":\"eth0\",\"event_type\""));
    if (line.find("\"ip_v\":6") == line.npos) continue;
    const std::size_t from = line.find("\"src_ip\"");
    const std::string addresses = line.substr(from, line.find("\"ip_v\"") - from);
    if (addresses.find(":0") == addresses.npos) ++six;  // no group starts with a zero
    EXPECT_EQ(addresses.find(":00"), addresses.npos) << line;
  }
  EXPECT_GT(six, 0U);
}

TEST_F(EveConf, AnOutputThatIsNotEnabledWritesNothing) {
  configure("default-log-dir: " + directory_.string() +
            "\noutputs:\n  - eve-log:\n      enabled: no\n  - eve-log:\n      filename: x.json\n");
  ASSERT_TRUE(run());
  EXPECT_FALSE(std::filesystem::exists(path("eve.json")));
  EXPECT_FALSE(std::filesystem::exists(path("x.json")));
}

TEST_F(EveConf, APluginsFileTypeGetsTheOutputsNodeAndThreaded) {
  configure(
      "outputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      filetype: "
      "noting\n      threaded: true\n"
      "      mine: hello\n");
  load_type();
  ASSERT_TRUE(run());
  EXPECT_TRUE(file_seen.threaded);
  EXPECT_EQ(file_seen.node, "eve-log");
  EXPECT_EQ(file_seen.value, "hello");
  EXPECT_GT(file_seen.lines, 0);
}

TEST_F(EveConf, TheCommandLineOverridesAndTheNodeIsStillTheOutputs) {
  configure("default-log-dir: " + directory_.string() +
            "\noutputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      "
            "filetype: regular\n"
            "      mine: hello\n");
  options.eve.filetype = "noting";
  load_type();
  ASSERT_TRUE(run());
  EXPECT_EQ(file_seen.value, "hello");
  EXPECT_FALSE(file_seen.threaded);
  EXPECT_FALSE(std::filesystem::exists(path("eve.json")));
}

TEST_F(EveConf, WithoutAnOutputTheNodeIsEmptyAndNeverNull) {
  options.eve.filetype = "noting";
  load_type();
  ASSERT_TRUE(run());
  EXPECT_TRUE(file_seen.opened);
  EXPECT_EQ(file_seen.value, "");
}

TEST_F(EveConf, AnUnregisteredTypeIsRefusedByName) {
  configure(
      "outputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      filetype: "
      "nobodys\n");
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("\"nobodys\" is not registered by any plugin"));
}

TEST_F(EveConf, ATypeThatIsNotModelledWritesNothing) {
  configure(
      "outputs:\n  - eve-log:\n      enabled: yes\n      types: [flow, stats]\n      filetype: "
      "redis\n");
  ASSERT_TRUE(run());
}

// RunModeInitializeEveOutput.
TEST_F(EveConf, WritesOnlyRecordsOfTheTypesItLists) {
  options.traffic.alerts = 0.5;
  options.traffic.no_flow = 0.1;
  const std::string output = "default-log-dir: " + directory_.string() +
                             "\noutputs:\n  - eve-log:\n      enabled: yes\n      types:\n";
  configure(output +
            "        - alert\n        - anomaly:\n            enabled: no\n        - dns\n");
  ASSERT_TRUE(run());
  EXPECT_EQ(types_in("eve.json"), (std::set<std::string>{"alert"}));
  TearDown();
  configure(output + "        - flow\n        - anomaly:\n            enabled: yes\n");
  std::filesystem::remove(path("eve.json"));
  ASSERT_TRUE(run());
  EXPECT_EQ(types_in("eve.json"), (std::set<std::string>{"flow", "anomaly"}));
}

TEST_F(EveConf, WithoutTypesNoRecordIsWritten) {
  configure("default-log-dir: " + directory_.string() +
            "\noutputs:\n  - eve-log:\n      enabled: yes\n");
  ASSERT_TRUE(run());
  EXPECT_EQ(lines_of("eve.json"), 0U);
}

// The example of Suricata's file type has only the types dns, tls and http.
TEST_F(EveConf, AFileTypeIsInitialisedAndGetsNoLineWhenNoneOfItsTypesIsModelled) {
  configure(
      "outputs:\n  - eve-log:\n      enabled: yes\n      filetype: noting\n"
      "      types: [dns, tls, http]\n");
  load_type();
  ASSERT_TRUE(run());
  EXPECT_TRUE(file_seen.opened);
  EXPECT_EQ(file_seen.lines, 0);
}

TEST_F(EveConf, TheTypesAlsoApplyToAFileOfTheCommandLine) {
  configure("outputs:\n  - eve-log:\n      enabled: yes\n      types: [stats]\n");
  options.eve.file = path("mine.json");
  ASSERT_TRUE(run());
  EXPECT_EQ(types_in("mine.json"), (std::set<std::string>{"stats"}));
}

}  // namespace
