// Goal: numbers in texts are read as Suricata reads them, with its oddities. Method: calls of the
// functions. Source: util-byte.c.
#include <gtest/gtest.h>
#include <suricata/util-byte.h>

#include <cstdint>

namespace surisim::test {
namespace {

TEST(NumberInText, IsTakenFromItsBeginning) {
  std::uint8_t small = 0;
  EXPECT_EQ(ByteExtractStringUint8(&small, 10, 0, "12-15"), 2);
  EXPECT_EQ(small, 12);
  EXPECT_EQ(ByteExtractStringUint8(&small, 10, 1, "12-15"), 1);
  EXPECT_EQ(small, 1);
  EXPECT_EQ(ByteExtractStringUint8(&small, 10, 0, "256"), -1);
  EXPECT_EQ(ByteExtractStringUint8(&small, 10, 0, "x"), -1);
  EXPECT_EQ(ByteExtractStringUint8(&small, 10, 24, "000000000000000000000001"), -1);
}

TEST(NumberInText, IsTheWholeText) {
  std::uint16_t number = 7;
  EXPECT_EQ(StringParseUint16(&number, 10, 0, "65535"), 5);
  EXPECT_EQ(number, 65535);
  EXPECT_EQ(StringParseUint16(&number, 10, 0, "65536"), -1);
  EXPECT_EQ(StringParseUint16(&number, 10, 0, "12a"), -1);
  EXPECT_EQ(StringParseUint16(&number, 16, 2, "12xx"), 2);
  EXPECT_EQ(number, 0x12);
  EXPECT_EQ(StringParseU16RangeCheck(&number, 10, 0, "5", 6, 9), -1);
  EXPECT_EQ(StringParseU16RangeCheck(&number, 10, 0, "6", 6, 9), 1);
}

// An oddity of Suricata's.
TEST(NumberInText, MayBeFollowedByMoreIfItIsSigned) {
  std::int32_t number = 0;
  EXPECT_EQ(StringParseInt32(&number, 10, 0, "-12abc"), 3);
  EXPECT_EQ(number, -12);
  EXPECT_EQ(StringParseInt32(&number, 10, 6, "-12abc"), -1);
  EXPECT_EQ(StringParseInt32(&number, 10, 0, "abc"), -1);
  EXPECT_EQ(StringParseInt32(&number, 10, 0, "2147483648"), -1);
}

}  // namespace
}  // namespace surisim::test
