// Goal: a schedule is read from the text to which it was written, and anything else is refused with
// a message. Method: both functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "surisim/schedule.hpp"

namespace surisim {
namespace {

using ::testing::HasSubstr;

TEST(ScheduleText, IsReadAsItWasWritten) {
  for (const char* text : {"default:0", "pos:17", "surw:18446744073709551615:0a77f",
                           "random:3/0000002a", "pct:9:123/9c41f0de", "pos:17@12f4+1310/9c41f0de",
                           "default:0@12f4-c1310", "surw:1:0a@1.0c12+c12-2.c13+5-5", "delays:3",
                           "delays:1:0", "delays:1:5.1c.1c@12f4/9c41f0de", "turns:0",
                           "turns:0:2-1f", "turns:1:2-1f.1-30.a-0@12f4+1310/9c41f0de"}) {
    const auto schedule = parse_schedule(text);
    ASSERT_TRUE(schedule) << schedule.error().message;
    EXPECT_EQ(to_string(*schedule), text);
  }
}

TEST(ScheduleText, IsRefusedWithWhatWasExpected) {
  const auto error_of = [](const char* text) { return parse_schedule(text).error().message; };
  EXPECT_THAT(error_of("fast:1"), HasSubstr("one of default, surw, pos, pct, sticky, random"));
  EXPECT_THAT(error_of(""), HasSubstr("expected STRATEGY:SEED"));
  EXPECT_THAT(error_of("pos"), HasSubstr("expected a number after the strategy, as in pos:17"));
  EXPECT_THAT(error_of("pos:-1"), HasSubstr("expected a number"));
  EXPECT_THAT(error_of("pos:1:xyz"), HasSubstr("hexadecimal digits after the seed"));
  for (const char* text : {"delays:1:x", "delays:1:5,6", "delays:1:6.5", "delays:1:123456789"})
    EXPECT_THAT(error_of(text), HasSubstr("in order and as hexadecimal numbers")) << text;
  for (const char* text : {"turns:1:x", "turns:1:2", "turns:1:2-", "turns:1:2-1,3-1"})
    EXPECT_THAT(error_of(text), HasSubstr("as in turns:0:2-1f.1-30")) << text;
  EXPECT_THAT(error_of("pos:1@12g"), HasSubstr("hexadecimal addresses after the @"));
  EXPECT_THAT(error_of("pos:1@1-"), HasSubstr("hexadecimal addresses after the @"));
  EXPECT_THAT(error_of("pos:1@x.1"), HasSubstr("hexadecimal addresses after the @"));
  EXPECT_THAT(error_of("pos:1/"), HasSubstr("hexadecimal digits after the /"));
  EXPECT_THAT(error_of("pos:1/123456789"), HasSubstr("hexadecimal digits after the /"));
}

}  // namespace
}  // namespace surisim
