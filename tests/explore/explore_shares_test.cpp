// Goal: several jobs, and shares joined by surisim merge, report what one process would report.
// Method: the command, and its JSON reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "../cli/subprocess.hpp"
#include "../cli/temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::string kLockOrder = SURISIM_TEST_PLUGIN_DIR "/lock_order.so";
const std::string kCounter = SURISIM_TEST_PLUGIN_DIR "/flow_counter_c.so";

Arguments joined(Arguments one, const Arguments& more) {
  one.insert(one.end(), more.begin(), more.end());
  return one;
}

// A report without the parts that depend on time and on the command line.
json explored(const std::string& file, const Arguments& more) {
  json report = json::parse(surisim(joined({"explore", file, "--format", "json"}, more)).out);
  report.erase("seconds");
  report.erase("reproduce");
  return report;
}

TEST(Jobs, FindTheSameAsOne) {
  const json one = explored(kLockOrder, {"--schedules", "60"});
  EXPECT_EQ(one["verdict"], "fail");
  for (const char* jobs : {"2", "5"})
    EXPECT_EQ(explored(kLockOrder, {"--schedules", "60", "--jobs", jobs}), one) << jobs;
}

TEST(Jobs, StopAtTheSameFindingAsOne) {
  std::uint64_t latest = 0;
  for (const char* seed : {"1", "2", "3", "4"}) {
    const Arguments first = {"--schedules", "1000000", "--stop-on", "first",  "--strategy",
                             "pct",         "--show",  "error",     "--seed", seed};
    const json one = explored(kLockOrder, first);
    EXPECT_EQ(explored(kLockOrder, joined(first, {"-j", "3"}))["findings"], one["findings"]);
    latest = std::max(latest, one["schedules"].get<std::uint64_t>());
  }
  EXPECT_GT(latest, 3u);  // otherwise they stopped at the start
  // Nothing below --fail-on is a reason to stop.
  EXPECT_EQ(explored(kLockOrder, {"--stop-on", "first", "-j", "3"})["findings"],
            explored(kLockOrder, {"--stop-on", "first"})["findings"]);
}

TEST(Jobs, DivideAShare) {
  EXPECT_EQ(explored(kCounter, {"--schedules", "40", "--shard", "2/3", "--jobs", "2"}),
            explored(kCounter, {"--schedules", "40", "--shard", "2/3"}));
}

TEST(Jobs, SayWhyNothingCouldBeRun) {
  const TempDir dir;
  (void)dir.write("no_plugin.so", "no plugin");
  const Ran ran = surisim({"explore", dir.file("no_plugin.so"), "--jobs", "2"});
  const Ran one = surisim({"explore", dir.file("no_plugin.so")});
  EXPECT_EQ(ran.status, one.status);
  EXPECT_EQ(ran.err, one.err);
}

class Merge : public ::testing::Test {
 protected:
  std::string share(const std::string& plugin, const std::string& which, const Arguments& more) {
    std::string name = which;
    name.replace(name.find('/'), 1, "-");
    const std::string file = dir_.file(name + ".json");
    (void)surisim(joined({"explore", plugin, "--shard", which, "--output", file, "--quiet"}, more));
    return file;
  }
  TempDir dir_;
};

TEST_F(Merge, MakesTheReportOfOneMachineFromTheSharesOfSeveral) {
  Arguments words = {"merge", "--format", "json"};
  for (const char* which : {"1/3", "2/3", "3/3"})
    words.push_back(share(kLockOrder, which, {"--schedules", "50"}));
  const Ran ran = surisim(words);
  EXPECT_EQ(ran.status, 1);
  json merged = json::parse(ran.out);
  merged.erase("seconds");
  merged.erase("reproduce");
  EXPECT_EQ(merged, explored(kLockOrder, {"--schedules", "50"}));
}

TEST_F(Merge, ReadsReportsWhoseKeysAreDocumented) {
  const std::string page = read_file(SURISIM_TEST_SOURCE_DIR "/docs/json.md");
  const std::string part = page.substr(page.find("## `surisim explore`"));
  const json report = json::parse(read_file(share(kLockOrder, "1/2", {"--schedules", "60"})));
  ASSERT_FALSE(report["findings"].empty());
  for (const auto& [key, value] : report.items())
    EXPECT_NE(part.find("`" + key + "`"), std::string::npos) << key;
  for (const char* object : {"first", "shard"})
    for (const auto& [key, value] : report[object].items())
      EXPECT_NE(part.find("`" + key + "`"), std::string::npos) << key;
  for (const auto& [key, value] : report["findings"][0].items())
    EXPECT_NE(part.find("`" + key + "`"), std::string::npos) << key;
}

TEST_F(Merge, WritesAllFormats) {
  const std::string one = share(kLockOrder, "1/2", {"--schedules", "20"});
  const std::string two = share(kLockOrder, "2/2", {"--schedules", "20"});
  const std::string text = surisim({"merge", one, two}).out;
  EXPECT_THAT(text, HasSubstr("no thread can go on"));
  EXPECT_THAT(text, HasSubstr("verdict: fail  2 findings; 20 schedules"));
  EXPECT_THAT(surisim({"merge", one, two, "--format", "junit"}).out, HasSubstr("<testsuites"));
  EXPECT_THAT(surisim({"merge", one, two, "--format", "sarif"}).out, HasSubstr("\"2.1.0\""));
}

TEST_F(Merge, SaysThatAShareIsMissing) {
  const Ran ran = surisim({"merge", share(kCounter, "2/4", {"--schedules", "8"})});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("3 of 4 shares are missing"));
}

TEST_F(Merge, RefusesReportsOfDifferentExplorations) {
  const Arguments few = {"--schedules", "4"};
  const std::string one = share(kCounter, "1/2", few);
  const auto error_of = [&one](const std::string& other) {
    const Ran ran = surisim({"merge", one, other});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    return ran.err;
  };
  EXPECT_THAT(error_of(one), HasSubstr("are both share 1 of 2"));
  EXPECT_THAT(error_of(share(kCounter, "3/3", few)), HasSubstr("is of 2 shares and"));
  EXPECT_THAT(error_of(share(kCounter, "2/2", {"--schedules", "5"})),
              HasSubstr("have other options"));
  EXPECT_THAT(error_of(share(kLockOrder, "2/2", few)), HasSubstr("are of other plugins"));
  (void)dir_.write("empty.json", "{}");
  EXPECT_THAT(error_of(dir_.file("empty.json")),
              HasSubstr("expected a JSON report of surisim explore"));
  EXPECT_THAT(error_of(dir_.file("none.json")), HasSubstr("none.json"));
}

}  // namespace
}  // namespace surisim::test
