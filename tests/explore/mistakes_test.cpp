// Goal: mistakes that few schedules show are found for every seed, with the race in the first
// schedules, the orders that cause them, and a schedule that repeats them; the corrected plugins
// have no finding. Method: the command, and the plugins in mistakes/.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "../cli/subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string file(const std::string& name, const std::string& which) {
  return SURISIM_CLI_PLUGIN_DIR "/" + name + "-" + which + ".so";
}

json explored(const std::string& plugin, const Arguments& more) {
  Arguments arguments = {"explore", plugin, "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json::parse(surisim(arguments).out);
}

json first_finding(const json& report, bool race) {
  for (const json& finding : report["findings"])
    if ((finding["violation"]["rule"] == "data-race") == race &&
        finding["violation"]["severity"] == "error")
      return finding;
  return nullptr;
}

struct Mistake {
  const char* name;
  bool races;  // a data race
  bool fails;  // some schedules show it
};

class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreFoundForEverySeed) {
  const std::string bad = file(GetParam().name, "bad");
  for (const char* const seed : {"1", "2", "3"}) {
    SCOPED_TRACE(seed);
    if (GetParam().races) {
      const json race = first_finding(explored(bad, {"--seed", seed, "--schedules", "1"}), true);
      ASSERT_TRUE(race.is_object());
      EXPECT_EQ(race["violation"]["severity"], "error");
      EXPECT_FALSE(race["violation"]["other_frames"].empty());
    }
    if (GetParam().fails) {
      const json report = explored(bad, {"--seed", seed, "--schedules", "60", "--stop-on", "first",
                                         "--suppress", "data-race=is expected"});
      EXPECT_TRUE(first_finding(report, false).is_object()) << report;
    }
  }
}

TEST_P(Mistakes, AreNotFoundInTheCorrectedPlugins) {
  const Ran ran = surisim({"explore", file(GetParam().name, "good"), "--schedules", "60",
                           "--suppress", "finish-relied-on=is not what this is about"});
  EXPECT_THAT(ran.out, HasSubstr("verdict: pass  0 findings")) << ran.out << ran.err;
}

INSTANTIATE_TEST_SUITE_P(
    Of, Mistakes,
    testing::Values(Mistake{"aba", false, true}, Mistake{"epochs", false, true},
                    Mistake{"finish_reader", true, true}, Mistake{"helper", true, false},
                    Mistake{"iteration", true, true}, Mistake{"lazy_init", true, true},
                    Mistake{"lock_upgrade", false, true}, Mistake{"lost_update", true, false},
                    Mistake{"missed_wakeup", false, true}, Mistake{"publication", true, true},
                    Mistake{"quota", false, true}, Mistake{"refcount", false, true},
                    Mistake{"reorder", false, true}, Mistake{"ring", false, true},
                    Mistake{"sequence", false, true}, Mistake{"shutdown", false, true},
                    Mistake{"three_locks", false, true}, Mistake{"two_stage", false, true},
                    Mistake{"wrong_lock", true, true}),
    [](const auto& test) { return test.param.name; });

TEST(Finding, SaysWhichOrderCausesItAndIsReplayed) {
  const json finding = first_finding(explored(file("quota", "bad"), {"--stop-on", "first"}), false);
  ASSERT_TRUE(finding.is_object());
  EXPECT_THAT(finding["explanation"].get<std::string>(),
              testing::AllOf(HasSubstr("'s read of `left` ("), HasSubstr("quota.c:12)"),
                             HasSubstr(") comes before W#"), HasSubstr("'s update of `left` (")));
  EXPECT_FALSE(finding["steps"].empty());
  const std::string schedule = finding["schedule"];
  EXPECT_THAT(schedule, testing::StartsWith("default:0@"));
  const json again = explored(file("quota", "bad"), {"--replay", schedule});
  EXPECT_EQ(first_finding(again, false)["violation"]["rule"], "callback-crash");
  const Ran run = surisim(
      {"run", file("quota", "bad"), "--threads", "3", "--flows", "20", "--schedule", schedule});
  EXPECT_THAT(run.out, HasSubstr("error  callback-crash"));
}

// No order of two places shows this one: a thread must stop and continue at the right times.
// With\n// some seeds that takes more turns than a report explains.
TEST(Finding, OfTurnsSaysWhatRanInBetween) {
  json finding;
  std::string schedule;
  for (const char* const seed : {"1", "2", "3", "4", "5"}) {
    finding =
        first_finding(explored(file("aba", "bad"), {"--stop-on", "first", "--seed", seed}), false);
    ASSERT_TRUE(finding.is_object());
    schedule = finding["schedule"];
    if (schedule.starts_with("turns:")) break;
  }
  EXPECT_THAT(schedule, testing::StartsWith("turns:0:"));
  EXPECT_THAT(finding["explanation"].get<std::string>(),
              testing::ContainsRegex("W#0[1-3]-eth0's update of `first` .*W#0[1-3]-eth0's"));
  const json again = explored(file("aba", "bad"), {"--replay", schedule});
  EXPECT_EQ(first_finding(again, false)["violation"]["rule"], "callback-crash");
}

// Destructors run after the engine has ended: what they wait for, and what threads do meanwhile,
// is\n// still checked and attributed to the plugin.
TEST(Finding, AtProcessExitIsTheOnlyOne) {
  const json stuck = explored(file("missed_wakeup", "bad"), {"--stop-on", "first"});
  ASSERT_EQ(stuck["findings"].size(), 1u) << stuck;
  EXPECT_EQ(stuck["findings"][0]["violation"]["rule"], "deadlock");
  const json freed = explored(file("shutdown", "bad"), {"--stop-on", "first"});
  ASSERT_EQ(freed["findings"].size(), 1u) << freed;
  EXPECT_THAT(
      freed["findings"][0]["explanation"].get<std::string>(),
      testing::AllOf(HasSubstr("main's update of `state` ("), HasSubstr(") comes before ")));
}

// A repeated run keeps its stacks and steps.
TEST(Finding, RunsToTheEndWhenItIsRepeated) {
  const json race = first_finding(explored(file("lost_update", "bad"), {"--schedules", "1"}), true);
  EXPECT_THAT(race["schedule"].get<std::string>(), testing::ContainsRegex("/[0-9a-f]{8}$"));
}

TEST(Delays, AreAllTriedUpToABound) {
  const Arguments small = {
      "--threads",           "1",          "--flows", "1",           "--no-stats",
      "--no-command-socket", "--strategy", "delays",  "--schedules", "400"};
  const json report = explored(file("lost_update", "good"), small);
  EXPECT_EQ(report["verdict"], "pass");
  EXPECT_GE(report["complete"]["delays"], 1);
  const json bad = first_finding(
      explored(file("lost_update", "bad"),
               {"--invariant", "total_is_exact", "--strategy", "delays", "--stop-on", "first",
                "--schedules", "400", "--suppress", "data-race=is expected"}),
      false);
  EXPECT_EQ(bad["violation"]["rule"], "assertion-failed");
  EXPECT_TRUE(bad["repeated"]);
}

TEST(Finding, HasAPictureOfWhichThreadRanWhen) {
  const Ran ran = surisim({"explore", file("quota", "bad"), "--stop-on", "first"});
  EXPECT_THAT(ran.out, testing::AllOf(HasSubstr("the last steps, by thread:\n"),
                                      HasSubstr("reads `left` quota.c:12")));
}

}  // namespace
}  // namespace surisim::test
