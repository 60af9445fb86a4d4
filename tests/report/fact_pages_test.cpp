// Goal: the table of facts is in order, and each text can be understood alone. Method: read the
// table and the pages made from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "surisim/facts.hpp"
#include "surisim/report.hpp"

namespace surisim::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Facts, HaveAUniqueNumberAndTitle) {
  std::set<std::string> numbers;
  std::set<std::string> titles;
  for (const Fact& fact : facts()) {
    EXPECT_TRUE(numbers.insert(fact.number).second) << fact.number;
    EXPECT_TRUE(titles.insert(fact.title).second) << fact.title;
    EXPECT_EQ(find_fact(fact.number), &fact);
  }
}

// A promise: facts are added, none is taken away.
TEST(Facts, AreAllThere) {
  for (int n = 1; n <= 40; ++n) EXPECT_NE(find_fact("L" + std::to_string(n)), nullptr) << n;
  for (int n = 1; n <= 17; ++n) EXPECT_NE(find_fact("T" + std::to_string(n)), nullptr) << n;
  for (int n = 1; n <= 59; ++n) EXPECT_NE(find_fact("E" + std::to_string(n)), nullptr) << n;
}

TEST(Facts, OfASectionAreTogether) {
  std::set<std::string> sections;
  std::string last;
  for (const Fact& fact : facts()) {
    if (fact.section != last) {
      EXPECT_TRUE(sections.insert(fact.section).second) << fact.number;
    }
    last = fact.section;
  }
}

TEST(Facts, SayWhatSuricataDoesAndWhatToDo) {
  for (const Fact& fact : facts()) {
    for (const std::string_view prose : {fact.what, fact.advice})
      EXPECT_TRUE(prose.ends_with('.')) << fact.number << ": " << prose;
    const std::string_view here = fact.here;
    EXPECT_TRUE(here.empty() || here.ends_with('.')) << fact.number;
    EXPECT_FALSE(std::string_view(fact.title).ends_with('.')) << fact.number;
    EXPECT_LT(std::string_view(fact.title).size(), 90U) << fact.number;
    EXPECT_FALSE(std::string_view(fact.source).empty()) << fact.number;
  }
}

TEST(FindFact, TakesEitherCaseAndNothingElse) {
  EXPECT_STREQ(find_fact("l27")->number, "L27");
  EXPECT_STREQ(find_fact("e16")->number, "E16");
  for (const char* number : {"", "L", "27", "l027", "l270", " L27", "L27 "})
    EXPECT_EQ(find_fact(number), nullptr) << number;
}

TEST(FactPages, HaveLinesThatFitATerminal) {
  const std::string pages = facts_text(false) + facts_text(facts(), false);
  for (std::size_t at = 0; at < pages.size();) {
    const std::size_t end = pages.find('\n', at);
    EXPECT_LE(end - at, 100U) << pages.substr(at, end - at);
    at = end + 1;
  }
}

TEST(FactPages, SayIfAFactIsAbout80) {
  const Fact& fact = *find_fact("E2");
  EXPECT_THAT(facts_text(std::span(&fact, 1), false), HasSubstr("E2  In 8.0: "));
  EXPECT_THAT(facts_text(facts().first(1), false), Not(HasSubstr("8.0")));
}

TEST(FactPages, AreColouredForATerminalOnly) {
  const auto one = facts().first(1);
  EXPECT_EQ(facts_text(one, false).find('\x1b'), std::string::npos);
  EXPECT_THAT(facts_text(one, true), HasSubstr("\x1b[1mL1\x1b[0m"));
}

}  // namespace
}  // namespace surisim::test
