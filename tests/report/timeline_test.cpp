// Goal: the page and the trace show every event, value and hand-over of a run, or say how many they
// leave out; what a plugin names cannot become markup. Method: logs made by hand, and the texts
// parsed back. tests/page opens the page in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sample_events.hpp"
#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr std::size_t kItem = 9;  // numbers of a row, as timeline.cpp has them
constexpr std::size_t kValue = 8;
constexpr std::size_t kArrow = 5;
constexpr std::size_t kSum = 4;

// The timeline, with names for numbers.
class Read {
 public:
  explicit Read(const EventLog& events, std::size_t most = kTimelineEvents)
      : all(json::parse(timeline_of(events, most))) {}

  std::size_t rows(const char* key, std::size_t width) const { return all[key].size() / width; }
  std::string string(std::uint64_t at) const { return all["strings"][at]; }
  std::string lane(std::uint64_t at) const { return all["lanes"][at]; }
  // "W#01 3-5 plugin.flow_init"
  std::vector<std::string> items() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < all["items"].size(); i += kItem) {
      const auto n = [&](std::size_t k) { return all["items"][i + k].get<std::uint64_t>(); };
      out.push_back(lane(n(0)) + " " + std::to_string(n(1)) + "-" + std::to_string(n(2)) + " " +
                    string(n(4)));
    }
    return out;
  }
  // "main 1 > W#01 2: starts W#01"
  std::vector<std::string> arrows() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < all["arrows"].size(); i += kArrow) {
      const auto n = [&](std::size_t k) { return all["arrows"][i + k].get<std::uint64_t>(); };
      out.push_back(lane(n(0)) + " " + std::to_string(n(1)) + " > " + lane(n(2)) + " " +
                    std::to_string(n(3)) + ": " + string(n(4)));
    }
    return out;
  }
  // "state of flow 1: W#01 2 to FR#01 9, 1"
  std::vector<std::string> values() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < all["values"].size(); i += kValue) {
      const auto n = [&](std::size_t k) { return all["values"][i + k].get<std::uint64_t>(); };
      out.push_back(string(n(4)) + " of " + string(n(7)) + ": " + lane(n(0)) + " " +
                    std::to_string(n(1)) + " to " + lane(n(3)) + " " + std::to_string(n(2)) + ", " +
                    std::to_string(n(6)));
    }
    return out;
  }

  json all;
};

TEST(Timeline, OfNoEventsIsEmpty) {
  const Read read{EventLog()};
  EXPECT_EQ(read.all["events"], 0);
  EXPECT_EQ(read.all["items"], json::array());
  EXPECT_EQ(read.all["lanes"], json::array());
}

TEST(Timeline, OfOneEventHasOneItem) {
  SampleEvents events;
  events.add("main", EventKind::log, "hello");
  EXPECT_THAT(Read(events.take()).items(), ElementsAre("main 1-2 log"));
}

TEST(Timeline, CallbacksLastUntilAfterTheirLastEvent) {
  SampleEvents events;
  events.add_of_flow("W#01", EventKind::flow_init, 1);
  events.add_of_flow("W#01", EventKind::flow_value_set, 1, "state");
  events.add("main", EventKind::log, "meanwhile");
  events.add_of_flow("W#01", EventKind::flow_update, 1);
  events.add("W#01", EventKind::enter, "FlowClearMemory");
  const Read read(events.take());
  EXPECT_THAT(read.items(), ElementsAre("W#01 1-3 plugin.flow_init",
                                        "W#01 2-3 plugin.flow_storage.set", "main 3-4 log",
                                        "W#01 4-5 plugin.flow_update", "W#01 5-6 FlowClearMemory"));
  EXPECT_EQ(read.all["items"][kItem + 3], 1) << "a value is a row below its callback";
}

TEST(Timeline, FunctionsOfTheEngineLastUntilTheyReturn) {
  SampleEvents events;
  events.add("main", EventKind::enter, "TmThreadCreate");
  events.add("main", EventKind::threadvars_alloc);
  events.add("main", EventKind::exit, "TmThreadCreate");
  EXPECT_THAT(Read(events.take()).items(),
              ElementsAre("main 1-3 TmThreadCreate", "main 2-3 ThreadVarsAlloc",
                          "main 3-3 TmThreadCreate"));
}

TEST(Timeline, ArrowsAreStartsJoinsAndWaysOfFlows) {
  SampleEvents events;
  events.start("W#01");                                    // 1 to 4
  events.add_of_flow("W#01", EventKind::flow_init, 7);     // 5
  events.add_of_flow("FR#01", EventKind::flow_finish, 7);  // 6
  events.join("W#01");                                     // 7, 8
  EXPECT_THAT(Read(events.take()).arrows(),
              ElementsAre("main 1 > W#01 2: starts W#01", "W#01 5 > FR#01 6: hands flow 7 over",
                          "W#01 5 > main 7: W#01 has ended",
                          "W#01 4 > main 8: value of counter, freed here"));
}

TEST(Timeline, ValuesLastUntilTheyAreFreedTakenOrLeft) {
  SampleEvents events;
  events.add_of_flow("W#01", EventKind::flow_value_set, 1, "state");
  events.add_of_flow("W#01", EventKind::flow_value_set, 2, "state");
  events.add_of_flow("W#01", EventKind::flow_value_set, 3, "state");
  events.add_of_flow("FR#01", EventKind::flow_value_freed, 1, "state");
  events.add_of_flow("W#01", EventKind::flow_value_taken, 2, "state");
  events.add_of_flow("W#01", EventKind::flow_value_set, 4, "state").value = 1;  // refused
  EXPECT_THAT(Read(events.take()).values(), ElementsAre("state of flow 1: W#01 1 to FR#01 4, 1",
                                                        "state of flow 2: W#01 2 to W#01 5, 2",
                                                        "state of flow 3: W#01 3 to W#01 7, 0"));
}

TEST(Timeline, AHundredThousandEventsAreShownOneByOne) {
  const EventLog log = SampleEvents::run(99'990);
  ASSERT_LE(log.size(), 100'000U);
  const Read read(log);
  EXPECT_EQ(read.rows("items", kItem), log.size());
  EXPECT_EQ(read.all["shown"], log.size());
  EXPECT_EQ(read.all["sums"], json::array());
  EXPECT_EQ(read.all["lost"], 0);
}

TEST(Timeline, MoreThanTheMostAreCountedNotLeftOut) {
  const EventLog log = SampleEvents::run(5000);
  const Read read(log, 1000);
  const std::size_t shown = read.rows("items", kItem);
  EXPECT_LE(shown, 1000U);
  EXPECT_GT(shown, 900U);
  EXPECT_EQ(read.all["events"], log.size());
  EXPECT_EQ(read.all["shown"], shown);
  std::size_t counted = 0;
  for (std::size_t i = 3; i < read.all["sums"].size(); i += kSum)
    counted += read.all["sums"][i].get<std::size_t>();
  EXPECT_EQ(shown + counted, log.size());
  EXPECT_GT(read.all["lost"], 0);
}

TEST(Timeline, OfTooManyEventsWholeFlowsAreKept) {
  const Read read(SampleEvents::run(5000), 1000);
  std::map<std::uint64_t, std::size_t> sizes;
  for (std::size_t i = 0; i < read.all["items"].size(); i += kItem)
    ++sizes[read.all["items"][i + 6].get<std::uint64_t>()];
  ASSERT_TRUE(sizes.contains(0)) << "what is of no flow is there, to the end";
  for (const auto& [flow, size] : sizes)
    EXPECT_EQ(size, flow == 0 ? 18U : flow % 3 == 0 ? 8U : 7U) << flow;
}

TEST(Timeline, BytesThatAreNoTextAreReplaced) {
  SampleEvents events;
  events.add("main", EventKind::log, "\xff");
  EXPECT_THAT(timeline_of(events.take(), kTimelineEvents), HasSubstr("\xef\xbf\xbd"));
}

// Trace.

json trace(const EventLog& events, const Summary& summary = {}) {
  ReportOptions how;
  how.timeline = timeline_of(events, kTimelineEvents);
  return json::parse(trace_report(summary, how));
}

std::uint64_t number(const json& of, const char* key) { return of.at(key).get<std::uint64_t>(); }

TEST(TraceReport, NamesItsThreads) {
  std::set<std::string> names;
  const json all = trace(SampleEvents::run(100));
  for (const json& one : all["traceEvents"])
    if (one["name"] == "thread_name") names.insert(one["args"]["name"]);
  EXPECT_THAT(names, ElementsAre("FR#01", "W#01-eth0", "W#02-eth0", "main"));
}

TEST(TraceReport, EachArrowBeginsAndEndsInASpan) {
  const json all = trace(SampleEvents::run(500));
  std::map<std::uint64_t, std::vector<json>> arrows;
  std::set<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const json& one : all["traceEvents"]) {
    if (one["ph"] == "X") spans.emplace(number(one, "tid"), number(one, "ts"));
    if (one["ph"] == "s" || one["ph"] == "f") arrows[number(one, "id")].push_back(one);
  }
  EXPECT_GT(arrows.size(), 20U);
  for (const auto& [id, ends] : arrows) {
    ASSERT_EQ(ends.size(), 2U) << id;
    EXPECT_EQ(ends[0]["ph"], "s");
    EXPECT_EQ(ends[1]["ph"], "f");
    EXPECT_EQ(ends[0]["name"], ends[1]["name"]);
    EXPECT_LT(ends[0]["ts"], ends[1]["ts"]);
    for (const json& end : ends)
      EXPECT_TRUE(spans.contains({number(end, "tid"), number(end, "ts")})) << end;
  }
}

TEST(TraceReport, TimeDoesNotGoBackAndSpansOfALaneNest) {
  const json all = trace(SampleEvents::run(500));
  std::map<std::uint64_t, std::uint64_t> last;
  std::map<std::uint64_t, std::vector<std::uint64_t>> open;
  for (const json& one : all["traceEvents"]) {
    if (one["ph"] == "M") continue;
    const std::uint64_t at = one["ts"];
    EXPECT_GE(at, last[one["tid"]]) << one;
    last[one["tid"]] = at;
    if (one["ph"] != "X") continue;
    auto& ends = open[one["tid"]];
    while (!ends.empty() && ends.back() <= at) ends.pop_back();
    const std::uint64_t end = at + one["dur"].get<std::uint64_t>();
    EXPECT_TRUE(ends.empty() || end <= ends.back()) << one;
    ends.push_back(end);
  }
}

TEST(TraceReport, HasTheNamesOfTheTimeline) {
  const EventLog log = SampleEvents::run(100);
  std::set<std::string> names;
  const json all = trace(log);
  for (const json& one : all["traceEvents"])
    if (one["ph"] == "X") names.insert(one["name"]);
  EXPECT_THAT(names, IsSupersetOf({"plugin.flow_init", "plugin.thread_init_cb", "pthread_join"}));
}

TEST(TraceReport, MarksViolationsOnTheirThreads) {
  Summary summary;
  summary.violations = {violation("value-leaked", Severity::error, "it leaks")};
  summary.violations[0].clock = 5;
  const json all = trace(SampleEvents::run(100), summary);
  std::map<std::uint64_t, std::string> lanes;
  for (const json& one : all["traceEvents"]) {
    if (one["name"] == "thread_name") lanes[one["tid"]] = one["args"]["name"];
    if (one["ph"] != "i") continue;
    EXPECT_EQ(one["name"], "value-leaked");
    EXPECT_EQ(lanes[one["tid"]], "W#01-eth0");
    EXPECT_EQ(one["ts"], 50);
    EXPECT_EQ(one["args"]["message"], "it leaks");
    return;
  }
  FAIL() << "no mark";
}

TEST(TraceReport, OfAnExplorationHasTheStepsOfEachFinding) {
  Summary summary;
  summary.violations = {violation("data-race", Severity::error, "races")};
  ReportOptions how;
  how.found_in = {{"in schedule 2 of 5",
                   "",
                   {{"W#01", "reads `n`", "a.c:1"}, {"W#02", "writes `n`", "a.c:2"}},
                   ""}};
  const json all = json::parse(trace_report(summary, how));
  std::vector<std::string> steps;
  for (const json& one : all["traceEvents"])
    if (one["ph"] == "X") steps.push_back(one["name"]);
  EXPECT_THAT(steps, ElementsAre("reads `n`", "writes `n`"));
}

// Page.

std::string page(const Summary& summary, const ReportOptions& how = {}) {
  return html_report(summary, Options{}, how);
}

// The JSON in the page's element with this id.
std::string data_of(const std::string& page, const std::string& id) {
  const std::string open = "id=\"" + id + "\">";
  const std::size_t at = page.find(open) + open.size();
  return page.substr(at, page.find("</script>", at) - at);
}

TEST(HtmlReport, HasTheFindingsAndTheTimeline) {
  ReportOptions how;
  how.timeline = timeline_of(SampleEvents::run(100), kTimelineEvents);
  const std::string text = page(sample_summary(), how);
  const json report = json::parse(data_of(text, "report"));
  EXPECT_EQ(report["verdict"], "fail");
  ASSERT_EQ(report["findings"].size(), 3U);
  EXPECT_EQ(report["findings"][1]["source"], "/build/tester/src/counter.c:42");
  EXPECT_EQ(json::parse(data_of(text, "events")), json::parse(how.timeline));
}

TEST(HtmlReport, WithoutEventsSaysSo) {
  EXPECT_EQ(data_of(page(sample_summary()), "events"), "null");
}

TEST(HtmlReport, NamesOfAPluginAreNoMarkup) {
  const std::string bad = "</script ><script>alert(1)</script><!--\xe2\x80\xa8{{script}}&amp;";
  Summary summary = sample_summary();
  summary.plugins[0].name = bad;
  summary.violations[0].message = bad;
  SampleEvents events;
  events.add_of_flow("W#01", EventKind::flow_value_set, 1, bad);
  ReportOptions how;
  how.timeline = timeline_of(events.take(), kTimelineEvents);
  const std::string text = page(summary, how);
  EXPECT_THAT(text, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(text, Not(HasSubstr("</script ")));
  for (const char* id : {"report", "events"}) {
    EXPECT_THAT(data_of(text, id), HasSubstr("\\u2028"));
    EXPECT_THAT(data_of(text, id), Not(HasSubstr("\xe2\x80\xa8")));
  }
  EXPECT_THAT(text, HasSubstr("<title>&lt;/script &gt;"));
  EXPECT_EQ(json::parse(data_of(text, "report"))["findings"][0]["message"], bad);
  const json timeline = json::parse(data_of(text, "events"));
  EXPECT_EQ(timeline["strings"][timeline["items"][7].get<std::size_t>()], bad);
}

TEST(HtmlReport, NeedsNoOtherFile) {
  const std::string text = page(sample_summary());
  for (const char* reference :
       {"src=", "href=\"http", "@import", "url(", "{{", "http-equiv=\"refresh"})
    EXPECT_THAT(text, Not(HasSubstr(reference)));
}

TEST(HtmlReport, OfAnExplorationHasHowEachFindingCameAbout) {
  Summary summary;
  summary.violations = {violation("data-race", Severity::error, "races")};
  ReportOptions how;
  how.found_in = {{"found in schedule 2 of 5",
                   "W#01 reads first",
                   {{"W#01", "reads `n`", "a.c:1"}},
                   "surisim explore --replay x"}};
  const json report = json::parse(data_of(page(summary, how), "report"));
  EXPECT_EQ(report["findings"][0]["found_in"]["steps"][0]["what"], "reads `n`");
  EXPECT_EQ(report["findings"][0]["found_in"]["replay"], "surisim explore --replay x");
}

}  // namespace
}  // namespace surisim::test
