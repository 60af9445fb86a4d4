// surisim record and surisim verify: what they write and find, and how they report the user's
// mistakes. Method: the built command, and one plugin built with one change.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string changed(const std::string& how) {
  return std::string(SURISIM_GOLDEN_PLUGIN_DIR) + "/" + how + ".so";
}

class GoldenCommand : public testing::Test {
 protected:
  Ran record(const std::string& plugin_file, Arguments more = {}) {
    Arguments all = {"record", plugin_file, "-o", golden_, "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return surisim(all);
  }
  Ran verify(const std::string& plugin_file, Arguments more = {}) {
    Arguments all = {"verify", plugin_file, "--golden", golden_};
    all.insert(all.end(), more.begin(), more.end());
    return surisim(all);
  }
  std::string text() const { return read_file(golden_); }
  void write(const std::string& content) const { std::ofstream(golden_) << content; }
  // Exit status 2 and one line.
  static void expect_usage_error(const Ran& ran, const std::string& message) {
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }

  const TempDir dir_;
  const std::string golden_ = dir_.file("x.golden");
};

TEST_F(GoldenCommand, RecordsWhatVerifyPasses) {
  const Ran recorded = record(changed("right"));
  EXPECT_EQ(recorded.status, 0) << recorded.err;
  EXPECT_THAT(recorded.err, HasSubstr("wrote " + golden_));
  EXPECT_THAT(text(), HasSubstr("[Init of changed, on main]\n  thread slot \"first\": id 0\n"));
  const Ran verified = verify(changed("right"));
  EXPECT_EQ(verified.status, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("lifecycle  as in " + golden_));
  EXPECT_THAT(last_line(verified.out), StartsWith("verdict: pass"));
}

TEST_F(GoldenCommand, WritesTheSameTextEachTime) {
  record(changed("right"), {"--threads", "3"});
  const std::string before = text();
  record(changed("right"), {"--threads", "3"});
  EXPECT_EQ(text(), before);
}

TEST_F(GoldenCommand, FindsSwappedRegistrations) {
  record(changed("right"));
  const Ran ran = verify(changed("swapped"), {"--quiet"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("  Init of changed, on main\n"),
                             HasSubstr("thread slot \"second\": id 0; recorded: id 1")));
  EXPECT_THAT(last_line(ran.out), HasSubstr("the lifecycle differs from " + golden_));
}

TEST_F(GoldenCommand, FindsAMissingCallback) {
  record(changed("right"));
  const Ran ran = verify(changed("lost"), {"--quiet"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("- thread init callback"));
}

TEST_F(GoldenCommand, FindsAValueFreedOnAnotherThread) {
  record(changed("right"));
  const Ran ran = verify(changed("elsewhere"), {"--quiet"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("- Free \"first\", set on main"),
                             HasSubstr("+ a worker, in flow init: Free \"first\", set on main")));
}

TEST_F(GoldenCommand, ReportsTheDifferenceInJson) {
  record(changed("right"));
  const auto report = nlohmann::json::parse(verify(changed("lost"), {"--format", "json"}).out);
  EXPECT_EQ(report.at("verdict"), "fail");
  EXPECT_EQ(report.at("golden").at("file"), golden_);
  EXPECT_EQ(report.at("golden").at("same"), false);
  EXPECT_EQ(report.at("golden").at("differences").at(0).at("where"), "Init of changed, on main");
  const auto run =
      nlohmann::json::parse(surisim({"run", changed("right"), "--format", "json"}).out);
  EXPECT_EQ(run.at("golden"), nullptr);
}

TEST_F(GoldenCommand, RunsWithTheRecordedOptions) {
  record(changed("right"), {"--mode", "autofp", "--threads", "2", "--no-stats", "--fail",
                            "create:W#02", "--set", "a=b c", "--flows", "40"});
  EXPECT_EQ(verify(changed("right")).status, 0);
  EXPECT_EQ(verify(changed("right"), {"--threads", "2", "--set", "a=b c"}).status, 0);
}

TEST_F(GoldenCommand, RefusesOptionsThatChangeTheLifecycle) {
  record(changed("right"), {"--threads", "2"});
  expect_usage_error(verify(changed("right"), {"--threads", "3"}),
                     "recorded with --threads 2, run with --threads 3; expected the same options");
  expect_usage_error(verify(changed("right"), {"--no-stats"}), "run with --no-stats");
  EXPECT_EQ(verify(changed("right"), {"--timeout", "9", "--in-process"}).status, 0);
}

TEST_F(GoldenCommand, SaysWhatIsWrongWithTheFile) {
  expect_usage_error(verify(changed("right")), golden_ + ": cannot be opened: No such file");
  write("surisim golden 1\nwhat\n");
  expect_usage_error(verify(changed("right")), golden_ + ": line 2: expected an option");
  const std::string spoiled = dir_.file("spoiled");
  write("surisim golden 1\noption --output " + spoiled + "\n[main]\n");
  expect_usage_error(verify(changed("right")),
                     golden_ +
                         ": line 2: expected an option that surisim record writes, such as "
                         "--threads, got \"--output ");
  EXPECT_FALSE(std::filesystem::exists(spoiled));
  write("surisim golden 1\noption --icmp-errors 0.5\n[main]\n");
  expect_usage_error(verify(changed("right")), "has options that surisim does not");
  expect_usage_error(surisim({"verify", changed("right")}), "--golden is required");
  expect_usage_error(surisim({"record", changed("right")}),
                     "record: expected -o FILE, the file to write the lifecycle to");
  expect_usage_error(surisim({"record", changed("right"), "-o", "/nonexistent/x"}),
                     "cannot be written");
}

TEST_F(GoldenCommand, RefusesTrafficThatItCannotKeep) {
  expect_usage_error(record(changed("right"), {"--flows", "1000000000"}),
                     "--flows: a golden file is made from every event");
}

TEST_F(GoldenCommand, ReportsViolationsToo) {
  const Ran recorded = record(std::string(SURISIM_TEST_PLUGIN_DIR) + "/late_slot.so");
  EXPECT_EQ(recorded.status, 1);
  EXPECT_THAT(recorded.err, HasSubstr("of a plugin that breaks rules"));
  const Ran verified = verify(std::string(SURISIM_TEST_PLUGIN_DIR) + "/late_slot.so");
  EXPECT_EQ(verified.status, 1);
  EXPECT_THAT(verified.out, AllOf(HasSubstr("register-after-finalize"),
                                  HasSubstr("lifecycle  as in " + golden_)));
}

TEST_F(GoldenCommand, WritesNothingForARunThatDidNotEnd) {
  const Ran recorded = record(plugin("crash_update"));
  EXPECT_EQ(recorded.status, 1);
  EXPECT_THAT(recorded.err, HasSubstr("is not written: the run ended early: callback-crash"));
  EXPECT_FALSE(std::filesystem::exists(golden_));
  EXPECT_THAT(record(plugin("no_entry")).err, HasSubstr("is not written: nothing was run"));
  record(changed("right"));
  const Ran verified = verify(plugin("crash_update"));
  EXPECT_EQ(verified.status, 1);
  EXPECT_THAT(verified.out,
              HasSubstr("not compared with " + golden_ + ": the run ended early: callback-crash"));
}

}  // namespace
}  // namespace surisim::test
