// Goal: numbers in texts are read, and strings copied, exactly as in Suricata, including its
// oddities. Method: calls of the functions. Source: util-byte.c, util-strlcpyu.c.
#include <gtest/gtest.h>
#include <suricata/suricata-common.h>
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

// An oddity of Suricata.
TEST(NumberInText, MayBeFollowedByMoreIfItIsSigned) {
  std::int32_t number = 0;
  EXPECT_EQ(StringParseInt32(&number, 10, 0, "-12abc"), 3);
  EXPECT_EQ(number, -12);
  EXPECT_EQ(StringParseInt32(&number, 10, 6, "-12abc"), -1);
  EXPECT_EQ(StringParseInt32(&number, 10, 0, "abc"), -1);
  EXPECT_EQ(ByteExtractStringInt32(&number, 10, 3, "abc"), 0);
  EXPECT_EQ(StringParseInt32(&number, 10, 0, "2147483648"), -1);
}

// Suricata defines these where the C library does not; its plugins need them.
TEST(BoundedString, IsCutAndHasANul) {
  char text[4] = "???";
  EXPECT_EQ(strlcpy(text, "abcdef", sizeof text), 6U);
  EXPECT_STREQ(text, "abc");
  EXPECT_EQ(strlcpy(text, "a", sizeof text), 1U);
  EXPECT_EQ(strlcat(text, "bcd", sizeof text), 4U);
  EXPECT_STREQ(text, "abc");
  EXPECT_EQ(strlcpy(nullptr, "abc", 0), 3U);
  char full[2] = {'x', 'y'};
  EXPECT_EQ(strlcat(full, "z", sizeof full), 3U) << "without a NUL it is full";
  EXPECT_EQ(full[1], 'y');
}

}  // namespace
}  // namespace surisim::test
