// Goal: numbers and names are easy to read. Method: examples at the boundaries.
#include "report/format.hpp"

#include <gtest/gtest.h>

namespace surisim::report {
namespace {

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Rate, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(rate(0), "0/s");
  EXPECT_EQ(rate(850), "850/s");
  EXPECT_EQ(rate(1500), "1.50 k/s");
  EXPECT_EQ(rate(12.34e6), "12.3 M/s");
  EXPECT_EQ(rate(2e9), "2.00 G/s");
}

TEST(Duration, ChoosesItsUnit) {
  EXPECT_EQ(duration(0), "0 µs");
  EXPECT_EQ(duration(0.00085), "850 µs");
  EXPECT_EQ(duration(0.0123), "12.3 ms");
  EXPECT_EQ(duration(1.62), "1.62 s");
  EXPECT_EQ(duration(125), "125 s");
}

TEST(Percent, OfNothingIsZero) {
  EXPECT_EQ(percent(1, 3), "33.3 %");
  EXPECT_EQ(percent(0, 0), "0.0 %");
}

TEST(CountOf, KnowsThePlural) {
  EXPECT_EQ(count_of(1, "flow"), "1 flow");
  EXPECT_EQ(count_of(2000, "flow"), "2,000 flows");
}

TEST(Compress, JoinsRunsOfThreeOrMore) {
  EXPECT_EQ(compress({"W#01-eth0", "W#02-eth0", "W#03-eth0", "FM#01"}),
            "W#01-eth0 … W#03-eth0, FM#01");
  EXPECT_EQ(compress({"W#01", "W#02"}), "W#01, W#02");
  EXPECT_EQ(compress({"W#09", "W#10", "W#11"}), "W#09 … W#11");
  EXPECT_EQ(compress({}), "");
}

TEST(Compress, DoesNotJoinNamesThatAreNotConsecutive) {
  EXPECT_EQ(compress({"W#01-a", "W#02-a", "W#03-b", "W#04-b"}), "W#01-a, W#02-a, W#03-b, W#04-b");
  EXPECT_EQ(compress({"W#01", "W#02", "W#04"}), "W#01, W#02, W#04");
  EXPECT_EQ(compress({"W#01", "FM#02", "FR#03"}), "W#01, FM#02, FR#03");
  EXPECT_EQ(compress({"CW", "CS", "HB", "W#", "#"}), "CW, CS, HB, W#, #");
}

TEST(Table, AlignsCellsOfAnyUtf8) {
  Table table("lr", 1);
  table.row({"a … b", "1"});
  table.row({"c", "1,000"});
  EXPECT_EQ(table.str(), " a … b      1\n c      1,000\n");
}

}  // namespace
}  // namespace surisim::report
