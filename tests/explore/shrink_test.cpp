// Goal: a schedule that shows a mistake is reduced to the orders that it needs. Method: a function
// in place of runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "explore/plan.hpp"

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

TEST_F(Shrinking, TriesTheScheduleOwnOrdersFirst) {
  found.orders = {order(19, 20)};
  ASSERT_TRUE(shrunk({order(19, 20)}));
  EXPECT_EQ(runs, 2);
}

TEST_F(Shrinking, FindsTwoOrders) {
  const auto simple = shrunk({order(2, 3), order(5, 6)});
  ASSERT_TRUE(simple);
  EXPECT_THAT(simple->orders, testing::UnorderedElementsAre(order(2, 3), order(5, 6)));
}

TEST_F(Shrinking, GivesUpAfterAHundredRuns) {
  conflicts = many(100);
  EXPECT_FALSE(shrunk({order(97, 98), order(98, 99)}));
  EXPECT_EQ(runs, 100);
}

}  // namespace
}  // namespace surisim::explore
