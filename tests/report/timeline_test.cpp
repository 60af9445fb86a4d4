// Goal: the picture shows every event, value and hand-over of a run, or says how many it leaves
// out; a plugin's names cannot become markup. Method: hand-made logs, and the texts parsed back.
// tests/page opens the page in a browser; trace_test.cpp tests the trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sample_events.hpp"
#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
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

TEST(Timeline, ArrowsAreBatchesFromTheirSenderToTheirReceiver) {
  SampleEvents events;
  const auto hand_over = [&](const char* from, const char* what, int count, const char* queue) {
    Event& event = events.add(from, EventKind::hand_over, what);
    event.value = count;
    event.detail = queue;
  };
  const auto take_over = [&](const char* thread, const char* what, const char* from, int clock) {
    Event& event = events.add(thread, EventKind::take_over, what);
    event.made_on = from;
    event.value = clock;
  };
  hand_over("RX#01", "packets", 64, "pickup1");      // 1
  hand_over("RX#01", "packets", 3, "pickup2");       // 2
  take_over("W#02", "packets", "RX#01", 2);          // 3
  take_over("W#01", "packets", "RX#01", 1);          // 4
  hand_over("FM#01", "flows", 2, "flow_recycle_q");  // 5
  take_over("FR#01", "flows", "FM#01", 5);           // 6
  take_over("FR#01", "flows", "FM#01", 5);           // was taken
  const Read read(events.take());
  EXPECT_THAT(read.arrows(), ElementsAre("RX#01 2 > W#02 3: hands packets over",
                                         "RX#01 1 > W#01 4: hands packets over",
                                         "FM#01 5 > FR#01 6: hands flows over"));
  EXPECT_EQ(read.string(read.all["items"][5]), "64 packets to pickup1");
  EXPECT_EQ(read.string(read.all["items"][2 * kItem + 5]), "packets from RX#01");
}

TEST(Timeline, ArrowsAreWhatThreadsWaitForWhenTheyStartAndClose) {
  SampleEvents events;
  const auto flag = [&](const char* os, bool set, const char* flags) {
    events.add_of(os, set ? EventKind::flag_set : EventKind::flag_unset, "W#01", flags);
  };
  flag("W#01", true, "INIT_DONE|RUNNING");                  // 1
  events.add_of("main", EventKind::thread_append, "W#01");  // 2
  flag("W#01", true, "PAUSED");                             // 3
  flag("main", false, "PAUSE");                             // 4
  flag("W#01", false, "PAUSED");                            // 5
  flag("main", true, "KILL");                               // 6: no thread waits for it
  flag("W#01", true, "RUNNING_DONE");                       // 7
  flag("main", true, "DEINIT");                             // 8
  flag("W#01", true, "CLOSED");                             // 9
  EXPECT_THAT(Read(events.take()).arrows(),
              ElementsAre("W#01 1 > main 2: W#01 is initialised",
                          "main 4 > W#01 5: resumes W#01", "main 8 > W#01 9: lets W#01 close"));
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

TEST(Timeline, MoreThanTheLimitAreCountedNotLeftOut) {
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

TEST(Timeline, EventsOfQueuesAndLogsLeaveRoomForFlows) {
  SampleEvents events;
  for (int i = 0; i < 2000; ++i) events.add("RX#01", EventKind::hand_over, "packets");
  for (std::uint64_t flow = 1; flow < 200; ++flow) events.flow(flow, "W#01");
  const Read read(events.take(), 1000);
  std::size_t batches = 0;
  for (const std::string& item : read.items()) batches += item.ends_with("hand_over") ? 1 : 0;
  EXPECT_EQ(batches, 500U);
  EXPECT_GT(read.rows("items", kItem), 990U);
}

TEST(Timeline, InvalidBytesAreReplaced) {
  SampleEvents events;
  events.add("main", EventKind::log, "\xff");
  EXPECT_THAT(timeline_of(events.take(), kTimelineEvents), HasSubstr("\xef\xbf\xbd"));
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

TEST(HtmlReport, APluginsNamesAreNotMarkup) {
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

TEST(HtmlReport, OfAnExplorationShowsHowEachFindingHappened) {
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
