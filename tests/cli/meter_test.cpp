// The statistics of surisim bench, computed from given ticks, without a clock.
#include <gtest/gtest.h>

#include "callback_meter.hpp"

namespace surisim::cli {
namespace {

Histogram of(int times, std::uint64_t number) {
  Histogram made;
  for (int i = 0; i < times; ++i) made.add(number);
  return made;
}

TEST(Histogram, RareLargeNumbersAffectTheSumAndTheTailButNotTheMedian) {
  Histogram all = of(90, 10);
  all.add(of(10, 10'000));
  EXPECT_EQ(all.count(), 100u);
  EXPECT_EQ(all.sum(), 100'900u);
  EXPECT_EQ(all.quantile(0.5), 10u);
  EXPECT_LE(all.quantile(0.99), 10'000u);
  EXPECT_GE(all.quantile(0.99), 9'687u);  // three percent
}

TEST(Histogram, AnEmptyOneCanBeAddedAndAddedTo) {
  Histogram empty;
  EXPECT_EQ(empty.quantile(0.5), 0u);
  Histogram some = of(3, 7);
  some.add(Histogram());
  empty.add(some);
  for (const Histogram& each : {some, empty}) {
    EXPECT_EQ(each.count(), 3u);
    EXPECT_EQ(each.sum(), 21u);
    EXPECT_EQ(each.quantile(0.99), 7u);
  }
}

// The cost of reading the clock is the mean of these, without those during which the thread was
// preempted.
TEST(Histogram, TheTrimmedMeanLeavesOutTheLargestOnePercent) {
  Histogram all = of(49, 20);
  all.add(of(50, 30));
  EXPECT_NEAR(all.trimmed_mean(), (49 * 20 + 50 * 30) / 99.0, 1e-9);
  all.add(1'000'000);
  EXPECT_NEAR(all.trimmed_mean(), (49 * 20 + 50 * 30) / 99.0, 1e-9);
  EXPECT_EQ(Histogram().trimmed_mean(), 0);
}

}  // namespace
}  // namespace surisim::cli
