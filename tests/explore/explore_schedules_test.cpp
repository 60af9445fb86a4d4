// Goal: an exploration runs each schedule of its share once, in order, keeps what is new in it, and
// ends when it should. Method: a runner that runs nothing and returns what the test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "surisim/explore.hpp"

namespace surisim::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Violation violation(const std::string& rule, const std::string& call_site = "p.so!f+0x1") {
  Violation one;
  one.rule = rule;
  one.call_site = call_site;
  return one;
}

// Schedule 1 has the seed 1,000,001, when the exploration's is 1, and so on.
std::uint64_t number_of(const ScheduleOptions& schedule) { return schedule.seed % 1'000'000; }

class Scripted : public ScheduleRunner {
 public:
  ScheduleRun run(const ScheduleOptions& schedule) override {
    run_.push_back(schedule);
    ScheduleRun answer;
    answer.summary.schedule.order = static_cast<std::uint32_t>(number_of(schedule));
    answer.summary.schedule.points = 10;
    answer.summary.schedule.weights = "12";
    if (const auto found = shows.find(number_of(schedule)); found != shows.end())
      answer.summary.violations = found->second;
    if (change) change(schedule, answer);
    return answer;
  }

  std::string stopped() const override { return why_stopped; }

  std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> all;
    for (const ScheduleOptions& one : run_) all.push_back(number_of(one));
    return all;
  }
  const std::vector<ScheduleOptions>& schedules() const { return run_; }

  std::map<std::uint64_t, std::vector<Violation>> shows;  // by the schedule's number
  std::function<void(const ScheduleOptions&, ScheduleRun&)> change;
  std::string why_stopped;

 private:
  std::vector<ScheduleOptions> run_;
};

Exploration explored(Scripted& runner, const ExploreOptions& options) {
  return explore_schedules(options, runner, {});
}

TEST(Exploration, RunsTheDefaultScheduleFirstAndThenTheStrategiesInTurn) {
  Scripted runner;
  const Exploration found = explored(runner, {.schedules = 12});
  std::vector<std::string> strategies;
  for (const ScheduleOptions& one : runner.schedules()) strategies.push_back(one.strategy);
  EXPECT_THAT(strategies, ElementsAre("default", "surw", "pos", "pos", "random", "pct", "default",
                                      "sticky", "random", "surw", "pos", "pos"));
  EXPECT_EQ(found.run, 12u);
  EXPECT_EQ(found.orders.size(), 12u);
  EXPECT_EQ(found.points, 120u);
}

// Races come first, one schedule for each order; then one in three is of another conflict.
TEST(Exploration, RunsBothOrdersOfTheRacesInTheFirstSchedule) {
  const CodeSite a{0, 1};
  const CodeSite b{0, 2};
  const CodeSite lock{0, 3, true};
  Scripted runner;
  runner.change = [&](const ScheduleOptions& schedule, ScheduleRun& run) {
    if (number_of(schedule) != 1) return;
    run.summary.schedule.races = {{a, b}};
    run.summary.schedule.conflicts = {{a, b}, {lock, lock}};
  };
  (void)explored(runner, {.schedules = 6});
  std::vector<std::string> schedules;
  for (const ScheduleOptions& one : runner.schedules()) schedules.push_back(to_string(one));
  EXPECT_THAT(schedules,
              ElementsAre("default:1000001", "default:1000002@1-2", "default:1000003@2-1",
                          "default:1000004@c3-c3", testing::StartsWith("random:1000005@1+2"),
                          "pct:1000006:12@1+2"));
}

TEST(Exploration, PlansWithTheThreadsWeightsInTheFirstSchedule) {
  Scripted runner;
  (void)explored(runner, {.schedules = 4, .strategy = "surw"});
  EXPECT_EQ(runner.schedules()[0].weights, "");
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(runner.schedules()[i].weights, "12");
}

TEST(Exploration, ReportsAMistakeOnceWithItsFirstScheduleAndRepeatsIt) {
  Scripted runner;
  runner.shows = {{3, {violation("deadlock")}}, {5, {violation("deadlock")}}};
  const Exploration found = explored(runner, {.schedules = 6});
  ASSERT_THAT(found.findings, SizeIs(1));
  EXPECT_EQ(found.findings[0].number, 3u);
  EXPECT_TRUE(found.findings[0].repeated);
  EXPECT_THAT(found.findings[0].schedule, ::testing::HasSubstr(":1000003"));
  EXPECT_THAT(found.findings[0].schedule, ::testing::EndsWith("/00000003"));
  EXPECT_THAT(runner.numbers(), ElementsAre(1, 2, 3, 3, 4, 5, 6));
  EXPECT_EQ(found.run, 6u);
}

TEST(Exploration, SaysThatAMistakeWasNotRepeated) {
  Scripted runner;
  int runs = 0;
  runner.change = [&runs](const ScheduleOptions& schedule, ScheduleRun& run) {
    if (number_of(schedule) == 2 && ++runs == 1) run.summary.violations = {violation("deadlock")};
  };
  const Exploration found = explored(runner, {.schedules = 3});
  ASSERT_THAT(found.findings, SizeIs(1));
  EXPECT_FALSE(found.findings[0].repeated);
}

TEST(Exploration, KeepsMistakesAtOtherPlacesAndOfOtherRulesApart) {
  Scripted runner;
  runner.shows = {{1, {violation("deadlock"), violation("deadlock", "p.so!g+0x1")}},
                  {2, {violation("value-shared")}}};
  EXPECT_THAT(explored(runner, {.schedules = 3}).findings, SizeIs(3));
}

TEST(Exploration, LeavesOutMistakesBelowTheSeverityToShow) {
  Scripted runner;
  runner.shows = {{1, {violation("deadlock")}}};
  runner.shows[1][0].severity = Severity::note;
  EXPECT_THAT(explored(runner, {.schedules = 1, .show = Severity::warning}).findings, IsEmpty());
  EXPECT_THAT(explored(runner, {.schedules = 1}).findings, SizeIs(1));
}

TEST(Exploration, StopsAtTheFirstFinding) {
  Scripted runner;
  runner.shows = {{2, {violation("deadlock")}}};
  EXPECT_EQ(explored(runner, {.schedules = 9, .stop_on_first = true}).run, 2u);
}

TEST(Exploration, OfAShareRunsTheFirstScheduleAndItsOwn) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t share = 1; share <= 3; ++share) {
    Scripted runner;
    (void)explored(runner, {.schedules = 7, .shard = share, .shards = 3});
    const std::vector<std::uint64_t> mine = runner.numbers();
    EXPECT_EQ(mine[0], 1u);
    all.insert(all.end(), mine.begin() + (share == 1 ? 0 : 1), mine.end());
  }
  EXPECT_THAT(all, ::testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7));
}

std::vector<std::string> texts(const Scripted& runner) {
  std::vector<std::string> all;
  for (const ScheduleOptions& one : runner.schedules()) all.push_back(to_string(one));
  return all;
}

// They are not counted, so that all shares have the same numbers.
TEST(Exploration, RunsBothOrdersOfARaceInALaterSchedule) {
  const SiteOrder race = {{0, 1}, {0, 2}};
  Scripted runner;
  runner.change = [&race](const ScheduleOptions& schedule, ScheduleRun& run) {
    if (number_of(schedule) == 3 || number_of(schedule) == 5) run.summary.schedule.races = {race};
    if (schedule.orders == std::vector{SiteOrder{race.second, race.first}})
      run.summary.violations = {violation("callback-crash")};
  };
  const Exploration found = explored(runner, {.schedules = 5});
  EXPECT_THAT(texts(runner),
              ElementsAre("default:1000001", "surw:1000002:12", "pos:1000003",
                          "default:1000003@1-2", "default:1000003@2-1",
                          "default:1000003@2-1/00000003", "pos:1000004", "random:1000005"));
  ASSERT_THAT(found.findings, SizeIs(1));
  EXPECT_EQ(found.findings[0].number, 3u);
  EXPECT_EQ(found.run, 5u);
}

// Each schedule has three choices, except one without a choice after its delay.
class WithDelays : public Scripted {
 public:
  WithDelays() {
    change = [](const ScheduleOptions& schedule, ScheduleRun& run) {
      run.summary.schedule.choices = schedule.delays == std::vector<std::uint32_t>{1} ? 1 : 3;
      if (schedule.delays == std::vector<std::uint32_t>{0, 2}) run.summary.stopped_by = "a crash";
    };
  }
  std::vector<std::vector<std::uint32_t>> delays() const {
    std::vector<std::vector<std::uint32_t>> all;
    for (const ScheduleOptions& one : schedules()) all.push_back(one.delays);
    return all;
  }
};

TEST(Exploration, WithDelaysRunsAllWithOneAndThenAllWithTwo) {
  WithDelays runner;
  const Exploration found = explored(runner, {.schedules = 9, .strategy = "delays"});
  using D = std::vector<std::uint32_t>;
  EXPECT_THAT(runner.delays(), ElementsAre(D{}, D{}, D{0}, D{1}, D{2}, D{0, 0}, D{0, 1}, D{0, 2},
                                           D{2, 2}));  // no choice comes after 1
  ASSERT_TRUE(found.complete);
  EXPECT_EQ(found.complete->delays, 1u);  // one of the two is not complete
}

TEST(Exploration, WithDelaysEndsWhenNoScheduleIsLeft) {
  Scripted runner;  // nothing to choose
  const Exploration found = explored(runner, {.schedules = 9, .strategy = "delays"});
  EXPECT_EQ(found.run, 2u);
  ASSERT_TRUE(found.complete);
  EXPECT_EQ(found.complete->delays, 0u);
}

TEST(Exploration, WithDelaysIsCompleteWhenAllSharesAre) {
  std::set<std::vector<std::uint32_t>> all;
  std::vector<Exploration> shares;
  for (std::uint64_t share = 1; share <= 2; ++share) {
    WithDelays runner;
    shares.push_back(
        explored(runner, {.schedules = 40, .strategy = "delays", .shard = share, .shards = 2}));
    for (const auto& one : runner.delays()) {
      if (one.size() > 2) continue;
      EXPECT_TRUE(all.insert(one).second || one.empty());
    }
  }
  EXPECT_THAT(all, SizeIs(1 + 3 + 4));
  EXPECT_EQ(merged(shares).complete->delays, 1u);
  shares[1].complete.reset();
  EXPECT_FALSE(merged(shares).complete);
}

TEST(Exploration, OfOneScheduleRunsOnlyThatOne) {
  Scripted runner;
  ExploreOptions options;
  options.replay = *parse_schedule("pos:17/00000011");
  const Exploration found = explored(runner, options);
  EXPECT_THAT(runner.numbers(), ElementsAre(17));
  EXPECT_EQ(found.run, 1u);
}

TEST(Exploration, EndsWhenARunDidNotFollowItsSchedule) {
  Scripted runner;
  runner.shows = {{1, {violation("deadlock")}}};
  runner.change = [](const ScheduleOptions&, ScheduleRun& run) {
    run.summary.schedule.diverged = "not repeated";
  };
  const Exploration found = explored(runner, {.schedules = 1});
  EXPECT_EQ(found.diverged, "not repeated");
  EXPECT_THAT(found.findings, IsEmpty());
}

TEST(Exploration, EndsWhenNoMoreSchedulesCanBeRun) {
  Scripted runner;
  runner.shows = {{2, {violation("deadlock")}}};
  runner.change = [](const ScheduleOptions& schedule, ScheduleRun& run) {
    if (number_of(schedule) == 2) run.cut_short = "for a reason";
  };
  const Exploration found = explored(runner, {.schedules = 9});
  EXPECT_EQ(found.run, 2u);
  EXPECT_EQ(found.cut_short, "for a reason");
  EXPECT_FALSE(found.stopped);
}

// A run that was stopped is not repeated.
TEST(Exploration, EndsWhenItIsStopped) {
  Scripted runner;
  runner.shows = {{2, {violation("deadlock")}}};
  runner.change = [&runner](const ScheduleOptions& schedule, ScheduleRun&) {
    if (number_of(schedule) == 2) runner.why_stopped = "by somebody";
  };
  const Exploration found = explored(runner, {.schedules = 9});
  EXPECT_THAT(runner.numbers(), ElementsAre(1, 2));
  EXPECT_EQ(found.cut_short, "by somebody");
  EXPECT_TRUE(found.stopped);
}

// Runs two at a time.
class InPairs : public Scripted {
 public:
  void run_some(const NumberedSchedule& first, const Next& next, const Take& take) override {
    begun.push_back(first.number);
    if (!take(first, run(first.schedule))) return;
    if (const auto second = next({first.number, {}})) (void)take(*second, run(second->schedule));
  }
  std::vector<std::uint64_t> begun;
};

TEST(Exploration, ContinuesAfterTheLastScheduleThatTheRunnerRan) {
  InPairs runner;
  runner.shows = {{4, {violation("deadlock")}}};
  const Exploration found = explored(runner, {.schedules = 5});
  EXPECT_THAT(runner.begun, ElementsAre(1, 3, 5));
  EXPECT_THAT(runner.numbers(), ElementsAre(1, 2, 3, 4, 4, 5));
  EXPECT_EQ(found.findings[0].number, 4u);
}

TEST(Exploration, ReportsProgressAfterEachSchedule) {
  Scripted runner;
  std::vector<std::uint64_t> seen;
  (void)explore_schedules({.schedules = 3}, runner,
                          [&seen](const Exploration& so_far) { seen.push_back(so_far.run); });
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace surisim::test
