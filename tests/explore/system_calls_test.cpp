// Goal: a plugin's inline system calls are controlled if they wait, wake or let time pass, and are
// reported otherwise. Method: the command, and a plugin whose lock uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "../cli/subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json schedules_of(const std::string& plugin) {
  const std::string file = SURISIM_EXPLORED_DIR "/" + plugin + ".so";
  return json::parse(
      surisim({"explore", file, "--schedules", "40", "--timeout", "10", "--format", "json"}).out);
}

TEST(SystemCalls, ThatWaitAndWakeAreControlled) {
  const json report = schedules_of("system_calls");
  EXPECT_EQ(report["verdict"], "pass");
  EXPECT_GT(report["orders"], 20);
  EXPECT_THAT(report["not_controlled"], IsEmpty());
}

// Without control it would be a hang.
TEST(SystemCalls, ThatWaitForEverAreADeadlock) {
  const json report = schedules_of("forgets");
  ASSERT_FALSE(report["findings"].empty());
  const json& violation = report["findings"][0]["violation"];
  EXPECT_EQ(violation["rule"], "deadlock");
  EXPECT_THAT(violation["message"].get<std::string>(),
              HasSubstr("waits to be woken at forgets.so"));
}

TEST(SystemCalls, OfOtherKindsAreExecutedAndReported) {
  const json report = schedules_of("asks");
  EXPECT_EQ(report["verdict"], "pass");  // it aborts if its call is not made
  EXPECT_THAT(
      report["not_controlled"].get<std::vector<std::string>>(),
      ElementsAre(AllOf(HasSubstr("system call 110 at asks.so!"), HasSubstr("system_calls.c:"))));
}

}  // namespace
}  // namespace surisim::test
