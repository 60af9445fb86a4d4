// Goal: if a sanitizer replaces malloc, alloc:K is refused with a message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fault_test.hpp"
#include "sweep.hpp"

namespace surisim::test {
namespace {

using ::testing::HasSubstr;

TEST_F(FaultTest, AllocIsRefusedWhereASanitizerOwnsMalloc) {
  fail("alloc:1");
  const auto refused = run();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.message(), HasSubstr("built with a sanitizer"));
}

TEST(Sweep, OfAllocationsIsRefusedWhereASanitizerOwnsMalloc) {
  const Ran ran = sweep("flow_counter_c", "alloc");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("built with a sanitizer"));
}

}  // namespace
}  // namespace surisim::test
