// Writes a run's timeline, or an exploration's steps, in Chrome's Trace Event Format (the Catapult
// project), which Perfetto and chrome://tracing show (docs/picture.md).
//
// Times are logical: a tick of the threads' clocks is 10 µs; an event without a duration lasts half
// a tick. Viewers attach an arrow to the span at its time: Perfetto to the one that began last on
// the thread, marks included; chrome://tracing also to one that ends there. So arrows begin and end
// shortly after the begin of their spans, and marks come after them. Perfetto identifies a thread
// by its number alone, so processes and threads share one sequence of numbers.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

#include "report/parts.hpp"
#include "surisim/report.hpp"

namespace surisim {
namespace {

using report::Json;

constexpr std::uint64_t kTick = 10;
constexpr std::uint64_t kInstant = kTick / 2;
constexpr std::uint64_t kArrow = 1;  // after the begin of its span
constexpr std::uint64_t kMark = 2;
constexpr std::uint64_t kRunProcess = 1;  // and the number of its first thread

Json metadata(const char* what, std::uint64_t process, std::uint64_t thread,
              const Json& arguments) {
  return {{"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", arguments}};
}

// Threads are shown in the order of their numbers.
void add_thread(std::vector<Json>& to, std::uint64_t process, std::uint64_t thread,
                const std::string& name) {
  to.push_back(metadata("thread_name", process, thread, {{"name", name}}));
  to.push_back(metadata("thread_sort_index", process, thread, {{"sort_index", thread}}));
}

const char* name_of_thread(const Violation& v) {
  return v.thread.empty() ? "(no thread)" : v.thread.c_str();
}

// A finding, as a mark.
Json mark(const Violation& v, std::uint64_t process, std::uint64_t thread, std::uint64_t at) {
  return {
      {"name", v.rule},   {"cat", "violation"},
      {"ph", "i"},        {"s", "t"},
      {"ts", at + kMark}, {"pid", process},
      {"tid", thread},    {"args", {{"severity", to_string(v.severity)}, {"message", v.message}}}};
}

// The trace of one timeline.
class RunTrace {
 public:
  explicit RunTrace(const Json& timeline) : timeline_(timeline) {
    for (const Json& name : timeline_.at("lanes")) {
      const std::string lane = name.get<std::string>();
      number_[lane] = lanes_;
      add_thread(head_, kRunProcess, ++lanes_, lane);
    }
    items();
    values();
    arrows();
    sums();
  }

  // Adds a mark on the lane of its thread; at the lane's end if its time is not known.
  void add(const Violation& v) {
    const auto known = number_.find(v.thread);
    std::uint64_t lane = known == number_.end() ? 0 : known->second + 1;
    if (lane == 0) {
      number_[v.thread] = lanes_;
      lane = ++lanes_;
      add_thread(head_, kRunProcess, lane, name_of_thread(v));
    }
    const std::uint64_t at = v.clock != 0 ? v.clock * kTick : last_[lane - 1];
    body_.push_back(mark(v, kRunProcess, lane, at));
  }

  // The first number that is free.
  std::uint64_t next_number() const { return kRunProcess + lanes_; }

  std::vector<Json> take() {
    std::stable_sort(body_.begin(), body_.end(), [](const Json& a, const Json& b) {
      return a.at("ts").get<std::uint64_t>() < b.at("ts").get<std::uint64_t>();
    });
    std::vector<Json> all;
    std::move(head_.begin(), head_.end(), std::back_inserter(all));
    std::move(body_.begin(), body_.end(), std::back_inserter(all));
    return all;
  }

 private:
  std::vector<std::uint64_t> numbers(const char* key) const {
    return timeline_.at(key).get<std::vector<std::uint64_t>>();
  }
  std::string string(std::uint64_t at) const {
    return timeline_.at("strings").at(at).get<std::string>();
  }
  Json one(const char* phase, const std::string& name, const char* category, std::uint64_t lane,
           std::uint64_t at) const {
    return {{"name", name}, {"cat", category},    {"ph", phase},
            {"ts", at},     {"pid", kRunProcess}, {"tid", lane + 1}};
  }

  void items() {
    static constexpr const char* kCategories[] = {"engine", "callback", "value", "other"};
    const std::vector<std::uint64_t> rows = numbers("items");
    for (std::size_t i = 0; i + 8 < rows.size(); i += 9) {
      const std::uint64_t at = rows[i + 1];
      const std::uint64_t ticks = rows[i + 2] - at;
      Json span = one("X", string(rows[i + 4]), kCategories[rows[i + 8]], rows[i], at * kTick);
      const bool is_span = ticks > 1 || rows[i + 8] == 1;
      span["dur"] = is_span ? ticks * kTick : kInstant;
      Json& arguments = span["args"] = Json::object();
      if (rows[i + 5] != 0) arguments["about"] = string(rows[i + 5]);
      if (rows[i + 6] != 0) arguments["flow"] = rows[i + 6];
      if (rows[i + 7] != 0) arguments["slot"] = string(rows[i + 7]);
      last_[rows[i]] = std::max(last_[rows[i]], at * kTick);
      body_.push_back(std::move(span));
    }
  }

  void values() {
    static constexpr const char* kEnds[] = {"left", "freed", "taken"};
    const std::vector<std::uint64_t> rows = numbers("values");
    for (std::size_t i = 0; i + 7 < rows.size(); i += 8) {
      const std::string name = "value of " + string(rows[i + 4]);
      Json begin = one("b", name, "value", rows[i], rows[i + 1] * kTick);
      Json end = one("e", name, "value", rows[i + 3], rows[i + 2] * kTick);
      begin["id"] = end["id"] = fmt::format("value {}", i / 8 + 1);
      begin["args"] = {{"of", string(rows[i + 7])}, {"end", kEnds[rows[i + 6]]}};
      body_.push_back(std::move(begin));
      body_.push_back(std::move(end));
    }
  }

  void arrows() {
    const std::vector<std::uint64_t> rows = numbers("arrows");
    for (std::size_t i = 0; i + 4 < rows.size(); i += 5) {
      const std::string name = string(rows[i + 4]);
      Json from = one("s", name, "hand-over", rows[i], rows[i + 1] * kTick + kArrow);
      Json to = one("f", name, "hand-over", rows[i + 2], rows[i + 3] * kTick + kArrow);
      from["id"] = to["id"] = i / 5 + 1;
      to["bp"] = "e";
      body_.push_back(std::move(from));
      body_.push_back(std::move(to));
    }
  }

  void sums() {
    const std::vector<std::uint64_t> rows = numbers("sums");
    for (std::size_t i = 0; i + 3 < rows.size(); i += 4) {
      const std::string name =
          "not one by one, on " + timeline_.at("lanes").at(rows[i]).get<std::string>();
      Json count = one("C", name, "sum", rows[i], rows[i + 1] * kTick);
      count["args"] = {{"events", rows[i + 3]}};
      Json none = one("C", name, "sum", rows[i], rows[i + 2] * kTick);
      none["args"] = {{"events", 0}};
      last_[rows[i]] = std::max(last_[rows[i]], rows[i + 2] * kTick);
      body_.push_back(std::move(count));
      body_.push_back(std::move(none));
    }
  }

  const Json& timeline_;
  std::uint64_t lanes_ = 0;
  std::map<std::string, std::uint64_t> number_;
  std::map<std::uint64_t, std::uint64_t> last_;  // the last time of each lane
  std::vector<Json> head_;
  std::vector<Json> body_;
};

// Adds the steps as a separate process, one tick each, and then `found`, which may be null. `next`:
// the next free number.
void add_steps(std::vector<Json>& all, std::uint64_t& next, const std::string& name,
               const std::vector<ScheduleStep>& steps, const Violation* found) {
  if (steps.empty() && found == nullptr) return;
  const std::uint64_t process = next;
  all.push_back(metadata("process_name", process, process, {{"name", name}}));
  std::map<std::string, std::uint64_t> lanes;
  const auto lane_of = [&](const std::string& thread) {
    const auto [lane, is_new] = lanes.try_emplace(thread, next);
    if (is_new) add_thread(all, process, next++, thread);
    return lane->second;
  };
  std::uint64_t at = 0;
  for (const ScheduleStep& step : steps) {
    const std::uint64_t lane = lane_of(step.thread);
    all.push_back({{"name", step.what},
                   {"cat", "step"},
                   {"ph", "X"},
                   {"ts", ++at * kTick},
                   {"dur", kTick},
                   {"pid", process},
                   {"tid", lane},
                   {"args", {{"at", step.at}}}});
  }
  if (found == nullptr) return;
  const std::uint64_t lane = lane_of(name_of_thread(*found));
  all.push_back(mark(*found, process, lane, (at + 1) * kTick));
}

}  // namespace

std::string trace_report(const Summary& summary, const ReportOptions& how) {
  std::vector<Json> all;
  Json other = {{"surisim", version()},
                {"verdict", to_string(verdict_of(summary, how))},
                {"time", "logical: 10 µs for each tick of the threads' clocks"}};
  std::uint64_t next = kRunProcess;
  if (how.found_in.empty()) {
    Json empty;
    for (const char* key : {"lanes", "items", "values", "arrows", "sums"})
      empty[key] = Json::array();
    empty["events"] = empty["shown"] = 0;
    const Json timeline = how.timeline.empty() ? empty : Json::parse(how.timeline);
    RunTrace trace(timeline);
    for (const Violation& v : summary.violations) trace.add(v);
    next = trace.next_number();
    if (next > kRunProcess)
      all.push_back(metadata("process_name", kRunProcess, kRunProcess, {{"name", "surisim run"}}));
    for (Json& one : trace.take()) all.push_back(std::move(one));
    other["events"] = timeline.at("events");
    other["events_one_by_one"] = timeline.at("shown");
    add_steps(all, next, "the schedule's last steps", summary.schedule.steps, nullptr);
  }
  for (std::size_t i = 0; i < how.found_in.size(); ++i)
    add_steps(all, next, summary.violations[i].message, how.found_in[i].steps,
              &summary.violations[i]);
  // One event a line: indented JSON would be several times as large.
  const auto line = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string out =
      "{\"displayTimeUnit\":\"ms\",\"otherData\":" + line(other) + ",\"traceEvents\":[";
  const char* between = "\n";
  for (const Json& one : all) {
    (out += between) += line(one);
    between = ",\n";
  }
  return out + "\n]}\n";
}

}  // namespace surisim
