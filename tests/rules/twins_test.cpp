// Goal: each rule of the catalogue is broken by its misbehaving twin and by no other, in every
// mode, with any number of threads. Method: run both twins with the command, many times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "plugin_runs.hpp"
#include "surisim/rules.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::filesystem::path kTwins =
    std::filesystem::path(SURISIM_TEST_SOURCE_DIR) / "fixtures/plugins/rules";

Sample twin(const std::string& rule, const std::string& which) {
  Sample sample{rule,
                std::string(SURISIM_TEST_PLUGIN_DIR) + "/rules/" + rule + "-" + which + ".so"};
  if (rule == "callback-hang") sample.options = {"--timeout", "1"};
  if (rule == "deadlock" || rule == "data-race" || rule == "lock-order-inverted")
    sample.options = {"--schedule", "default:0"};
  if (rule == "packet-leaked") sample.options = {"--capture-plugin", "twin"};
  if (rule == "output-lost") sample.options = {"--eve-filetype", rule};
  return sample;
}

// Using the id of a refused registration implies a refused registration, which is also a violation.
std::vector<std::string> comes_with(const std::string& rule) {
  if (rule == "register-result-ignored") return {"register-duplicate-name"};
  return {};
}

class TwinsOfRule : public ::testing::TestWithParam<const Rule*> {};

TEST_P(TwinsOfRule, BadOneBreaksOnlyThisRule) {
  const std::string rule = GetParam()->id;
  for (const PluginRun& run : run_in(all_settings(), twin(rule, "bad"))) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_EQ(run.status, 1);
    std::map<std::string, std::string> expected = {{rule, to_string(GetParam()->severity)}};
    for (const std::string& other : comes_with(rule))
      expected[other] = to_string(find_rule(other)->severity);
    EXPECT_EQ(run.rules, expected);
    // A tail call is a jump, and returns to us.
    EXPECT_THAT(run.places, Each(Not(HasSubstr("libsurisim"))));
  }
}

TEST_P(TwinsOfRule, GoodOneHasNoViolation) {
  for (const PluginRun& run : run_in(all_settings(), twin(GetParam()->id, "good"))) {
    SCOPED_TRACE(run.setting + ":\n" + run.details);
    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(rules_from(run, "note"), IsEmpty());
  }
}

std::vector<const Rule*> all_rules() {
  std::vector<const Rule*> all;
  for (const Rule& rule : rules()) all.push_back(&rule);
  return all;
}

std::string as_test_name(std::string id) {
  std::replace(id.begin(), id.end(), '-', '_');
  return id;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, TwinsOfRule, ::testing::ValuesIn(all_rules()),
                         [](const auto& test) { return as_test_name(test.param->id); });

// Lost memory is found only at the end, on main.
TEST(Twins, ReportTheCallbackThatLostAValueNotTheOneThatNoticed) {
  const std::map<std::string, std::string> lost_in = {{"value-overwritten", "flow update"},
                                                      {"value-leaked", "flow update"},
                                                      {"finish-relied-on", "flow init"}};
  for (const auto& [rule, callback] : lost_in) {
    for (const PluginRun& run : run_in(some_settings(), twin(rule, "bad")))
      EXPECT_THAT(run.callbacks, AllOf(Not(IsEmpty()), Each(callback))) << run.details;
  }
}

TEST(Twins, ReportTheCallbackThatPassedADanglingName) {
  for (const char* rule : {"register-dangling-name", "slot-unused"}) {
    for (const PluginRun& run : run_in(some_settings(), twin(rule, "bad")))
      EXPECT_THAT(run.callbacks, AllOf(Not(IsEmpty()), Each("Init"))) << rule << run.details;
  }
}

TEST(Twins, ExistForEveryRuleAndNothingElse) {
  std::set<std::string> with_twins;
  for (const auto& entry : std::filesystem::directory_iterator(kTwins)) {
    if (entry.is_directory()) with_twins.insert(entry.path().filename());
  }
  std::set<std::string> in_catalogue;
  for (const Rule& rule : rules()) in_catalogue.insert(rule.id);
  EXPECT_EQ(with_twins, in_catalogue);
}

}  // namespace
}  // namespace surisim::test
