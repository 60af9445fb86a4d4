// Writes a run's timeline, or an exploration's steps, as Chrome's trace events, which Perfetto and
// chrome://tracing show (docs/picture.md). The format: "Trace Event Format", the Catapult project.
//
// Times are logical: a tick of the threads' clocks is 10 µs. An event that takes no time has half a
// tick, so that arrows find it.
#include <fmt/format.h>

#include <algorithm>
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
constexpr int kRunProcess = 1;

Json metadata(const char* what, int process, std::uint64_t thread, const std::string& name) {
  return {
      {"name", what}, {"ph", "M"}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

// The trace of one timeline.
class RunTrace {
 public:
  explicit RunTrace(const Json& timeline) : timeline_(timeline) {
    for (const Json& name : timeline_.at("lanes")) {
      const std::string lane = name.get<std::string>();
      number_[lane] = lanes_;
      head_.push_back(metadata("thread_name", kRunProcess, ++lanes_, lane));
    }
    items();
    values();
    arrows();
    sums();
  }

  // A mark on the lane of its thread; at its end if it is not known when it was found.
  void add(const Violation& v) {
    const auto known = number_.find(v.thread);
    std::uint64_t lane = known == number_.end() ? 0 : known->second + 1;
    if (lane == 0) {
      number_[v.thread] = lanes_;
      lane = ++lanes_;
      head_.push_back(
          metadata("thread_name", kRunProcess, lane, v.thread.empty() ? "?" : v.thread));
    }
    const std::uint64_t at = v.clock != 0 ? v.clock * kTick : last_[lane - 1];
    body_.push_back({{"name", v.rule},
                     {"cat", "violation"},
                     {"ph", "i"},
                     {"s", "t"},
                     {"ts", at},
                     {"pid", kRunProcess},
                     {"tid", lane},
                     {"args", {{"severity", to_string(v.severity)}, {"message", v.message}}}});
  }

  Json take() {
    std::stable_sort(body_.begin(), body_.end(), [](const Json& a, const Json& b) {
      return a.at("ts").get<std::uint64_t>() < b.at("ts").get<std::uint64_t>();
    });
    Json all = Json::array();
    for (Json& one : head_) all.push_back(std::move(one));
    for (Json& one : body_) all.push_back(std::move(one));
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
      Json from = one("s", name, "hand-over", rows[i], rows[i + 1] * kTick);
      Json to = one("f", name, "hand-over", rows[i + 2], rows[i + 3] * kTick);
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
      last_[rows[i]] = std::max(last_[rows[i]], rows[i + 2] * kTick);
      body_.push_back(std::move(count));
    }
  }

  const Json& timeline_;
  std::uint64_t lanes_ = 0;
  std::map<std::string, std::uint64_t> number_;
  std::map<std::uint64_t, std::uint64_t> last_;  // the last time of each lane
  std::vector<Json> head_;
  std::vector<Json> body_;
};

// The steps as a process of their own, one tick each.
void add_steps(Json& all, int process, const std::string& name,
               const std::vector<ScheduleStep>& steps) {
  if (steps.empty()) return;
  all.push_back(metadata("process_name", process, 0, name));
  std::map<std::string, std::uint64_t> lanes;
  std::uint64_t at = 0;
  for (const ScheduleStep& step : steps) {
    const auto [lane, is_new] = lanes.try_emplace(step.thread, lanes.size() + 1);
    if (is_new) all.push_back(metadata("thread_name", process, lane->second, step.thread));
    all.push_back({{"name", step.what},
                   {"cat", "step"},
                   {"ph", "X"},
                   {"ts", ++at * kTick},
                   {"dur", kTick},
                   {"pid", process},
                   {"tid", lane->second},
                   {"args", {{"at", step.at}}}});
  }
}

}  // namespace

std::string trace_report(const Summary& summary, const ReportOptions& how) {
  Json all = Json::array();
  Json other = {{"surisim", version()},
                {"verdict", to_string(verdict_of(summary, how))},
                {"time", "logical: 10 µs for each tick of the threads' clocks"}};
  if (how.found_in.empty()) {
    Json empty;
    for (const char* key : {"lanes", "items", "values", "arrows", "sums"})
      empty[key] = Json::array();
    empty["events"] = empty["shown"] = 0;
    const Json timeline = how.timeline.empty() ? empty : Json::parse(how.timeline);
    RunTrace trace(timeline);
    for (const Violation& v : summary.violations) trace.add(v);
    all.push_back(metadata("process_name", kRunProcess, 0, "surisim run"));
    for (Json& one : trace.take()) all.push_back(std::move(one));
    other["events"] = timeline.at("events");
    other["events_one_by_one"] = timeline.at("shown");
    add_steps(all, kRunProcess + 1, "the schedule's last steps", summary.schedule.steps);
  }
  for (std::size_t i = 0; i < how.found_in.size(); ++i)
    add_steps(all, static_cast<int>(i) + kRunProcess, summary.violations[i].message,
              how.found_in[i].steps);
  // An event a line: a document for people would be several times as large.
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
