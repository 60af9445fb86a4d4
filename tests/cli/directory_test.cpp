// Goal: a plugin that changes the current directory does not change which files the user meant.
// Method: all names are relative, and Init changes to another directory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

// A capture file with one UDP packet over raw IPv4.
std::string capture() {
  constexpr std::array<std::uint8_t, 68> kBytes = {
      0xd4, 0xc3, 0xb2, 0xa1, 2, 0,  4,    0, 0, 0,    0,    0, 0,  0, 0,  0,  0xff,
      0xff, 0,    0,    101,  0, 0,  0,    1, 0, 0,    0,    0, 0,  0, 0,  28, 0,
      0,    0,    28,   0,    0, 0,  0x45, 0, 0, 28,   0,    1, 0,  0, 64, 17, 0,
      0,    10,   0,    0,    1, 10, 0,    0, 2, 0x30, 0x39, 0, 53, 0, 8,  0,  0};
  return {kBytes.begin(), kBytes.end()};
}

class ChangedDirectory : public ::testing::Test {
 protected:
  ChangedDirectory() : before_(fs::current_path()) {
    fs::current_path(dir_.path());
    fs::create_directory("sub");
    for (const char* name : {"changes_directory", "good"})
      fs::copy_file(plugin(name), "sub/" + std::string(name) + ".so");
    fs::copy_file(plugin("changes_directory"), "changes_directory.so");
    dir_.write("capture.pcap", capture());
    dir_.write("more.yaml", "%YAML 1.1\n---\nsome: thing\n");
    dir_.write("suricata.yaml", "%YAML 1.1\n---\ninclude: more.yaml\n");
    dir_.write("accepted", "slot-unused  tested elsewhere\nvalue-leaked  known\n");
    ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // LeakSanitizer would report the same leak
  }
  ~ChangedDirectory() override {
    ::unsetenv("ASAN_OPTIONS");
    fs::current_path(before_);
  }

  std::string text_of(const std::string& name) const { return read_file(dir_.file(name)); }

  TempDir dir_;
  const fs::path before_;
};

TEST_F(ChangedDirectory, IsNotWhereTheFilesOfARunAreLookedFor) {
  for (const bool in_process : {false, true}) {
    Arguments arguments = {"run",           "changes_directory.so",
                           "sub/good.so",   "--mode",
                           "single",        "--pcap",
                           "capture.pcap",  "--config",
                           "suricata.yaml", "--suppressions",
                           "accepted",      "--eve",
                           "eve.json",      "--events",
                           "events.jsonl",  "--output",
                           "report.json",   "--output",
                           "report.sarif"};
    if (in_process) arguments.emplace_back("--in-process");
    if (!in_process) arguments.insert(arguments.end(), {"--plugin-output", "printed.txt"});
    const Ran ran = surisim(arguments);
    SCOPED_TRACE(ran.err);
    EXPECT_EQ(ran.status, 0);
    const json report = json::parse(text_of("report.json"));
    EXPECT_EQ(report["plugins"].size(), 2U) << "the second is loaded after the change";
    EXPECT_EQ(report["plugins"][1]["path"], "sub/good.so");
    EXPECT_EQ(report["config"]["pcap"], "capture.pcap");
    EXPECT_EQ(report["lifecycle"]["flows"], 1);
    EXPECT_THAT(text_of("eve.json"), HasSubstr("\"event_type\":\"flow\""));
    EXPECT_THAT(text_of("events.jsonl"), HasSubstr("flow_init"));
    EXPECT_THAT(text_of("report.sarif"), HasSubstr("\"runs\""));
    for (const char* name : {"report.json", "report.sarif", "eve.json", "events.jsonl"})
      fs::remove(name);
  }
  EXPECT_TRUE(fs::exists("printed.txt"));
}

TEST_F(ChangedDirectory, LeavesTheSourceLinesOfAPluginWithARelativeName) {
  for (const char* file : {"changes_directory.so", "sub/changes_directory.so"}) {
    const Ran ran = surisim({"run", file, "--flows", "10", "--format", "json"});
    const json found = json::parse(ran.out)["violations"];
    ASSERT_FALSE(found.empty()) << ran.err;
    EXPECT_THAT(found[0]["source"].get<std::string>(), HasSubstr("changes_directory.c:"));
  }
}

TEST_F(ChangedDirectory, IsNotWhereAPluginDirectoryIsLookedFor) {
  const Ran ran =
      surisim({"run", "changes_directory.so", "sub", "--flows", "10", "--format", "json"});
  const json plugins = json::parse(ran.out)["plugins"];
  EXPECT_TRUE(std::any_of(plugins.begin(), plugins.end(), [](const json& one) {
    return one["path"] == "sub/good.so";
  })) << ran.out;
}

TEST_F(ChangedDirectory, IsNotWhereAGoldenFileIs) {
  for (const char* where : {"", "--in-process"}) {
    Arguments arguments = {"record",         "changes_directory.so",
                           "--golden",       "run.golden",
                           "--suppressions", "accepted",
                           "--flows",        "10"};
    if (*where != '\0') arguments.emplace_back(where);
    EXPECT_EQ(surisim(arguments).status, 0);
    EXPECT_GT(fs::file_size("run.golden"), 0U);
    arguments[0] = "verify";
    EXPECT_EQ(surisim(arguments).status, 0);
    fs::remove("run.golden");
  }
}

// The file was made before the plugin was loaded, and is removed where it is.
TEST_F(ChangedDirectory, IsNotWhereAGoldenFileIsRemovedThatIsNotWritten) {
  const Ran ran = surisim({"record", "changes_directory.so", plugin("register_null"), "--golden",
                           "run.golden", "--in-process"});
  EXPECT_THAT(ran.err, HasSubstr("run.golden is not written"));
  EXPECT_FALSE(fs::exists("run.golden"));
}

}  // namespace
}  // namespace surisim::test
