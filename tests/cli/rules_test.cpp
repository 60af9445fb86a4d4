// Goal: `surisim rules` explains a violation, and docs/rules.md is its output. Method: the command,
// and the committed page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "subprocess.hpp"
#include "surisim/rules.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RulesCommand, ListsEachRuleOnALine) {
  const Ran ran = surisim({"rules"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const Rule& rule : rules()) EXPECT_THAT(ran.out, HasSubstr(std::string(rule.id) + " "));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'),
            static_cast<std::ptrdiff_t>(rules().size() + 2));
}

TEST(RulesCommand, ShowsThePageOfOneRule) {
  const Ran ran = surisim({"rules", "value-command-thread"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("note  value-command-thread\n"));
  EXPECT_THAT(ran.out, HasSubstr("(L8, L27)"));
}

TEST(RulesCommand, PrintsJson) {
  const json all = json::parse(surisim({"rules", "--format", "json"}).out)["rules"];
  EXPECT_EQ(all.size(), rules().size());
  const json one = json::parse(surisim({"rules", "slot-unused", "--format", "json"}).out)["rules"];
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["id"], "slot-unused");
  EXPECT_EQ(one[0]["severity"], "note");
  EXPECT_TRUE(
      json::parse(surisim({"rules", "process-exit", "--format", "json"}).out)["rules"][0]["facts"]
          .is_null());
}

TEST(RulesCommand, NamesTheClosestRule) {
  const Ran ran = surisim({"rules", "slot-unsed"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "surisim: rules: expected the id of a rule, got \"slot-unsed\"; did you mean "
            "slot-unset?\n");
  EXPECT_THAT(surisim({"rules", "qqqq"}).err, HasSubstr("surisim rules lists them"));
}

TEST(RulesPage, IsWhatTheCommandPrints) {
  EXPECT_TRUE(surisim({"rules", "--format", "markdown"}).out ==
              read_file(SURISIM_TEST_SOURCE_DIR "/docs/rules.md"))
      << "docs/rules.md is out of date: surisim rules --output docs/rules.md";
}

}  // namespace
}  // namespace surisim::test
