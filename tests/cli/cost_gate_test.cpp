// surisim bench --instructions, its gates --max and --baseline, --against and the page. Method:
// plugins whose callbacks are assembly, so that their instructions can be counted by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "subprocess.hpp"
#include "temp_dir.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A test plugin's name, or a sample plugin's.
std::string file_of(const std::string& name) {
  return name.starts_with("flow_counter") ? SURISIM_TEST_PLUGIN_DIR "/" + name + ".so"
                                          : plugin(name);
}

Arguments counting(const std::string& name, const Arguments& more = {}) {
  Arguments all = {"bench", file_of(name), "--instructions", "--flows", "60"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

json counted(const std::string& name, const Arguments& more = {}) {
  Arguments all = counting(name, more);
  all.insert(all.end(), {"--format", "json"});
  const Ran ran = surisim(all);
  EXPECT_EQ(ran.status, 0) << ran.err;
  return json::parse(ran.out);
}

json of(const json& report, const std::string& callback) {
  for (const json& one : report["callbacks"])
    if (one["callback"] == callback) return one;
  return nullptr;
}

TEST(Instructions, OfEachCallbackAreThoseOfItsCode) {
  const json report = counted("counted");
  const auto expect = [&report](const char* callback, int instructions) {
    const json one = of(report, callback);
    ASSERT_FALSE(one.is_null()) << callback;
    for (const char* key : {"min", "median", "max"}) EXPECT_EQ(one[key], instructions) << callback;
    EXPECT_EQ(one["total"], one["calls"].get<int>() * instructions) << callback;
    EXPECT_EQ(one["distribution"], json::array({{instructions, one["calls"]}})) << callback;
  };
  expect("thread init", 2);
  expect("flow init", 22);
  expect("flow update", 4);
  expect("flow finish", 3 + 9 + 1);
  EXPECT_EQ(of(report, "flow init")["calls"], report["flows"]);
  EXPECT_EQ(report["functions_not_counted"], 0);
}

// A Free that a callback causes is counted as a Free.
TEST(Instructions, OfACallbackInsideAnotherAreCountedSeparately) {
  const json report = counted("frees_counted");
  for (const char* callback : {"thread Free", "flow Free"}) {
    const json one = of(report, callback);
    ASSERT_FALSE(one.is_null()) << callback;
    EXPECT_EQ(one["min"], 1000) << callback;
    EXPECT_EQ(one["max"], 1000) << callback;
  }
  const json update = of(report, "flow update");
  EXPECT_EQ(of(report, "thread Free")["calls"], update["calls"]);
  EXPECT_EQ(of(report, "flow Free")["calls"], update["calls"]);
  EXPECT_EQ(update["min"], update["max"]);
  EXPECT_LT(update["max"], 1000);
}

TEST(Instructions, AreTheSameInEachRun) {
  const char* const wanted = std::getenv("SURISIM_REPEAT");
  const int runs = wanted == nullptr ? 3 : std::atoi(wanted);
  for (const char* name : {"flow_counter_cpp", "frees_counted"}) {
    const json first = counted(name, {"--threads", "4"});
    for (int run = 1; run < runs; ++run) EXPECT_EQ(counted(name, {"--threads", "4"}), first);
  }
}

TEST(Limits, AreKeptByACallThatTakesExactlyAsMany) {
  const Ran ran = surisim(counting("counted", {"--max", "flow update=4", "--max", "flow init=22"}));
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("flow update"), Not(HasSubstr("failed"))));
}

TEST(Limits, AreBrokenByACallThatTakesMore) {
  const Ran ran = surisim(counting("counted", {"--max", "flow update=3", "--max", "flow init=22"}));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(last_line(ran.out),
            "failed: a call of flow update took 4 instructions; --max allows 3");
}

// The first thread's init creates what the others use.
TEST(Limits, ApplyToTheMostExpensiveCall) {
  const json one = of(counted("flow_counter_cpp"), "thread init");
  ASSERT_LT(one["median"], one["max"]);
  const auto most = one["max"].get<int>();
  for (const auto& [limit, status] : {std::pair{most, 0}, {most - 1, 1}}) {
    const std::string text = "thread init=" + std::to_string(limit);
    EXPECT_EQ(surisim(counting("flow_counter_cpp", {"--max", text})).status, status) << text;
  }
}

TEST(Limits, OfNoCallbackAreRefusedWithTheNames) {
  for (const auto& [text, expected] :
       {std::pair{"flow updates=3", "expected one of SCPluginRegister, Init, thread init, flow"},
        {"flow update", "such as 'flow update=120'"},
        {"flow update=many", "--max flow update: expected"}}) {
    const Ran ran = surisim(counting("counted", {"--max", text}));
    EXPECT_EQ(ran.status, 2) << text;
    EXPECT_THAT(ran.err, HasSubstr(expected)) << text;
  }
  const Ran ran = surisim(counting("counted", {"--max", "EVE=3"}));
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("--max: no EVE ran"), HasSubstr("flow update")));
}

TEST(Limits, NeedTheOptionInstructions) {
  const Ran ran = surisim({"bench", plugin("counted"), "--max", "flow update=3"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("--max: expected it with --instructions"));
}

TEST(Baseline, OfTheSamePluginIsKept) {
  const TempDir directory;
  const std::string before = directory.file("before.json");
  EXPECT_EQ(surisim(counting("counted", {"--output", before})).status, 0);
  const Ran ran = surisim(counting("counted", {"--baseline", before}));
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("+0.00"), HasSubstr("before: " + before)));
}

TEST(Baseline, FailsForOneInstructionMoreUnlessThatIsTolerated) {
  const TempDir directory;
  const std::string before = directory.file("before.json");
  EXPECT_EQ(surisim(counting("counted", {"--output", before})).status, 0);
  const Ran ran = surisim(counting("counted_more", {"--baseline", before}));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(last_line(ran.out),
            "failed: flow update takes 5.00 instructions a call, and took 4.00 in " + before);
  EXPECT_EQ(surisim(counting("counted_more", {"--baseline", before, "--tolerance", "24"})).status,
            1);
  EXPECT_EQ(surisim(counting("counted_more", {"--baseline", before, "--tolerance", "25"})).status,
            0);
}

TEST(Baseline, FailsForACallbackThatIsNewAndNamesOneThatIsGone) {
  const TempDir directory;
  const std::string before = directory.file("before.json");
  EXPECT_EQ(surisim(counting("frees_counted", {"--output", before})).status, 0);
  const Ran ran = surisim(counting("counted", {"--baseline", before}));
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("failed: flow init is new, and takes 22.00"),
                             HasSubstr("thread Free did not run; before, it did")));
}

TEST(Baseline, IsAReportOfTheSameTraffic) {
  const TempDir directory;
  const std::string before = directory.file("before.json");
  EXPECT_EQ(surisim(counting("counted", {"--output", before})).status, 0);
  const Ran other = surisim(
      {"bench", plugin("counted"), "--instructions", "--flows", "61", "--baseline", before});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("expected the same options"));
  for (const char* text : {"{}", "no JSON", R"({"packets": 1, "flows": 1, "callbacks": [{}]})"}) {
    const std::string none = directory.write("none.json", text);
    const Ran ran = surisim(counting("counted", {"--baseline", none}));
    EXPECT_EQ(ran.status, 2) << text;
    EXPECT_THAT(ran.err, HasSubstr("to be a JSON report of surisim bench --instructions")) << text;
  }
}

TEST(TwoBuilds, AreComparedByTheirInstructions) {
  const Ran same = surisim(counting("counted", {"--against", plugin("counted")}));
  EXPECT_EQ(same.status, 0) << same.out;
  const Ran more = surisim(counting("counted_more", {"--against", plugin("counted")}));
  EXPECT_EQ(more.status, 1);
  EXPECT_THAT(more.out, HasSubstr("flow update takes 5.00 instructions a call, and took 4.00"));
  const Ran less = surisim(counting("counted", {"--against", plugin("counted_more")}));
  EXPECT_EQ(less.status, 0);
}

// Four times the work, so the machine's speed and load do not matter.
TEST(TwoBuilds, ThatDifferMuchAreDistinguishedByTheirTimes) {
  const Arguments options = {"--flows", "50", "--threads", "1", "--pairs", "10"};
  const auto compare = [&options](const char* newer, const char* older) {
    Arguments all = {"bench", plugin(newer), "--against", plugin(older)};
    all.insert(all.end(), options.begin(), options.end());
    return surisim(all);
  };
  const Ran slower = compare("works_more", "works");
  EXPECT_EQ(slower.status, 1) << slower.out;
  EXPECT_THAT(last_line(slower.out),
              AllOf(HasSubstr("failed: flow update: NEW takes "),
                    HasSubstr(" × OLD (95 % between "), HasSubstr("slower")));
  const Ran faster = compare("works", "works_more");
  EXPECT_EQ(faster.status, 0) << faster.out;
  EXPECT_THAT(faster.out, HasSubstr("): faster"));
}

TEST(TwoBuilds, NeedOnePluginAndAProcessForEachRun) {
  const Ran two = surisim({"bench", plugin("works"), plugin("good"), "--against", plugin("works")});
  EXPECT_EQ(two.status, 2);
  EXPECT_THAT(two.err, HasSubstr("--against: expected one plugin"));
  const Ran here =
      surisim({"bench", plugin("works"), "--against", plugin("works"), "--in-process"});
  EXPECT_EQ(here.status, 2);
  const Ran pairs = surisim({"bench", plugin("works"), "--pairs", "12"});
  EXPECT_EQ(pairs.status, 2);
  EXPECT_THAT(pairs.err, HasSubstr("--pairs: expected it with --against"));
}

TEST(Page, OfEachKindHasItsDistributionsAndNoScript) {
  const TempDir directory;
  const std::string file = directory.file("bench.html");
  const auto page = [&file](const Arguments& arguments) {
    Arguments all = {"bench"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--flows", "50", "--html", file});
    EXPECT_EQ(surisim(all).status, 0);
    return read_file(file);
  };
  const auto is_page = AllOf(HasSubstr("default-src 'none'; style-src"), Not(HasSubstr("<script")),
                             HasSubstr("<h2>flow update"), HasSubstr("</html>"));
  EXPECT_THAT(page({plugin("counted"), "--instructions"}),
              AllOf(is_page, HasSubstr("<ul class=\"bars\""), HasSubstr("As a table")));
  EXPECT_THAT(page({plugin("works"), "--threads", "1"}),
              AllOf(is_page, HasSubstr("<ul class=\"bars\""), HasSubstr("median ns")));
  EXPECT_THAT(page({plugin("works"), "--against", plugin("works_more"), "--pairs", "10"}),
              AllOf(is_page, HasSubstr("<ul class=\"strip\""), HasSubstr("× OLD")));
}

}  // namespace
}  // namespace surisim::test
