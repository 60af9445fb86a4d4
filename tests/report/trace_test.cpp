// Goal: Perfetto and chrome://tracing accept the whole trace, and show the timeline's names and
// arrows. Method: traces are read like Perfetto's importer reads them, by time, else in the order
// of the file: json_trace_parser, slice_tracker.cc and flow_tracker.cc in its src/trace_processor.
// Where it drops and counts an event, the test fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sample_events.hpp"
#include "sample_summary.hpp"

namespace surisim::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

std::uint64_t number(const json& of, const char* key) { return of.at(key).get<std::uint64_t>(); }

// What is in a trace, as the importer understands it.
class Imported {
 public:
  explicit Imported(const std::string& trace) {
    const json all = json::parse(trace);
    std::vector<json> events = all.at("traceEvents");
    std::stable_sort(events.begin(), events.end(), [](const json& a, const json& b) {
      return a.value("ts", std::uint64_t{0}) < b.value("ts", std::uint64_t{0});
    });
    for (const json& one : events) take(one);
    EXPECT_TRUE(values_.empty()) << "a value without an end";
    EXPECT_TRUE(open_arrows_.empty()) << "an arrow without a point";
    for (const auto& [thread, process] : used_) {
      EXPECT_TRUE(names.contains(thread)) << "thread " << thread << " has no name";
      EXPECT_TRUE(processes.contains(process)) << "process " << process << " has no name";
    }
  }

  std::map<std::uint64_t, std::string> names;      // of threads
  std::map<std::uint64_t, std::string> processes;  // by number
  std::vector<std::string> arrows;  // "main TmThreadSpawn > W#01 os_thread.start: …"
  std::size_t spans = 0, marks = 0, counts = 0;

 private:
  struct Span {
    std::uint64_t at, end;
    std::string name;
  };
  struct Arrow {
    std::uint64_t thread;
    std::string span;
  };

  void take(const json& one) {
    const std::string phase = one.at("ph");
    const std::uint64_t thread = number(one, "tid");
    // A thread is found by its number alone, and a process has a thread of the same number.
    const auto [known, is_new] = used_.try_emplace(thread, number(one, "pid"));
    EXPECT_EQ(known->second, number(one, "pid")) << "two processes have this thread: " << one;
    const auto same = used_.find(number(one, "pid"));
    EXPECT_TRUE(same == used_.end() || same->second == number(one, "pid"))
        << "another process has this thread: " << one;
    if (phase == "M") return name(one, thread);
    const std::uint64_t at = number(one, "ts");
    if (phase == "X") return span(one, thread, at, number(one, "dur"));
    if (phase == "i") return mark(one, thread, at);
    if (phase == "s" || phase == "f") return arrow(one, thread, at);
    if (phase == "b" || phase == "e") return value(one);
    ASSERT_EQ(phase, "C") << one;
    ++counts;
    EXPECT_TRUE(one.at("args").at("events").is_number()) << one;
  }

  void name(const json& one, std::uint64_t thread) {
    if (one.at("name") == "thread_sort_index") {
      EXPECT_EQ(number(one.at("args"), "sort_index"), thread) << one;
      return;
    }
    const std::string text = one.at("args").at("name");
    EXPECT_FALSE(text.empty()) << "no name is given: " << one;
    if (one.at("name") == "thread_name") {
      EXPECT_TRUE(names.emplace(thread, text).second) << "named twice: " << one;
    } else {
      EXPECT_EQ(one.at("name"), "process_name") << "not known: " << one;
      EXPECT_TRUE(processes.emplace(number(one, "pid"), text).second) << "named twice: " << one;
    }
  }

  // slice_tracker.cc: ended spans leave the stack; one that would end after its parent is dropped.
  void span(const json& one, std::uint64_t thread, std::uint64_t at, std::uint64_t duration) {
    constexpr std::size_t kDeepest = 512;
    std::vector<Span>& stack = stacks_[thread];
    while (!stack.empty() && stack.back().end <= at) stack.pop_back();
    for (const Span& open : stack)
      EXPECT_LE(at + duration, open.end) << "dropped, as it overlaps " << open.name << ": " << one;
    EXPECT_LT(stack.size(), kDeepest) << one;
    EXPECT_GT(duration, 0U) << one;
    stack.push_back({at, at + duration, one.at("name")});
    ++spans;
  }

  void mark(const json& one, std::uint64_t thread, std::uint64_t at) {
    EXPECT_EQ(one.at("s"), "t") << one;
    std::vector<Span>& stack = stacks_[thread];
    while (!stack.empty() && stack.back().end <= at) stack.pop_back();
    stack.push_back({at, at, one.at("name")});
    ++marks;
  }

  // flow_tracker.cc: an end of an arrow is at the span that began last on its thread; for
  // chrome://tracing it may also be at one that ends then.
  void arrow(const json& one, std::uint64_t thread, std::uint64_t at) {
    const std::vector<Span>& stack = stacks_[thread];
    ASSERT_FALSE(stack.empty()) << "dropped, as no span has begun: " << one;
    EXPECT_LT(stack.back().at, at) << "at the end of the span before, too: " << one;
    EXPECT_LT(at, stack.back().end) << "after the span " << stack.back().name << ": " << one;
    const auto key =
        fmt::format("{}/{}/{}", one.at("cat").dump(), number(one, "id"), one.at("name").dump());
    if (one.at("ph") == "s") {
      EXPECT_TRUE(begun_.insert(key).second) << "dropped, as there is one of this number: " << one;
      open_arrows_[key] = {thread, stack.back().name};
      return;
    }
    EXPECT_EQ(one.at("bp"), "e") << one;
    const auto from = open_arrows_.find(key);
    ASSERT_NE(from, open_arrows_.end()) << "dropped, as it has not begun: " << one;
    arrows.push_back(fmt::format("{} {} > {} {}: {}", names[from->second.thread], from->second.span,
                                 names[thread], stack.back().name,
                                 one.at("name").get<std::string>()));
    open_arrows_.erase(from);
  }

  void value(const json& one) {
    const auto key = one.at("cat").dump() + one.at("id").dump() + one.at("name").dump();
    if (one.at("ph") == "b") {
      EXPECT_TRUE(values_.insert(key).second) << "begun twice: " << one;
    } else {
      EXPECT_EQ(values_.erase(key), 1U) << "ends before it begins: " << one;
    }
  }

  std::map<std::uint64_t, std::uint64_t> used_;  // threads, and their process
  std::map<std::uint64_t, std::vector<Span>> stacks_;
  std::set<std::string> values_, begun_;
  std::map<std::string, Arrow> open_arrows_;
};

std::string trace_of(const EventLog& events, const Summary& summary = {},
                     std::size_t most = kTimelineEvents) {
  ReportOptions how;
  how.timeline = timeline_of(events, most);
  return trace_report(summary, how);
}

std::size_t rows(const EventLog& events, const char* key, std::size_t width,
                 std::size_t most = kTimelineEvents) {
  return json::parse(timeline_of(events, most))[key].size() / width;
}

TEST(TraceReport, IsImportedWhole) {
  for (const std::size_t most : {kTimelineEvents, std::size_t{200}}) {
    const EventLog log = SampleEvents::run(2000);
    const Imported trace(trace_of(log, {}, most));
    EXPECT_EQ(trace.spans, rows(log, "items", 9, most));
    EXPECT_EQ(trace.arrows.size(), rows(log, "arrows", 5, most));
    EXPECT_GT(trace.arrows.size(), 4U);
    EXPECT_EQ(trace.counts > 0, most == 200) << "what is not shown one by one is counted";
  }
}

TEST(TraceReport, OfNothingIsImportedWhole) {
  EXPECT_EQ(Imported(trace_of(EventLog())).spans, 0U);
  EXPECT_EQ(Imported(trace_report(Summary{}, ReportOptions{})).spans, 0U);
}

TEST(TraceReport, ItsArrowsAreBetweenTheSpansOfTheirEvents) {
  SampleEvents events;
  events.start("W#01");
  events.add_of_flow("W#01", EventKind::flow_init, 7);
  events.add_of_flow("FR#01", EventKind::flow_finish, 7);
  events.join("W#01");
  EXPECT_THAT(
      Imported(trace_of(events.take())).arrows,
      ElementsAre("main pthread_create > W#01 os_thread.start: starts W#01",
                  "W#01 plugin.flow_init > FR#01 plugin.flow_finish: hands flow 7 over",
                  "W#01 plugin.flow_init > main pthread_join: W#01 has ended",
                  "W#01 plugin.thread_storage.set > main plugin.thread_storage.Free: value of "
                  "counter, freed here"));
}

TEST(TraceReport, MarksAndStepsAreImportedWithThreadsOfTheirOwnNumbers) {
  Summary summary;
  summary.violations.assign(3, violation("value-leaked", Severity::error, "it leaks"));
  summary.violations[0].clock = 2;  // where an arrow ends
  summary.violations[1].thread = "plugin-made";
  summary.violations[2].thread = "";
  summary.schedule.steps = {{"W#01-eth0", "reads `n`", "a.c:1"},
                            {"W#02-eth0", "writes `n`", "a.c:2"}};
  const Imported trace(trace_of(SampleEvents::run(100), summary));
  EXPECT_EQ(trace.marks, 3U);
  EXPECT_EQ(trace.processes.size(), 2U);
  std::vector<std::string> names;
  for (const auto& [thread, name] : trace.names) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("main", "W#01-eth0", "W#02-eth0", "FR#01", "plugin-made",
                                 "(no thread)", "W#01-eth0", "W#02-eth0"));
}

json trace(const EventLog& events, const Summary& summary = {}) {
  return json::parse(trace_of(events, summary));
}

TEST(TraceReport, NamesItsThreads) {
  std::set<std::string> names;
  const json all = trace(SampleEvents::run(100));
  for (const json& one : all["traceEvents"])
    if (one["name"] == "thread_name") names.insert(one["args"]["name"]);
  EXPECT_THAT(names, ElementsAre("FR#01", "W#01-eth0", "W#02-eth0", "main"));
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
    EXPECT_EQ(number(one, "ts") / 10, 5U);
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
  how.found_in.push_back(how.found_in[0]);
  summary.violations.push_back(summary.violations[0]);
  summary.violations.push_back(violation("data-race", Severity::error, "races at once"));
  how.found_in.push_back({"in schedule 1 of 5", "", {}, ""});
  const std::string text = trace_report(summary, how);
  const Imported imported(text);
  EXPECT_EQ(imported.processes.size(), 3U);
  EXPECT_EQ(imported.marks, 3U) << "a finding without steps is there, too";
  const json all = json::parse(text);
  std::vector<std::string> steps;
  for (const json& one : all["traceEvents"])
    if (one["ph"] == "X") steps.push_back(one["name"]);
  EXPECT_THAT(steps, ElementsAre("reads `n`", "writes `n`", "reads `n`", "writes `n`"));
}

}  // namespace
}  // namespace surisim::test
