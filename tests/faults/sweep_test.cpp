// Goal: `surisim run --fail KIND:*` finds mistakes that an ordinary run does not, and our plugins
// have none. Method: the command on the sample plugins, in small runs with one worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "surisim/faults.hpp"
#include "surisim/rules.hpp"
#include "sweep.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Sweep, FindsALeakAfterARefusedSet) {  // L20
  const Ran ran = sweep("unchecked", "set", {"--no-command-socket"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("error  value-leaked"), HasSubstr("its set returned -1"),
                             HasSubstr("reproduce: surisim run "), HasSubstr("--fail set:1 "),
                             HasSubstr("the same with set:2, set:3")));
}

TEST(Sweep, FindingsCanBeReproduced) {
  const Ran all = sweep("unchecked", "set");
  const std::string line = all.out.substr(all.out.find("reproduce: surisim ") + 19);
  std::istringstream words(line.substr(0, line.find('\n')));
  Arguments arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  const Ran one = surisim(arguments);
  EXPECT_EQ(one.status, 1) << line << one.err;
  EXPECT_THAT(one.out, AllOf(HasSubstr("injected faults\n  set:"), HasSubstr("value-leaked")));
}

TEST(Sweep, InJsonListsEachFaultThatIsNotHandled) {
  const Ran ran = sweep("unchecked", "set", {"--format", "json"});
  const json report = json::parse(ran.out);
  EXPECT_EQ(report["sweep"], "set:*");
  EXPECT_EQ(report["verdict"], "fail");
  EXPECT_TRUE(report["cut_short"].is_null());
  ASSERT_EQ(report["harm"].size(), report["failures"]);
  const json& first = report["harm"][0];
  EXPECT_EQ(first["fault"], "set:1");
  EXPECT_EQ(first["faults"][0]["what"], "unchecked");
  EXPECT_EQ(first["violations"][0]["rule"], "value-leaked");
  EXPECT_THAT(first["reproduce"], HasSubstr("--fail set:1 "));
}

// The formats for CI have each violation once, with its fault.
TEST(Sweep, InSarifAndJunitLooksLikeOneRun) {
  const json sarif = json::parse(sweep("unchecked", "set", {"--format", "sarif"}).out);
  const json& results = sarif["runs"][0]["results"];
  ASSERT_EQ(results.size(), 1U) << results;
  EXPECT_EQ(results[0]["ruleId"], "value-leaked");
  EXPECT_THAT(results[0]["message"]["text"], HasSubstr("with --fail set:1: "));
  EXPECT_EQ(sarif["runs"][0]["invocations"][0]["exitCode"], 1);
  const Ran junit = sweep("unchecked", "set", {"--format", "junit"});
  EXPECT_EQ(junit.status, 1);
  EXPECT_THAT(junit.out, AllOf(HasSubstr("<failure message=\"with --fail set:1: "),
                               HasSubstr("failures=\"1\"")));
  EXPECT_THAT(sweep("flow_counter_c", "set", {"--format", "junit"}).out,
              AllOf(HasSubstr("name=\"value-leaked\""), HasSubstr("failures=\"0\"")));
}

TEST(Sweep, EndsAtItsLimitAndSaysSo) {
  const Ran ran = sweep("flow_counter_c", "set", {"--sweep-limit", "2"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("the limit of 2 was reached"), HasSubstr("2 faults of set:* tried")));
}

TEST(Sweep, RefusesOptionsForASingleRun) {
  const auto refused = [](const Arguments& arguments, const char* sentence) {
    const Ran ran = surisim(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.err, HasSubstr(sentence));
  };
  const std::string so = plugin("flow_counter_c");
  refused({"run", so, "--fail", "set:*", "--in-process"}, "without --in-process");
  refused({"run", so, "--fail", "set:*", "--events", "e"}, "without --events");
  refused({"run", so, "--fail", "set:*", "--fail", "alloc:*"}, "one kind with * at most");
  refused({"run", so, "--fail", "init:*"}, "expected init:THREAD");
  refused({"record", so, "-o", "g", "--fail", "set:*"}, "makes many runs");
  refused({"bench", so, "--fail", "set:*"}, "which is for surisim run");
}

std::string as_test_name(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

// All sample plugins, every kind of fault.
class OurPlugins : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(OurPlugins, HandleEveryFault) {
  const auto& [name, kind] = GetParam();
  // With a sanitizer each run takes ten times as long.
  const char* const limit = can_fail_allocations() ? "1000" : "15";
  const Ran ran = sweep(name, kind, {"--sweep-limit", limit});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(last_line(ran.out), StartsWith("verdict: pass  "));
}

std::vector<const char*> kinds() {
  std::vector<const char*> all = {"host-alloc", "register", "set", "spawn"};
  if (can_fail_allocations()) all.push_back("alloc");
  return all;
}

INSTANTIATE_TEST_SUITE_P(Sweep, OurPlugins,
                         ::testing::Combine(::testing::Values("flow_counter_c", "flow_counter_cpp",
                                                              "eve_example_cpp", "probe",
                                                              "guide_threads"),
                                            ::testing::ValuesIn(kinds())),
                         [](const auto& test) {
                           return as_test_name(std::string(std::get<0>(test.param)) + "_" +
                                               std::get<1>(test.param));
                         });

// Plugin authors copy the well-behaved twins of the rules.
class WellBehavedTwin : public ::testing::TestWithParam<std::string> {};

TEST_P(WellBehavedTwin, HandlesFaults) {
  const bool sanitized = !can_fail_allocations();
  const char* const limit = sanitized ? "2" : "6";
  for (const char* kind : sanitized ? std::vector<const char*>{"set"} : kinds()) {
    const Ran ran =
        sweep("rules/" + GetParam() + "-good", kind,
              {"--no-command-socket", "--no-stats", "--sweep-limit", limit, "--timeout", "20"});
    EXPECT_EQ(ran.status, 0) << kind << "\n" << ran.out << ran.err;
  }
}

std::vector<std::string> rule_ids() {
  std::vector<std::string> ids;
  for (const Rule& rule : rules()) ids.emplace_back(rule.id);
  return ids;
}

INSTANTIATE_TEST_SUITE_P(Sweep, WellBehavedTwin, ::testing::ValuesIn(rule_ids()),
                         [](const auto& test) { return as_test_name(test.param); });

}  // namespace
}  // namespace surisim::test
