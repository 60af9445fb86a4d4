// surisim bench measures the cost of a plugin's callbacks. Times depend on the machine, so only
// relations between them are tested.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "subprocess.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

json bench(Arguments arguments) {
  arguments.insert(arguments.begin(), "bench");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Ran ran = surisim(arguments);
  EXPECT_EQ(ran.status, 0) << ran.err;
  return json::parse(ran.out);
}

// A tenth of the calls has nearly all of the cost: it affects the mean, but not the median.
TEST(Bench, TheCostPerPacketIncludesRareExpensiveCalls) {
  const json report = bench({plugin("rare_work"), "--threads", "2", "--flows", "500"});
  double medians = 0;
  double sum = 0;
  for (const json& cost : report["costs"]) {
    const double calls = cost["calls"];
    medians += calls * cost["ns"]["median"].get<double>();
    sum += calls * cost["ns"]["mean"].get<double>();
    EXPECT_GE(cost["ns"]["p99"], cost["ns"]["median"]);
  }
  const double packets = report["packets"];
  EXPECT_GT(report["ns_per_packet"], 10 * medians / packets);
  EXPECT_NEAR(report["ns_per_packet"], sum / packets, 0.001 * sum / packets);
  EXPECT_GT(report["clock_step_ns"], 0);
}

TEST(Bench, AThreadThatIsInSeveralLifecyclesHasOneLine) {
  const json once = bench({plugin("good"), "--threads", "1", "--flows", "100"});
  const json thrice = bench({plugin("good"), "--threads", "1", "--flows", "100", "--repeat", "3"});
  std::map<std::pair<std::string, std::string>, int> lines;
  for (const json& cost : thrice["costs"]) ++lines[{cost["kind"], cost["thread"]}];
  for (const auto& [line, times] : lines) EXPECT_EQ(times, 1) << line.first << " " << line.second;
  const auto updates = [](const json& report) {
    double calls = 0;
    for (const json& cost : report["costs"])
      if (cost["kind"] == "flow update") calls += cost["calls"].get<double>();
    return calls;
  };
  EXPECT_EQ(updates(thrice), 3 * updates(once));
}

TEST(Bench, APluginThatCannotBeLoadedIsNamedAndTheOthersAreMeasured) {
  const Ran ran = surisim({"bench", plugin("no_entry"), plugin("rare_work"), "--flows", "50"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("flow update"));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("no_entry.so"), HasSubstr("load-no-entry-point"),
                             Not(HasSubstr("rare_work"))));
}

TEST(Bench, IfNoPluginCanBeLoadedNothingIsMeasured) {
  const Ran ran = surisim({"bench", plugin("no_entry")});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(HasSubstr("no_entry.so"), HasSubstr("SCPluginRegister")));
}

}  // namespace
}  // namespace surisim::test
