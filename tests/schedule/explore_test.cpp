// Goal: surisim explore finds what depends on the order of threads and names the schedule that
// shows it, which shows it again; what is right in every order passes. Method: the command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kLockOrder = SURISIM_TEST_PLUGIN_DIR "/lock_order.so";
const std::string kCounter = SURISIM_TEST_PLUGIN_DIR "/flow_counter_c.so";

json explored(const std::string& file, const Arguments& more) {
  Arguments arguments = {"explore", file, "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json::parse(surisim(arguments).out);
}

// The only finding of the rule.
json finding_of(const json& explored, const std::string& rule) {
  std::vector<json> all;
  for (const json& one : explored["findings"])
    if (one["violation"]["rule"] == rule) all.push_back(one);
  EXPECT_EQ(all.size(), 1u) << explored;
  return all.empty() ? json() : all.front();
}

TEST(Explore, FindsALockOrderForEverySeed) {
  for (int seed = 1; seed <= 10; ++seed) {
    const json found = explored(
        kLockOrder, {"--seed", std::to_string(seed), "--schedules", "60", "--stop-on", "first"});
    const json finding = finding_of(found, "deadlock");
    ASSERT_FALSE(finding.is_null()) << seed;
    EXPECT_EQ(finding["repeated"], true);
    EXPECT_THAT(finding["violation"]["message"].get<std::string>(),
                AllOf(HasSubstr("waits for a lock at lock_order.so!OnFlowInit"),
                      HasSubstr("waits for a lock at lock_order.so!OnFlowUpdate"),
                      HasSubstr("lock_order.c:")));
  }
}

// L35 has nothing to do with it: the two flows are not the same.
TEST(Explore, WarnsAboutALockOrderInAScheduleInWhichNoThreadWaits) {
  const json found = explored(kLockOrder, {"--schedules", "1"});
  const json violation = finding_of(found, "lock-order-inverted")["violation"];
  EXPECT_EQ(found["findings"].size(), 1u);
  EXPECT_EQ(found["verdict"], "pass");
  EXPECT_EQ(violation["severity"], "warning");
  EXPECT_THAT(violation["message"].get<std::string>(),
              AllOf(HasSubstr("W#01-eth0 takes `flows_lock` (at lock_order.so!OnFlowUpdate"),
                    HasSubstr("while it has `packets_lock` (at lock_order.so!OnFlowUpdate"),
                    HasSubstr("W#02-eth0 takes `packets_lock` (at lock_order.so!OnFlowInit"),
                    HasSubstr("while it has `flows_lock` (at lock_order.so!OnFlowInit"),
                    HasSubstr("lock_order.c:")));
  EXPECT_EQ(violation["other_thread"], "W#02-eth0");
}

TEST(Explore, CausesTheDeadlockAsSoonAsTheLockOrderIsKnown) {
  for (int seed = 1; seed <= 10; ++seed) {
    const json found = explored(kLockOrder, {"--seed", std::to_string(seed), "--stop-on", "first"});
    EXPECT_LE(finding_of(found, "deadlock")["schedule_number"].get<int>(), 3) << seed;
  }
}

TEST(Explore, KnowsLocksAndTheirOrdersWithoutTranslation) {
  const json found = explored(kLockOrder, {"--no-translate", "--schedules", "4"});
  EXPECT_FALSE(finding_of(found, "lock-order-inverted").is_null());
  EXPECT_LE(finding_of(found, "deadlock")["schedule_number"], 3);
}

TEST(Explore, StopsAtTheFirstWarningIfWarningsFail) {
  const json found = explored(kLockOrder, {"--stop-on", "first", "--fail-on", "warning"});
  EXPECT_EQ(found["schedules"], 1);
  EXPECT_EQ(found["verdict"], "fail");
}

TEST(Explore, ReportsTheSameDeadlockOnceForAllItsSchedules) {
  const json found = explored(kLockOrder, {"--schedules", "60"});
  (void)finding_of(found, "deadlock");
  (void)finding_of(found, "lock-order-inverted");
  EXPECT_EQ(found["schedules"], 60);
  EXPECT_EQ(found["verdict"], "fail");
}

TEST(Explore, FindsAMissedSignal) {
  const json found = explored(plugin("missed_wake_up"), {"--stop-on", "first"});
  ASSERT_EQ(found["findings"].size(), 1u);
  EXPECT_EQ(found["findings"][0]["violation"]["rule"], "deadlock");
}

// Two threads have the same value in a Free at once: neither Free has ended.
TEST(Explore, NamesASharedValueInEveryOrderOfItsFrees) {
  const json found = explored(plugin("shared_value"), {"--schedules", "40"});
  for (const json& finding : found["findings"])
    EXPECT_EQ(finding["violation"]["rule"], "value-shared") << finding;
}

// They wait for their threads.
TEST(Explore, ControlsDestructorsToo) {
  const std::string file = SURISIM_RULES_CORPUS_DIR "/good/helper_keeps_on_stack.so";
  const Ran ran = surisim({"explore", file, "--schedules", "6", "--timeout", "20"});
  EXPECT_EQ(ran.status, 0) << ran.out;
}

TEST(Explore, PassesWhatIsRightInEveryOrder) {
  const std::string same_order = SURISIM_TEST_PLUGIN_DIR "/rules/lock-order-inverted-good.so";
  const std::string no_missed_signal = SURISIM_MISTAKES_DIR "/missed_wakeup-good.so";
  for (const std::string& file : {same_order, no_missed_signal, kCounter}) {
    const Ran ran = surisim({"explore", file, "--schedules", "60", "--show", "warning"});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("verdict: pass  0 findings; 60 schedules"));
  }
}

TEST(Explore, ReplaysWhatItHasFound) {
  const json found = explored(kLockOrder, {"--stop-on", "first"});
  const json first = finding_of(found, "deadlock");
  const std::string schedule = first["schedule"];
  for (int i = 0; i < 10; ++i) {
    const json again = explored(kLockOrder, {"--replay", schedule});
    EXPECT_EQ(again["schedules"], 1);
    EXPECT_EQ(finding_of(again, "deadlock")["violation"]["message"], first["violation"]["message"]);
  }
}

const std::string kLostUpdate = SURISIM_MISTAKES_DIR "/lost_update-bad.so";

TEST(Explore, ChecksThePluginsInvariantsInEachSchedule) {
  const Arguments asked = {"--invariant", "total_is_exact"};
  const json failed = finding_of(explored(kLostUpdate, asked), "assertion-failed");
  EXPECT_EQ(failed["violation"]["message"], "the invariant `total_is_exact` does not hold");
  const json again = explored(kLostUpdate, {"--invariant", "total_is_exact", "--replay",
                                            failed["schedule"].get<std::string>()});
  (void)finding_of(again, "assertion-failed");
  // The lost update is made to happen as soon as the race is known.
  EXPECT_LE(failed["schedule_number"].get<int>(), 3);
  const json good = explored(SURISIM_MISTAKES_DIR "/lost_update-good.so", asked);
  EXPECT_EQ(good["findings"], json::array());
}

TEST(Explore, NamesAnInvariantThatNoPluginHas) {
  const Ran ran = surisim({"explore", kLostUpdate, "--invariant", "is_nowhere"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("no plugin exports a function \"is_nowhere\""));
}

TEST(Explore, SaysThatAScheduleWasNotRepeated) {
  const Ran ran = surisim({"explore", kCounter, "--replay", "pos:7/00000001"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("the schedule pos:7/00000001 was not repeated"));
}

TEST(Explore, SharesSchedulesAmongMachines) {
  int run = 0;
  for (const char* share : {"1/3", "2/3", "3/3"})
    run += explored(kCounter, {"--schedules", "30", "--shard", share})["schedules"].get<int>();
  EXPECT_EQ(run, 30 + 2);  // all run the first one
}

TEST(Explore, EndsAtTheTimeLimitOfAllSchedules) {
  const Ran ran = surisim({"explore", kCounter, "--schedules", "1000000", "--time-limit", "1"});
  EXPECT_EQ(ran.status, 124);
  EXPECT_THAT(ran.out, HasSubstr("verdict: incomplete"));
}

TEST(Explore, SaysWhyNothingCouldBeRun) {
  const Ran ran = surisim({"explore", "/nowhere/plugin.so"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("/nowhere/plugin.so"));
}

TEST(Explore, RefusesOptionsThatContradictEachOther) {
  const auto error_of = [](const Arguments& more) {
    Arguments arguments = {"explore", kCounter};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    return ran.err;
  };
  EXPECT_THAT(error_of({"--for", "1", "--schedules", "2"}),
              HasSubstr("--for: expected it without"));
  EXPECT_THAT(error_of({"--shard", "4/3"}),
              HasSubstr("--shard: expected a whole number from 1 to 3"));
  EXPECT_THAT(error_of({"--shard", "4"}), HasSubstr("expected I/N, such as 1/4"));
  EXPECT_THAT(error_of({"--strategy", "fast"}),
              HasSubstr("--strategy: expected one of default, surw"));
  EXPECT_THAT(error_of({"--stop-on", "last"}), HasSubstr("expected first or all"));
  EXPECT_THAT(error_of({"--in-process"}),
              HasSubstr("--in-process: surisim explore makes many runs; expected it without"));
}

TEST(Run, InAScheduleIsTheSameEachTime) {
  const auto replay_of = [](const std::string& schedule) {
    const Ran ran = surisim({"run", kCounter, "--threads", "3", "--flows", "20", "--schedule",
                             schedule, "--format", "json"});
    return json::parse(ran.out)["schedule"]["replay"].get<std::string>();
  };
  for (const char* schedule : {"default:0", "surw:2:9298a46222", "pos:3", "random:4"})
    EXPECT_EQ(replay_of(schedule), replay_of(schedule));
}

// A stream's lock is held while its buffer is written.
TEST(Run, InAScheduleWritesEveRecords) {
  const TempDir dir;
  for (const char* schedule : {"default:0", "random:1"}) {
    const Ran ran = surisim({"run", kCounter, "--flows", "300", "--schedule", schedule, "--eve",
                             dir.file("eve.json"), "--timeout", "20"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    const std::string records = read_file(dir.file("eve.json"));
    EXPECT_GE(std::count(records.begin(), records.end(), '\n'), 300);
  }
}

TEST(Run, RefusesAnInvalidSchedule) {
  const Ran ran = surisim({"run", kCounter, "--schedule", "pos"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("--schedule: expected a number after the strategy"));
}

}  // namespace
}  // namespace surisim::test
