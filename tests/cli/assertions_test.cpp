// Goal: what a plugin's author asserts is judged in every kind of run, at the place and the moment
// that are documented. Method: the command, on a plugin whose assertions and invariants fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json report_of(const Arguments& options) {
  Arguments arguments = {"run", plugin("asserts"), "--format", "json", "--flows", "50"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return json::parse(surisim(arguments).out);
}

// Of the callback.
std::vector<json> failed_in(const json& report, const std::string& callback) {
  std::vector<json> all;
  for (const json& one : report["violations"])
    if (one["rule"] == "assertion-failed" && one["callback"] == callback) all.push_back(one);
  return all;
}

TEST(Assertions, AreReportedWithTextAndPlaceInEveryKindOfRun) {
  for (const Arguments& options : {Arguments{}, Arguments{"--no-checks"}, Arguments{"--in-process"},
                                   Arguments{"--mode", "autofp"}}) {
    const json report = report_of(options);
    const std::vector<json> failed = failed_in(report, "flow init");
    ASSERT_EQ(failed.size(), 1u) << report["violations"];
    EXPECT_THAT(failed[0]["message"].get<std::string>(),
                AllOf(StartsWith("`begun < 1` does not hold ("), HasSubstr("asserts.c:")));
    EXPECT_THAT(failed[0]["call_site"].get<std::string>(), StartsWith("asserts.so!on_flow_init"));
    EXPECT_EQ(failed[0]["count"], 50);  // the plugin continues
    EXPECT_EQ(failed_in(report, "thread init").size(), 0u);
  }
}

TEST(Assertions, OfAllKindsAreErrors) {
  EXPECT_EQ(surisim({"run", plugin("asserts"), "--quiet"}).status, 1);
  const Ran ran = surisim({"run", plugin("asserts"), "--quiet", "--flows", "0"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_EQ(
      surisim({"run", plugin("asserts"), "--flows", "0", "--invariant", "never_holds"}).status, 1);
}

TEST(Invariant, IsReportedByItsName) {
  const std::vector<json> failed =
      failed_in(report_of({"--invariant", "never_holds"}), "invariant");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0]["message"], "the invariant `never_holds` does not hold");
  EXPECT_EQ(failed[0]["phase"], "kill packet threads");
  EXPECT_EQ(failed[0]["thread"], "main");
  EXPECT_THAT(failed[0]["call_site"].get<std::string>(), StartsWith("asserts.so!never_holds"));
  EXPECT_THAT(failed[0]["plugin"].get<std::string>(), EndsWith("asserts.so"));
}

// Four workers and US have values (L27): those of flow managers and the like are freed before.
TEST(Invariant, IsCheckedOnMainAfterPacketThreadsEndedAndBeforeTheirValuesAreFreed) {
  const json report = report_of(
      {"--invariant", "is_asked_on_main", "--invariant", "is_asked_after_traffic", "--invariant",
       "is_asked_before_five_values_are_freed", "--invariant", "always_holds"});
  EXPECT_EQ(failed_in(report, "invariant"), std::vector<json>{});
  EXPECT_EQ(report["config"]["invariants"].size(), 4u);
}

TEST(Invariant, IsCheckedInEachLifecycle) {
  const std::vector<json> failed =
      failed_in(report_of({"--invariant", "never_holds", "--repeat", "3"}), "invariant");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0]["count"], 3);
}

TEST(Invariant, IsNotCheckedIfNoThreadsRun) {
  EXPECT_EQ(
      failed_in(report_of({"--invariant", "never_holds", "--engine", "config-test"}), "invariant"),
      std::vector<json>{});
}

TEST(Invariant, MayCrash) {
  const json report = report_of({"--invariant", "crashes"});
  const json& violation = report["violations"].back();
  bool blamed = false;
  for (const json& one : report["violations"])
    blamed |= one["rule"] == "callback-crash" && one["callback"] == "invariant";
  EXPECT_TRUE(blamed) << violation;
}

// Nor a function of a library that it needs.
TEST(Invariant, ThatNoPluginExportsIsAUsageError) {
  for (const char* name : {"is_nowhere", "getpid"}) {
    const Ran ran = surisim({"run", plugin("good"), "--invariant", name});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("no plugin exports a function \"" + std::string(name) + "\""));
  }
  EXPECT_EQ(surisim({"run", plugin("good"), "--invariant", ""}).status, 2);
}

}  // namespace
}  // namespace surisim::test
