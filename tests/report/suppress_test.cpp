// Goal: a suppression removes only what it names, and an unused one is reported. Method: a hand-
// made summary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Suppression suppression(const std::string& rule, const std::string& place = "") {
  Suppression s;
  s.rule = rule;
  s.place = place;
  s.reason = "known";
  return s;
}

// How many of the sample's violations each suppression covers.
std::vector<std::uint64_t> counts(std::vector<Suppression> suppressions) {
  Summary summary = sample_summary();
  suppress(summary, suppressions);
  std::vector<std::uint64_t> found;
  for (const Suppression& s : suppressions) found.push_back(s.count);
  return found;
}

TEST(Suppress, RemovesTheRulesViolationsAndKeepsThemWithTheSuppression) {
  Summary summary = sample_summary();
  std::vector<Suppression> all = {suppression("value-overwritten")};
  suppress(summary, all);
  EXPECT_EQ(summary.violations.size(), 2U);
  ASSERT_EQ(all[0].violations.size(), 1U);
  EXPECT_EQ(all[0].violations[0].message, "slot counter held a value");
  EXPECT_EQ(verdict_of(summary, Severity::error), Verdict::pass);
}

TEST(Suppress, LeavesOtherRulesAlone) {
  EXPECT_THAT(counts({suppression("value-leaked")}), ElementsAre(0));
}

TEST(Suppress, APlaceIsACallSiteASourceLineASlotOrAPlugin) {
  for (const char* place :
       {"counter.so!on_flow_init*", "counter.c:42", "/build/tester/src/counter.c:*", "*.c:4?",
        "counter.so", "./counter.so", "*"})
    EXPECT_THAT(counts({suppression("value-overwritten", place)}), ElementsAre(1)) << place;
  for (const char* place : {"counter.so!on_flow_init", "counter.c:4", "on_flow_init", "other*"})
    EXPECT_THAT(counts({suppression("value-overwritten", place)}), ElementsAre(0)) << place;
}

TEST(Suppress, TheFirstThatMatchesCounts) {
  EXPECT_THAT(counts({suppression("value-overwritten", "nowhere.c"),
                      suppression("value-overwritten"), suppression("value-overwritten")}),
              ElementsAre(0, 1, 0));
}

TEST(Suppress, AnUnusedOneIsNamedInTheReport) {
  ReportOptions how;
  how.suppressed = {suppression("value-leaked", "old.so*")};
  how.suppressed[0].from = "known.txt:3";
  EXPECT_THAT(text_report(sample_summary(), Options{}, how),
              HasSubstr("\nunused suppression  value-leaked:old.so*: known  (known.txt:3)\n"));
}

}  // namespace
}  // namespace surisim::test
