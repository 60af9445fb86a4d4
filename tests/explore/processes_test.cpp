// Goal: surisim explore runs many schedules in each process, starts another process when it must,
// and reports when each schedule needs a separate one. Method: plugins that record which process
// they are in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string explored(const std::string& name) { return SURISIM_EXPLORED_DIR "/" + name + ".so"; }

// In how many processes the plugin was run, and how often.
struct Noted {
  std::size_t processes = 0;
  std::size_t runs = 0;
};

Noted processes_of(const std::string& plugin, const Arguments& more) {
  const TempDir dir;
  Arguments words = {"explore", explored(plugin), "--set", "explored.file=" + dir.file("pids")};
  words.insert(words.end(), more.begin(), more.end());
  const Ran ran = surisim(words);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  std::istringstream in(read_file(dir.file("pids")));
  std::set<std::string> pids;
  Noted noted;
  for (std::string pid; in >> pid; ++noted.runs) pids.insert(pid);
  noted.processes = pids.size();
  return noted;
}

TEST(Processes, RunManySchedulesEach) {
  const Noted noted = processes_of("notes_processes", {"--schedules", "200"});
  EXPECT_EQ(noted.runs, 200u);
  EXPECT_EQ(noted.processes, 2u);  // the first schedule has its own
}

TEST(Processes, EndWhenTheirMemoryGrows) {
  const Noted noted = processes_of("grows", {"--schedules", "200"});
  EXPECT_EQ(noted.runs, 200u);
  EXPECT_GT(noted.processes, 2u);
  EXPECT_LT(noted.processes, 20u);
}

TEST(Processes, AreOneForEachScheduleOfAPluginThatLeavesSomethingBehind) {
  const std::string plugin = explored("environment");
  const std::string text = surisim({"explore", plugin, "--schedules", "5"}).out;
  EXPECT_THAT(text, HasSubstr("each schedule ran in its own process: it uses setenv: the "
                              "environment stays changed\n"));
  const json report =
      json::parse(surisim({"explore", plugin, "--schedules", "5", "--format", "json"}).out);
  EXPECT_THAT(report["alone"].get<std::string>(), HasSubstr("it uses setenv"));
  EXPECT_EQ(report["schedules"], 5);
}

TEST(Processes, AreNotMentionedOtherwise) {
  const std::string plugin = explored("leaves_nothing");
  EXPECT_THAT(surisim({"explore", plugin, "--schedules", "5"}).out,
              Not(HasSubstr("process of its own")));
  const json report =
      json::parse(surisim({"explore", plugin, "--schedules", "5", "--format", "json"}).out);
  EXPECT_TRUE(report["alone"].is_null());
}

TEST(Processes, ThatCrashAreFollowedByOthers) {
  const Ran ran =
      surisim({"explore", explored("crashes"), "--schedules", "60", "--format", "json"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["schedules"], 60);
  json finding;
  for (const json& one : report["findings"])
    if (one["violation"]["rule"] == "callback-crash") finding = one;
  ASSERT_FALSE(finding.is_null());
  EXPECT_THAT(finding["violation"]["call_site"].get<std::string>(),
              HasSubstr("crashes.so!OnFlowUpdate"));
  EXPECT_EQ(finding["repeated"], true);
  EXPECT_GT(finding["schedule_number"], 1);
  const Ran again = surisim({"explore", explored("crashes"), "--replay", finding["schedule"]});
  EXPECT_EQ(again.status, 1) << again.out << again.err;
}

// The limit is for all of them together, though each process has one, too.
TEST(Processes, EndTogetherAtTheTimeLimit) {
  const Ran ran = surisim({"explore", explored("leaves_nothing"), "--schedules", "100000000",
                           "--time-limit", "1", "--jobs", "2"});
  EXPECT_EQ(ran.status, 124) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("verdict: incomplete"));
}

}  // namespace
}  // namespace surisim::test
