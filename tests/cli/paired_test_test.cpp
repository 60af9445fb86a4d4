// The significance test of surisim bench --against: known values; how often it calls equal pairs
// different, and different pairs equal.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "paired_test.hpp"

namespace surisim::cli {
namespace {

// 10 pairs, all in one direction: 2 of the 2^10 results of ten coin tosses are as extreme.
TEST(PairedTest, HasTheSmallestPIfAllPairsDifferInOneDirection) {
  std::vector<double> ratios;
  for (int i = 1; i <= 10; ++i) ratios.push_back(1 + 0.01 * i);
  const PairedResult result = test_pairs(ratios);
  EXPECT_DOUBLE_EQ(result.p, 2.0 / 1024);
  EXPECT_NEAR(result.ratio, 1.055, 0.001);
  EXPECT_GT(result.low, 1.01);
  EXPECT_LT(result.high, 1.1);
}

// Wilcoxon's example of cross- and self-fertilised plants: W = 24, and R's wilcox.test says\n  // p
// = 0.04126.
TEST(PairedTest, AgreesWithAPublishedExample) {
  std::vector<double> ratios;
  for (const int difference : {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48})
    ratios.push_back(std::exp(difference / 1000.0));
  const PairedResult result = test_pairs(ratios);
  EXPECT_NEAR(result.p, 0.04126, 0.00001);
  EXPECT_NEAR(std::log(result.ratio) * 1000, 25.0, 1.5);
  EXPECT_LE(result.low, result.ratio);
  EXPECT_GE(result.high, result.ratio);
}

TEST(PairedTest, FindsNothingInEqualPairs) {
  const PairedResult result = test_pairs(std::vector<double>(20, 1.0));
  EXPECT_EQ(result.p, 1);
  EXPECT_EQ(result.ratio, 1);
}

TEST(PairedTest, FindsFewDifferencesWhereThereIsNone) {
  std::mt19937 random(1);
  int found = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<double> ratios;
    for (int i = 0; i < 20; ++i) {
      // Runs that are sometimes disturbed.
      const double noise = std::normal_distribution<double>(0, 0.03)(random);
      ratios.push_back(std::exp(noise * (random() % 10 == 0 ? 10 : 1)));
    }
    found += test_pairs(ratios).p < 0.01 ? 1 : 0;
  }
  EXPECT_LE(found, 20);
  EXPECT_GE(found, 1);
}

TEST(PairedTest, FindsTenPercentInNoise) {
  std::mt19937 random(2);
  int found = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<double> ratios;
    for (int i = 0; i < 20; ++i) {
      const double noise = std::normal_distribution<double>(0, 0.03)(random);
      ratios.push_back(1.1 * std::exp(noise * (random() % 20 == 0 ? 10 : 1)));
    }
    const PairedResult result = test_pairs(ratios);
    found += result.p < 0.0025 && result.low > 1 ? 1 : 0;
  }
  EXPECT_GE(found, 190);
}

TEST(PairedTest, CoversTheTruthIn95PercentOfCases) {
  std::mt19937 random(3);
  int covered = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<double> ratios;
    for (int i = 0; i < 15; ++i)
      ratios.push_back(1.07 * std::exp(std::normal_distribution<double>(0, 0.05)(random)));
    const PairedResult result = test_pairs(ratios);
    covered += result.low <= 1.07 && result.high >= 1.07 ? 1 : 0;
  }
  EXPECT_GE(covered, 940);
  EXPECT_LE(covered, 970);
}

TEST(Corrected, ByHolmAndNeverAboveOne) {
  const std::vector<double> p = corrected({0.01, 0.04, 0.03, 0.9});
  EXPECT_DOUBLE_EQ(p[0], 0.04);
  EXPECT_DOUBLE_EQ(p[2], 0.09);
  EXPECT_DOUBLE_EQ(p[1], 0.09);  // not below that of a smaller p
  EXPECT_DOUBLE_EQ(p[3], 0.9);
  EXPECT_EQ(corrected({0.6, 0.7})[0], 1);
}

}  // namespace
}  // namespace surisim::cli
