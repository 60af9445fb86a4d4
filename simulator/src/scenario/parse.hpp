// Parts of the parser that several of its files use.
//
// When:    while a scenario is parsed. Functions throw Mistake.
// Owner:   the parser.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/lines.hpp"
#include "scenario/script.hpp"

namespace surisim::scenario {

// Words that a line can begin with, besides the flows' names.
inline constexpr std::array<std::string_view, 16> kOptionWords = {
    "plugin",         "mode",
    "capture",        "device",
    "threads",        "flow-managers",
    "flow-recyclers", "bypass-manager",
    "no-stats",       "receive-threads",
    "config",         "set",
    "fail",           "log-level",
    "eve-filetype",   "no-command-socket"};
inline constexpr std::array<std::string_view, 12> kStepWords = {
    "scenario", "tcp",  "udp",  "sctp",    "icmp", "ip",
    "raw",      "pass", "hold", "release", "stop", "expect"};

// The next word is one of these.
template <std::size_t N>
bool is_among(const Line& line, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return line.is(word); });
}

struct NamedFlow {
  std::string name;
  std::uint8_t proto = 0;
  bool ipv6 = false;
};

// The flows that a scenario has named so far.
class NamedFlows {
 public:
  // False: there is one of this name.
  bool add(NamedFlow flow);
  std::optional<FlowIndex> find(std::string_view name) const;
  const NamedFlow& operator[](FlowIndex index) const { return all_[index]; }
  std::size_t size() const { return all_.size(); }
  // The last ones, as far as messages need them.
  std::vector<std::string_view> names() const;

  // The next word is one of the flows' names.
  bool are_next(const Line& line) const;
  FlowIndex read(Line& line) const;

 private:
  std::vector<NamedFlow> all_;
  std::map<std::string, FlowIndex, std::less<>> index_;
};

// The scenario to which steps are added.
struct ScenarioInProgress {
  Scenario scenario;
  NamedFlows flows = {};
  std::uint32_t line = 0;
  std::uint32_t stopped = 0;  // the line with `stop`; 0: there is none so far

  void add(Action action) { scenario.script->steps.push_back({line, std::move(action)}); }
};

// "FR#01", "W#02", or 2 for a worker.
ThreadRef read_thread(Line& line);
// "init", "update" or "finish".
std::size_t read_flow_callback(Line& line);
// The words that a line of a scenario can begin with.
std::vector<std::string_view> first_words(const NamedFlows& flows);

// A line that is a step; `bytes`: of all packets of the file so far.
void parse_step(Line& line, ScenarioInProgress& to, std::size_t& bytes);
// What follows "expect".
void parse_expect(Line& line, ScenarioInProgress& to);

}  // namespace surisim::scenario
