// Goal: a schedule that shows a mistake is reduced to the orders that it needs. Method: a function
// instead of runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "explore/shrink.hpp"

namespace surisim::explore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SiteOrder order(std::uint64_t first, std::uint64_t second) { return {{0, first}, {0, second}}; }

std::vector<SiteOrder> many(std::uint64_t count) {
  std::vector<SiteOrder> all;
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(order(i, i + 1));
  return all;
}

class Shrinking : public ::testing::Test {
 protected:
  // The mistake needs these.
  std::optional<ScheduleOptions> shrunk(const std::vector<SiteOrder>& needed) {
    return shrink(found, conflicts, [&](const ScheduleOptions& one) {
      ++runs;
      return std::all_of(needed.begin(), needed.end(), [&one](const SiteOrder& order) {
        return std::find(one.orders.begin(), one.orders.end(), order) != one.orders.end();
      });
    });
  }
  ScheduleOptions found;
  std::vector<SiteOrder> conflicts = many(20);
  int runs = 0;
};

TEST_F(Shrinking, LeavesNothingOfAMistakeThatTheDefaultScheduleShows) {
  found.strategy = "surw";
  found.weights = "12";
  const auto simple = shrunk({});
  ASSERT_TRUE(simple);
  EXPECT_EQ(simple->strategy, "default");
  EXPECT_THAT(simple->orders, IsEmpty());
  EXPECT_EQ(runs, 1);
}

TEST_F(Shrinking, FindsTheOneOrder) {
  const auto simple = shrunk({order(7, 8)});
  ASSERT_TRUE(simple);
  EXPECT_THAT(simple->orders, ElementsAre(order(7, 8)));
}

TEST_F(Shrinking, TriesTheSchedulesOwnOrdersFirst) {
  found.orders = {order(19, 20)};
  ASSERT_TRUE(shrunk({order(19, 20)}));
  EXPECT_EQ(runs, 2);
}

TEST_F(Shrinking, FindsTwoOrders) {
  const auto simple = shrunk({order(2, 3), order(5, 6)});
  ASSERT_TRUE(simple);
  EXPECT_THAT(simple->orders, testing::UnorderedElementsAre(order(2, 3), order(5, 6)));
}

TEST_F(Shrinking, GivesUpAfterFortyRuns) {
  conflicts = many(100);
  EXPECT_FALSE(shrunk({order(97, 98), order(98, 99)}));
  EXPECT_EQ(runs, 40);
}

class ShrinkingTurns : public Shrinking {
 protected:
  // Of 64 turns the mistake needs these.
  std::optional<ScheduleOptions> shrunk(const std::vector<ScheduleTurn>& needed) {
    std::vector<ScheduleTurn> turns;
    for (std::uint32_t i = 0; i < 64; ++i) turns.push_back({i % 3, i});
    return shrink_turns(found, turns, [&](const ScheduleOptions& one) {
      ++runs;
      EXPECT_EQ(one.strategy, "turns");
      return std::includes(
          one.turns.begin(), one.turns.end(), needed.begin(), needed.end(),
          [](const ScheduleTurn& a, const ScheduleTurn& b) { return a.times < b.times; });
    });
  }
};

TEST_F(ShrinkingTurns, KeepsThoseThatTheMistakeNeeds) {
  const std::vector<ScheduleTurn> needed = {{2, 8}, {1, 40}, {2, 41}};
  const auto simple = shrunk(needed);
  ASSERT_TRUE(simple);
  EXPECT_EQ(simple->turns, needed);
  EXPECT_LE(runs, 60);
}

TEST_F(ShrinkingTurns, KeepsThePointsOfTheSchedule) {
  found.strategy = "surw";
  found.points = {{0, 7}};
  found.orders = {{{0, 7}, {0, 8}}, {{0, 9, true}, {0, 8}}};
  const auto simple = shrunk({{1, 40}});
  ASSERT_TRUE(simple);
  EXPECT_THAT(simple->points, ElementsAre(CodeSite{0, 7}, CodeSite{0, 8}));
  EXPECT_THAT(simple->orders, IsEmpty());
}

TEST_F(ShrinkingTurns, GivesUpIfManyAreNeeded) {
  std::vector<ScheduleTurn> needed;
  for (std::uint32_t i = 0; i < 64; i += 3) needed.push_back({i % 3, i});
  EXPECT_FALSE(shrunk(needed));
  EXPECT_EQ(runs, 60);
}

TEST_F(ShrinkingTurns, GivesUpIfAllOfThemDoNotShowTheMistake) {
  EXPECT_FALSE(shrunk({{0, 1000}}));
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace surisim::explore
