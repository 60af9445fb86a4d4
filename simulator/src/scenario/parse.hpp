// The parser of scenarios, in parts. lines.cpp: a line as words, strings and numbers. parse.cpp:
// the file, options, and checks of what a scenario refers to. parse_step.cpp, parse_expect.cpp:
// steps and expectations.
//
// When:    in parse_scenarios() and check_scenario(). Functions throw Mistake.
// Owner:   values, which keep copies.
// Threads: one at a time.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/script.hpp"
#include "surisim/options.hpp"

namespace surisim::scenario {

// What is wrong with a line. Caught by parse_scenarios().
struct Mistake {
  std::uint32_t column;  // from 1, in characters
  std::string message;
};

struct Word {
  std::string text;  // of a string: without quotes and escapes
  std::uint32_t column = 1;
  bool is_string = false;
};

class Line {
 public:
  // `text`: without its line break.
  explicit Line(std::string_view text);

  bool at_end() const { return next_ == words_.size(); }
  // The next word; at the end of the line an empty word with the column of the end.
  const Word& peek() const { return at_end() ? end_ : words_[next_]; }
  const Word& last() const { return next_ == 0 ? end_ : words_[next_ - 1]; }
  // Whether the next word is this one.
  bool is(std::string_view word) const { return !peek().is_string && peek().text == word; }
  // If the next word is this one, goes past it and returns true.
  bool take(std::string_view word);
  bool next_is_string() const { return !at_end() && peek().is_string; }

  // Read what comes next. `what` says what was expected, for the message.
  const Word& word(std::string_view what);
  const std::string& string(std::string_view what);
  // A whole number, hexadecimal after 0x.
  std::uint64_t count(std::string_view what, CountRange range);
  std::int64_t integer(std::string_view what, std::int64_t least, std::int64_t most);
  // One of these words; returns its index.
  std::size_t choose(std::span<const std::string_view> words);
  std::size_t choose(std::initializer_list<std::string_view> words) {
    return choose(std::span(words.begin(), words.size()));
  }
  // "31s", "1.5ms".
  std::chrono::microseconds duration();
  // Any number of strings, `hex 00ff` and `bytes 100`, concatenated; nullopt: there are none. At
  // most `most` bytes.
  std::optional<std::string> data(std::size_t most);
  // Bytes as an even number of hex digits.
  std::string hex();
  // Throws unless the line ends here. `what`: what could have followed.
  void end(std::string_view what = "the end of the line") const;

  // Throws "expected WHAT, got the next word". `names`: what the word may have been meant for.
  [[noreturn]] void refuse(std::string_view what,
                           std::span<const std::string_view> names = {}) const;
  template <class... Args>
  [[noreturn]] static void fail(const Word& at, fmt::format_string<Args...> text, Args&&... args) {
    throw Mistake{at.column, fmt::format(text, std::forward<Args>(args)...)};
  }

 private:
  void read_string(std::string_view text, std::size_t& at, std::uint32_t& column);

  std::vector<Word> words_;
  std::size_t next_ = 0;
  Word end_;
};

// "workers, autofp or single".
std::string one_of(std::span<const std::string_view> words);

// "GET /\x00": the bytes as a string that a Line can read.
std::string quoted(std::string_view bytes);

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

// Whether the next word is one of these.
template <std::size_t N>
bool is_among(const Line& line, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return line.is(word); });
}

struct NamedFlow {
  std::string name;
  std::uint8_t proto = 0;
};

// The flows that a scenario has named so far.
class NamedFlows {
 public:
  // False: there is already a flow of this name.
  bool add(NamedFlow flow);
  std::optional<FlowIndex> find(std::string_view name) const;
  const NamedFlow& operator[](FlowIndex index) const { return all_[index]; }
  std::size_t size() const { return all_.size(); }
  // The last hundred, for messages.
  std::vector<std::string_view> names() const;

  // Whether the next word is the name of a flow.
  bool are_next(const Line& line) const;
  FlowIndex read(Line& line) const;

 private:
  std::vector<NamedFlow> all_;
  std::map<std::string, FlowIndex, std::less<>> index_;
};

// The scenario that is being parsed.
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

// Parses a line that is a step. `bytes`: of all packets in the file so far.
void parse_step(Line& line, ScenarioInProgress& to, std::size_t& bytes);
// Parses what follows "expect".
void parse_expect(Line& line, ScenarioInProgress& to);

}  // namespace surisim::scenario
