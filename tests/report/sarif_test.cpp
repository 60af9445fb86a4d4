// Goal: code scanning accepts the SARIF report and shows each violation at its line. Method: a
// hand-made summary, parsed back; explicit checks of what SARIF 2.1.0 and code scanning require.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

ReportOptions options() {
  ReportOptions how;
  how.directory = "/build/tester";
  how.reproduce = "surisim run ./counter.so --seed 1";
  return how;
}

json run_of(const Summary& summary, const ReportOptions& how = options()) {
  const json document = json::parse(sarif_report(summary, Options{}, how));
  EXPECT_EQ(document["version"], "2.1.0");
  EXPECT_THAT(document["$schema"].get<std::string>(), HasSubstr("sarif-2.1.0"));
  EXPECT_EQ(document["runs"].size(), 1U);
  return document["runs"][0];
}

TEST(SarifReport, HasTheWholeCatalogueForItsRules) {
  const json driver = run_of(sample_summary())["tool"]["driver"];
  EXPECT_EQ(driver["name"], "surisim");
  ASSERT_EQ(driver["rules"].size(), rules().size());
  std::set<std::string> ids;
  for (const json& rule : driver["rules"]) {
    EXPECT_TRUE(ids.insert(rule["id"]).second);
    for (const char* key : {"shortDescription", "fullDescription", "help"})
      EXPECT_FALSE(rule[key]["text"].get<std::string>().empty()) << rule["id"] << key;
    EXPECT_THAT(rule["help"]["markdown"].get<std::string>(), HasSubstr("```c"));
    EXPECT_EQ(rule["defaultConfiguration"]["level"],
              to_string(find_rule(rule["id"].get<std::string>())->severity));
  }
}

TEST(SarifReport, AResultNamesItsRuleByIdAndIndex) {
  const json run = run_of(sample_summary());
  ASSERT_EQ(run["results"].size(), 3U);
  for (const json& result : run["results"])
    EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"],
              result["ruleId"]);
  EXPECT_EQ(run["results"][0]["level"], "note");
  EXPECT_EQ(run["results"][1]["level"], "error");
  EXPECT_EQ(run["results"][2]["level"], "warning");
  EXPECT_EQ(run["results"][1]["occurrenceCount"], 1234);
  EXPECT_THAT(run["results"][1]["message"]["text"].get<std::string>(),
              HasSubstr("slot counter held a value. (on W#01-eth0 and FR#01, traffic"));
}

TEST(SarifReport, PointsAtTheSourceLineBelowTheCurrentDirectory) {
  const json result = run_of(sample_summary())["results"][1];
  EXPECT_EQ(result["locations"][0]["physicalLocation"],
            json({{"artifactLocation", {{"uri", "src/counter.c"}, {"uriBaseId", "SRCROOT"}}},
                  {"region", {{"startLine", 42}}}}));
  EXPECT_EQ(result["locations"][0]["logicalLocations"][0],
            json({{"fullyQualifiedName", "counter.so!on_flow_init+0x24"},
                  {"name", "on_flow_init"},
                  {"kind", "function"}}));
  EXPECT_EQ(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 30);
  EXPECT_EQ(run_of(sample_summary())["originalUriBaseIds"]["SRCROOT"]["uri"],
            "file:///build/tester/");
}

TEST(SarifReport, ElsewhereTheLineHasAnAbsoluteUri) {
  ReportOptions how = options();
  how.directory = "/build/other";
  Summary summary = sample_summary();
  summary.violations[1].source = "/build/tester/a b/x#1.c:42";
  EXPECT_EQ(
      run_of(summary, how)["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"],
      json({{"uri", "file:///build/tester/a%20b/x%231.c"}}));
}

TEST(SarifReport, WithoutDebugInformationPointsAtThePlugin) {
  const json result = run_of(sample_summary())["results"][2];
  EXPECT_EQ(result["locations"][0]["physicalLocation"],
            json({{"artifactLocation", {{"uri", "counter.so"}, {"uriBaseId", "SRCROOT"}}}}));
  EXPECT_EQ(result["locations"][0]["logicalLocations"][0]["name"], "on_flow_init");
}

TEST(SarifReport, AValueSetInATemplateHasItsWholeCallSite) {
  Summary summary = sample_summary();
  summary.violations[1].set_at = "counter.so!f<void (*)(int)>+0x4";
  EXPECT_EQ(run_of(summary)["results"][1]["relatedLocations"][0]["logicalLocations"][0]["name"],
            "f<void (*)(int)>");
}

TEST(SarifReport, AResultWithoutAPlaceHasNoLocation) {
  Summary summary = sample_summary();
  summary.plugins.clear();
  Violation v;
  v.rule = "callback-hang";
  v.message = "nothing moved";
  summary.violations = {v};
  EXPECT_EQ(run_of(summary)["results"][0]["locations"], json::array());
}

TEST(SarifReport, ASuppressedResultHasTheReason) {
  Summary summary = sample_summary();
  ReportOptions how = options();
  how.suppressed.resize(2);
  how.suppressed[0].rule = "value-overwritten";
  how.suppressed[0].reason = "issue 12";
  how.suppressed[1].rule = "value-leaked";
  suppress(summary, how.suppressed);
  const json run = run_of(summary, how);
  ASSERT_EQ(run["results"].size(), 3U);
  EXPECT_EQ(
      run["results"][2]["suppressions"],
      json::array({{{"kind", "external"}, {"status", "accepted"}, {"justification", "issue 12"}}}));
  EXPECT_EQ(run["results"][0]["suppressions"], json::array());
  EXPECT_THAT(run["invocations"][0]["toolConfigurationNotifications"][0]["message"]["text"]
                  .get<std::string>(),
              HasSubstr("unused suppression: value-leaked"));
}

json fingerprints(const Summary& summary) {
  const json run = run_of(summary);
  json all = json::array();
  for (const json& result : run["results"]) all.push_back(result["partialFingerprints"]);
  return all;
}

TEST(SarifReport, FingerprintsStayWhenLinesCountsAndThreadsChange) {
  Summary later = sample_summary();
  for (Violation& v : later.violations) {
    v.source = "/build/tester/src/counter.c:99";
    v.thread = "W#03-eth0";
    v.count += 7;
    v.call_site = "counter.so!on_flow_init+0x99";
  }
  EXPECT_EQ(fingerprints(sample_summary()), fingerprints(later));
  later.violations[0].call_site = "counter.so!on_flow_finish+0x24";
  EXPECT_NE(fingerprints(sample_summary()), fingerprints(later));
}

TEST(SarifReport, FingerprintsOfTwoPlacesInOneFunctionDiffer) {
  Summary summary = sample_summary();
  summary.violations.push_back(summary.violations[1]);
  const json all = fingerprints(summary);
  EXPECT_NE(all[1], all[3]);
}

TEST(SarifReport, ALifecycleThatDiffersFromTheGoldenFileIsAResult) {
  ReportOptions how;
  how.golden.file = "counter.golden";
  Summary summary = sample_summary();
  summary.violations.clear();
  EXPECT_EQ(run_of(summary, how)["results"].size(), 0U);
  how.golden.not_compared = "the plugin ended the run";
  const json run = run_of(summary, how);
  ASSERT_EQ(run["results"].size(), 1U);
  const json& result = run["results"][0];
  EXPECT_EQ(result["level"], "error");
  EXPECT_EQ(result["ruleId"], run["tool"]["driver"]["rules"].back()["id"]);
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "counter.golden");
  EXPECT_EQ(run["invocations"][0]["exitCode"], 1);
}

TEST(SarifReport, SaysHowTheRunEnded) {
  json invocation = run_of(sample_summary())["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], true);
  EXPECT_EQ(invocation["exitCode"], 1);
  EXPECT_EQ(invocation["commandLine"], "surisim run ./counter.so --seed 1");
  ReportOptions how = options();
  how.exit_status = 3;
  Summary summary;
  summary.stopped_by = "interrupted";
  invocation = run_of(summary, how)["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], false);
  EXPECT_EQ(invocation["toolExecutionNotifications"][0]["message"]["text"], "interrupted");
  how.error = "a.pcap: damaged";
  invocation = run_of(summary, how)["invocations"][0];
  EXPECT_EQ(invocation["toolExecutionNotifications"][1]["level"], "error");
  EXPECT_EQ(invocation["toolExecutionNotifications"][1]["message"]["text"], "a.pcap: damaged");
}

TEST(SarifReport, IsValidWhateverBytesAPluginUses) {
  Summary summary = sample_summary();
  summary.violations[1].message = "caf\xe9 \x01";
  summary.violations[1].source = "/build/tester/src/\xff.c:1";
  EXPECT_EQ(
      run_of(summary)["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
      "src/%FF.c");
}

}  // namespace
}  // namespace surisim::test
