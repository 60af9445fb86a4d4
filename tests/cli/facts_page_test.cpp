// Goal: `surisim facts` says what a number stands for, and docs/facts.md says the same. Method: the
// command, and the committed page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "subprocess.hpp"
#include "surisim/facts.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json facts_in_json(Arguments arguments) {
  arguments.insert(arguments.begin(), "facts");
  arguments.insert(arguments.end(), {"--format", "json"});
  return json::parse(surisim(arguments).out)["facts"];
}

TEST(FactsCommand, ListsNumberAndTitleOfEach) {
  const Ran ran = surisim({"facts"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const Fact& fact : facts())
    EXPECT_THAT(ran.out, AllOf(HasSubstr("  " + std::string(fact.number) + " "),
                               HasSubstr("  " + std::string(fact.title) + "\n")));
}

TEST(FactsCommand, ShowsTheWholeTextOfOne) {
  const Ran ran = surisim({"facts", "L27"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("L27  Command threads get the init callback"),
                             HasSubstr("\n  what to do\n"), HasSubstr("\n  source\n")));
  EXPECT_THAT(ran.out, Not(HasSubstr("in surisim"))) << "nothing is otherwise here";
  EXPECT_THAT(surisim({"facts", "L3"}).out, HasSubstr("\n  in surisim\n"));
}

TEST(FactsCommand, ShowsSeveralInTheGivenOrder) {
  const json some = facts_in_json({"T9", "L27"});
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[0]["number"], "T9");
  EXPECT_EQ(some[1]["number"], "L27");
  EXPECT_THAT(surisim({"facts", "T9", "L27"}).out, AllOf(StartsWith("T9 "), HasSubstr("\nL27 ")));
  EXPECT_THAT(surisim({"facts", "T9", "L27", "--format", "markdown"}).out,
              AllOf(StartsWith("### T9\n"), HasSubstr("\n\n### L27\n")));
}

TEST(FactsCommand, TakesLowerCase) {
  EXPECT_EQ(surisim({"facts", "l27"}).out, surisim({"facts", "L27"}).out);
}

TEST(FactsCommand, GivesJson) {
  const json all = facts_in_json({});
  EXPECT_EQ(all.size(), facts().size());
  const json one = facts_in_json({"L27"})[0];
  for (const char* key : {"number", "section", "title", "what", "advice", "source"})
    EXPECT_TRUE(one[key].is_string()) << key;
  EXPECT_TRUE(one["here"].is_null());
}

TEST(FactsCommand, NamesTheKnownFactsForAnUnknownNumber) {
  for (const char* number : {"l41", "l0", "l01", "27", "L", ""}) {
    const Ran ran = surisim({"facts", "L5", number});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "surisim: facts: expected the number of a fact, got \"" +
                           std::string(number) + "\"; there are L1 to L40, T1 to T17, E1 to E59\n");
  }
}

TEST(FactsPage, IsWhatTheCommandPrints) {
  EXPECT_TRUE(surisim({"facts", "--format", "markdown"}).out ==
              read_file(SURISIM_TEST_SOURCE_DIR "/docs/facts.md"))
      << "docs/facts.md is out of date: surisim facts --output docs/facts.md";
}

}  // namespace
}  // namespace surisim::test
