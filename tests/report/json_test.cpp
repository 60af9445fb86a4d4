// Goal: the JSON report keeps its contract: keys, types, and a page that describes each key.
// Method: a hand-made summary, parsed back; docs/json.md read as text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json json_report(const Summary& summary, const ReportOptions& how = {}) {
  Options options;
  options.faults = {{Fault::Kind::thread_run, "W#02"}};
  return json::parse(json_report(summary, options, how));
}

TEST(JsonReport, CountsBySeverity) {
  const json document = json_report(sample_summary());
  EXPECT_EQ(document["summary"], json({{"errors", 1}, {"warnings", 1}, {"notes", 1}}));
  EXPECT_EQ(document["verdict"], "fail");
}

TEST(JsonReport, PassesWithoutViolations) {
  EXPECT_EQ(json_report(Summary{})["verdict"], "pass");
  EXPECT_EQ(json_report(Summary{})["violations"], json::array());
}

TEST(JsonReport, HasEveryFieldOfAViolation) {
  const json v = json_report(sample_summary())["violations"][1];
  EXPECT_EQ(v, json({{"rule", "value-overwritten"},
                     {"severity", "error"},
                     {"message", "slot counter held a value"},
                     {"phase", "traffic"},
                     {"thread", "W#01-eth0"},
                     {"tv", "W#01-eth0"},
                     {"slot", nullptr},
                     {"callback", "flow init"},
                     {"function", "SCThreadSetStorageById"},
                     {"call_site", "counter.so!on_flow_init+0x24"},
                     {"source", "/build/tester/src/counter.c:42"},
                     {"other_thread", "FR#01"},
                     {"set_at", "counter.so!on_thread_init+0x10 (/build/tester/src/counter.c:30)"},
                     {"called_from", nullptr},
                     {"frames", json::array()},
                     {"other_frames", json::array()},
                     {"plugin", "./counter.so"},
                     {"count", 1234}}));
}

TEST(JsonReport, HasTheOutcomeOfEachInjectedFault) {
  const json faults = json_report(sample_with_faults())["faults"];
  EXPECT_EQ(faults[0], json({{"fault", "set:2"},
                             {"hit", true},
                             {"what", "counter"},
                             {"phase", "create packet threads"},
                             {"thread", "main"},
                             {"callback", "thread init"},
                             {"call_site", "counter.so!on_thread_init+0x10"},
                             {"source", "/build/tester/src/counter.c:30"}}));
  EXPECT_EQ(faults[1]["hit"], false);
  EXPECT_TRUE(faults[1]["thread"].is_null());
}

TEST(JsonReport, HasThePluginWithSlotsAndCallbacks) {
  const json plugin = json_report(sample_summary())["plugins"][0];
  EXPECT_EQ(plugin["name"], "counter");
  EXPECT_EQ(plugin["slots"][2], json({{"type", "flow"}, {"name", "state"}, {"id", -1}}));
  EXPECT_EQ(plugin["callbacks"][0], json({{"kind", "thread init"}, {"symbol", "on_thread_init"}}));
  EXPECT_TRUE(plugin["callbacks"][1]["symbol"].is_null());
}

TEST(JsonReport, SumsUpValuesOfAllSlots) {
  const json lifecycle = json_report(sample_summary())["lifecycle"];
  EXPECT_EQ(lifecycle["values_created"], 1507);
  EXPECT_EQ(lifecycle["values_freed"], 1496);
  EXPECT_EQ(lifecycle["values_kept"], 1);
  EXPECT_EQ(lifecycle["values_left"], 6);
  EXPECT_EQ(lifecycle["values"][0]["on"][0], json({{"thread", "main"}, {"made", 7}, {"freed", 6}}));
}

TEST(JsonReport, FlowsByEndSumUpToTheFlows) {
  const json lifecycle = json_report(sample_summary())["lifecycle"];
  std::uint64_t sum = 0;
  for (const json& n : lifecycle["flows_by_end"]) sum += n.get<std::uint64_t>();
  EXPECT_EQ(sum, lifecycle["flows"]);
  EXPECT_EQ(lifecycle["flows_with_finish"], 1260);
  EXPECT_EQ(lifecycle["flows_without_finish"], 240);
}

TEST(JsonReport, ConfigHasEveryOptionSeedIncluded) {
  const json config = json_report(sample_summary())["config"];
  EXPECT_EQ(config["seed"], 1);
  EXPECT_EQ(config["mode"], "workers");
  EXPECT_EQ(config["capture"], "af-packet");
  EXPECT_EQ(config["devices"], json({"eth0"}));
  EXPECT_EQ(config["faults"][0],
            json({{"kind", "run"}, {"thread", "W#02"}, {"at", nullptr}, {"slot", nullptr}}));
  EXPECT_DOUBLE_EQ(config["ends"]["bucket"].get<double>(), EndShares{}.bucket);
}

TEST(JsonReport, NamesWhatWasSuppressed) {
  ReportOptions how;
  how.suppressed = {{"slot-unused", "later", 2}};
  EXPECT_EQ(json_report(sample_summary(), how)["suppressed"][0],
            json({{"rule", "slot-unused"},
                  {"place", nullptr},
                  {"reason", "later"},
                  {"from", nullptr},
                  {"until", nullptr},
                  {"expired", false},
                  {"count", 2},
                  {"violations", json::array()}}));
}

TEST(JsonReport, IsValidWhateverBytesAPluginUsesForItsName) {
  Summary summary = sample_summary();
  summary.plugins[0].name = "caf\xe9 \"\x01";
  EXPECT_THAT(json_report(summary)["plugins"][0]["name"].get<std::string>(), HasSubstr("caf"));
}

void collect_keys(const json& value, std::set<std::string>& keys) {
  if (value.is_object())
    for (const auto& [key, inner] : value.items()) {
      keys.insert(key);
      collect_keys(inner, keys);
    }
  if (value.is_array())
    for (const json& inner : value) collect_keys(inner, keys);
}

TEST(JsonPage, DescribesEveryKey) {
  std::ifstream in(SURISIM_TEST_SOURCE_DIR "/docs/json.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  ReportOptions how;
  how.suppressed = {{"slot-unused", "later", 2}};
  std::set<std::string> keys;
  collect_keys(json_report(sample_with_faults(), how), keys);
  Inspection inspection;
  inspection.imports.emplace_back();
  collect_keys(json::parse(json_report(inspection, how)), keys);
  EXPECT_GT(keys.size(), 90U);
  for (const std::string& key : keys) EXPECT_THAT(page, HasSubstr("`" + key + "`"));
}

}  // namespace
}  // namespace surisim::test
