// Goal: CI shows which plugin broke which rule, and the file is valid XML whatever a plugin writes.
// Method: a hand-made summary, and the XML as text; a minimal XML reader.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "report/format.hpp"
#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string junit_report(const Summary& summary, const ReportOptions& how = {}) {
  return junit_report(summary, Options{}, how);
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++n;
  return n;
}

// Tags are balanced, and no character is one that XML forbids.
void expect_well_formed(const std::string& xml) {
  static const std::regex tag(R"re(<(/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(/?)>)re");
  std::vector<std::string> open;
  const std::string body = xml.substr(xml.find('\n') + 1);
  std::size_t markup = 0;
  for (std::sregex_iterator it(body.begin(), body.end(), tag), end; it != end; ++it) {
    ++markup;
    if ((*it)[1] == "/") {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*it)[2]);
      open.pop_back();
    } else if ((*it)[4] != "/") {
      open.push_back((*it)[2]);
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(occurrences(body, "<"), markup) << "a < that begins no tag";
  for (const char c : xml) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

TEST(JunitReport, HasACaseForEachRuleOfEachPlugin) {
  Summary summary = sample_summary();
  summary.plugins.push_back(summary.plugins[0]);
  summary.plugins[1].path = "./other.so";
  summary.plugins[1].name = "other";
  const std::string xml = junit_report(summary);
  expect_well_formed(xml);
  EXPECT_EQ(occurrences(xml, "<testsuite "), 3U);  // and one for findings of no particular plugin
  EXPECT_EQ(occurrences(xml, "<testcase classname=\"counter\" "), rules().size());
  EXPECT_EQ(occurrences(xml, "<testcase classname=\"other\" "), rules().size());
  EXPECT_THAT(xml, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
}

TEST(JunitReport, FailsForWhatTheVerdictFailsFor) {
  const std::string at_error = junit_report(sample_summary());
  EXPECT_EQ(occurrences(at_error, "<failure "), 1U);
  EXPECT_THAT(at_error, HasSubstr("failures=\"1\" errors=\"0\" skipped=\"0\""));
  EXPECT_EQ(occurrences(at_error, "<system-out>"), 2U);  // the warning and the note
  ReportOptions how;
  how.fail_on = Severity::note;
  EXPECT_EQ(occurrences(junit_report(sample_summary(), how), "<failure "), 3U);
}

TEST(JunitReport, AnIncompleteRunIsAnErrorInASeparateSuite) {
  ReportOptions how;
  how.error = "a.pcap: \"damaged\" after 3 records";
  const std::string xml = junit_report(Summary(), how);
  expect_well_formed(xml);
  EXPECT_THAT(xml, HasSubstr("errors=\"1\""));
  EXPECT_THAT(xml, HasSubstr("<error message=\"a.pcap: &quot;damaged&quot; after 3 records\"/>"));
}

TEST(JunitReport, ALifecycleThatDiffersFromTheGoldenFileIsASeparateFailure) {
  ReportOptions how;
  how.fail_on = Severity::error;
  how.golden.file = "counter.golden";
  Summary summary = sample_summary();
  summary.violations.clear();
  EXPECT_EQ(occurrences(junit_report(summary, how), "<failure "), 0U);
  how.golden.not_compared = "the plugin ended the run";
  const std::string xml = junit_report(summary, how);
  expect_well_formed(xml);
  EXPECT_EQ(occurrences(xml, "<failure "), 1U);
  EXPECT_THAT(xml,
              AllOf(HasSubstr("failures=\"1\""),
                    HasSubstr("<testcase classname=\"lifecycle\" name=\"counter.golden\""),
                    HasSubstr("was not compared with counter.golden: the plugin ended the run")));
}

TEST(JunitReport, AFailureSaysWhatHappenedWhereAndWhatItMeans) {
  ReportOptions how;
  how.directory = "/build/tester";
  how.reproduce = "surisim run ./counter.so --seed 1";
  EXPECT_THAT(
      junit_report(sample_summary(), how),
      AllOf(HasSubstr("<testcase classname=\"counter\" name=\"value-overwritten\" "
                      "file=\"src/counter.c\">\n      <failure message=\"slot counter held a "
                      "value\" type=\"error\">error: slot counter held a value  (1234 times)"),
            HasSubstr("on W#01-eth0 and FR#01, traffic, in flow init"),
            HasSubstr("the value was set at counter.so!on_thread_init+0x10 (src/counter.c:30)"),
            HasSubstr("In a real Suricata: Set does not free the value that it replaces"),
            HasSubstr("reproduce: surisim run ./counter.so --seed 1&#10;</failure>"),
            HasSubstr("<property name=\"seed\" value=\"1\"/>")));
}

TEST(JunitReport, ASuppressedCaseIsSkippedWithTheReason) {
  Summary summary = sample_summary();
  ReportOptions how;
  how.suppressed.resize(1);
  how.suppressed[0].rule = "value-overwritten";
  how.suppressed[0].reason = "until <issue 12> is \"done\"";
  suppress(summary, how.suppressed);
  const std::string xml = junit_report(summary, how);
  expect_well_formed(xml);
  EXPECT_THAT(
      xml, AllOf(HasSubstr("name=\"value-overwritten\">\n      <skipped message=\"until &lt;issue "
                           "12&gt; is &quot;done&quot;\"/>"),
                 HasSubstr("skipped=\"1\""), Not(HasSubstr("<failure"))));
}

TEST(JunitReport, NamesAnUnusedSuppression) {
  ReportOptions how;
  how.suppressed.resize(1);
  how.suppressed[0].rule = "value-leaked";
  how.suppressed[0].from = "known.txt:3";
  EXPECT_THAT(junit_report(sample_summary(), how),
              HasSubstr("<property name=\"unused suppression\" value=\"value-leaked "
                        "(known.txt:3)\"/>"));
}

TEST(JunitReport, OfACleanRunHasCasesThatPass) {
  Summary summary = sample_summary();
  summary.violations.clear();
  const std::string xml = junit_report(summary);
  expect_well_formed(xml);
  EXPECT_EQ(occurrences(xml, "<testcase "), rules().size());
  EXPECT_THAT(xml, AllOf(HasSubstr("failures=\"0\""), Not(HasSubstr("<failure"))));
}

TEST(JunitReport, ViolationsWithoutAPluginHaveASeparateSuite) {
  Summary summary = sample_summary();
  summary.plugins.push_back({});
  summary.plugins[1].path = "./other.so";
  summary.violations = {violation("callback-hang", Severity::error, "nothing moved")};
  EXPECT_THAT(junit_report(summary),
              HasSubstr("<testcase classname=\"surisim\" name=\"callback-hang\">"));
}

// A plugin that is still being loaded is not in the summary.
TEST(JunitReport, TheOnlyLoadedPluginIsNotBlamedForAnotherThatFailedToLoad) {
  Summary summary = sample_summary();
  summary.violations = {violation("load-failed", Severity::error, "another.so")};
  for (const char* callback : {"constructor", "SCPluginRegister", "destructor"}) {
    summary.violations.push_back(violation("callback-crash", Severity::error, callback));
    summary.violations.back().phase = "load plugins";
    summary.violations.back().callback = callback;
  }
  const auto failed = [&summary](const std::string& suite, const std::string& rule) {
    return junit_report(summary).find("<testcase classname=\"" + suite + "\" name=\"" + rule +
                                      "\">") != std::string::npos;
  };
  for (const char* rule : {"load-failed", "callback-crash"}) {
    EXPECT_TRUE(failed("surisim", rule)) << rule;
    EXPECT_FALSE(failed("counter", rule)) << rule;
  }
  summary.plugins[0].loaded = false;  // it is the one that was being loaded
  EXPECT_TRUE(failed("counter", "load-failed"));
  EXPECT_TRUE(failed("counter", "callback-crash"));
}

TEST(JunitReport, IsValidXmlWhateverBytesAPluginUses) {
  Summary summary = sample_summary();
  summary.plugins[0].name = "caf\xe9 <&\"'> \x01\x1b[31m";
  summary.violations[1].message = "]]> \xff\xfe & \xed\xa0\x80 \xc0\xaf ok \xe2\x82";
  expect_well_formed(junit_report(summary));
}

TEST(XmlEscaped, KeepsUtf8AndReplacesTheRest) {
  using report::xml_escaped;
  EXPECT_EQ(xml_escaped("W#01 \xe2\x80\xa6 \xf0\x9f\x90\x8d"),
            "W#01 \xe2\x80\xa6 \xf0\x9f\x90\x8d");
  const std::string replaced = "\xef\xbf\xbd";
  EXPECT_EQ(xml_escaped("\x01"), replaced);
  EXPECT_EQ(xml_escaped("\xff"), replaced);
  EXPECT_EQ(xml_escaped("\xc0\x80"), replaced + replaced);  // overlong
  EXPECT_EQ(xml_escaped("\xed\xa0\x80"), replaced);         // a surrogate
  EXPECT_EQ(xml_escaped("\xef\xbf\xbf"), replaced);         // U+FFFF
  EXPECT_EQ(xml_escaped("\xe2\x82"), replaced + replaced);  // cut off
  EXPECT_EQ(xml_escaped("\xf4\x90\x80\x80"),
            replaced + replaced + replaced + replaced);  // beyond Unicode
  EXPECT_EQ(xml_escaped("a\nb"), "a&#10;b");
}

}  // namespace
}  // namespace surisim::test
