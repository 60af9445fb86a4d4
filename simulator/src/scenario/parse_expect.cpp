// Parses lines that begin with "expect".
#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/user_input.hpp"
#include "scenario/parse.hpp"
#include "surisim/rules.hpp"

namespace surisim::scenario {

namespace {

constexpr std::uint64_t kMostCount = 1'000'000'000;
constexpr std::size_t kMostBytes = std::size_t{64} << 10;  // of a value

struct IntegerType {
  std::string_view name;
  std::size_t size;
  bool is_signed;
};
constexpr std::array<IntegerType, 8> kTypes = {{{"u8", 1, false},
                                                {"u16", 2, false},
                                                {"u32", 4, false},
                                                {"u64", 8, false},
                                                {"i8", 1, true},
                                                {"i16", 2, true},
                                                {"i32", 4, true},
                                                {"i64", 8, true}}};

// As it is in memory.
std::string image(std::uint64_t bits, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(bits >> (8 * i) & 0xff);
  return bytes;
}

std::string integer(Line& line, const IntegerType& type) {
  if (!type.is_signed) {
    const std::uint64_t most = UINT64_MAX >> (64 - 8 * type.size);
    return image(line.count(type.name, {0, most}), type.size);
  }
  const std::int64_t most = INT64_MAX >> (64 - 8 * type.size);
  const std::int64_t n = line.integer(type.name, -most - 1, most);
  return image(static_cast<std::uint64_t>(n), type.size);
}

constexpr std::string_view kValueForms =
    "u32 5 (u8 to u64, i8 to i64), a string, hex 00ff, none or set";

// value of web in "slot" at 8 is u32 5
ExpectValue value(Line& line, const NamedFlows& flows) {
  ExpectValue wanted;
  if (!line.take("of")) line.refuse("of, and a flow or a thread");
  if (flows.are_next(line)) {
    wanted.flow = flows.read(line);
  } else {
    const bool is_thread = line.peek().text.find_first_of("#0123456789") == 0 ||
                           line.peek().text.find('#') != std::string::npos;
    if (!is_thread) {
      const std::array<std::string_view, 5> others = {"main", "CW", "CS", "US", "FB"};
      const bool other = std::find(others.begin(), others.end(), line.peek().text) != others.end();
      if (!other) line.refuse("a flow, or a thread such as W#01", flows.names());
    }
    wanted.thread = read_thread(line);
  }
  if (!line.take("in")) line.refuse("in, and the slot's name as a string");
  wanted.slot = line.string("the slot's name as a string");
  if (line.take("at")) wanted.offset = line.count("at", {0, kMostBytes});
  if (!line.take("is")) line.refuse("is, or at and an offset in bytes");
  if (line.take("none")) {
    wanted.is = ExpectValue::Is::none;
    return wanted;
  }
  if (line.take("set")) return wanted;
  wanted.is = ExpectValue::Is::bytes;
  for (const IntegerType& type : kTypes) {
    if (!line.take(type.name)) continue;
    wanted.type = type.name;
    wanted.bytes = integer(line, type);
    return wanted;
  }
  const auto bytes = line.data(kMostBytes);
  if (!bytes) line.refuse(kValueForms);
  wanted.bytes = *bytes;
  return wanted;
}

// flow update for packet 3 to server of web on W#02 with tv W#02
ExpectCallbacks callbacks(Line& line, const NamedFlows& flows) {
  ExpectCallbacks wanted;
  if (line.take("thread")) {
    line.choose({"init"});
    wanted.kind = "thread init";
  } else if (line.take("flow")) {
    constexpr std::array<const char*, 3> kKinds = {"flow init", "flow update", "flow finish"};
    wanted.kind = kKinds[read_flow_callback(line)];
  }
  if (line.take("for")) {
    if (!line.take("packet")) line.refuse("packet and its number in the flow");
    wanted.packet = line.count("packet", {1, kMostCount});
    if (line.take("to")) wanted.to_server = line.choose({"server", "client"}) == 0;
  }
  if (line.take("of")) wanted.flow = flows.read(line);
  if (line.take("on")) wanted.thread = read_thread(line);
  if (line.take("with")) {
    if (!line.take("tv")) line.refuse("tv and a thread");
    wanted.tv = read_thread(line);
  }
  line.end("flow init, flow update, flow finish, thread init, for packet, of, on or with tv");
  return wanted;
}

// A number, a string, true, false or null.
std::string json_value(Line& line) {
  constexpr std::string_view kWhat = "a number, a string, true, false or null";
  if (line.next_is_string())
    return nlohmann::json(line.string(kWhat))
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const Word& word = line.word(kWhat);
  const bool simple = word.text.find_first_of("[{") == std::string::npos;
  const auto parsed = simple ? nlohmann::json::parse(word.text, nullptr, false) : nlohmann::json();
  if (!simple || parsed.is_discarded())
    Line::fail(word, "expected {}, got \"{}\"", kWhat, base::shown(word.text));
  return parsed.dump();
}

// flow: a count was given. flow flow.pkts_toserver is 1
ExpectEve eve(Line& line, std::optional<std::uint64_t> count) {
  ExpectEve wanted{count, line.word("the event_type of EVE records").text, "", ""};
  if (count) return wanted;
  wanted.path = line.word("a field of the record, as flow.pkts_toserver").text;
  if (!line.take("is")) line.refuse("is, and the field's value");
  wanted.value = json_value(line);
  return wanted;
}

void violation(Line& line, ScenarioInProgress& to) {
  const Word& id = line.word("the id of a rule");
  if (find_rule(id.text) == nullptr) Line::fail(id, "{}", unknown_rule(id.text));
  ExpectedViolation wanted{id.text, "", to.line};
  if (line.take("at")) wanted.place = line.string("a place as a string, as in --suppress");
  line.end("at, and a place as a string");
  to.scenario.violations.push_back(std::move(wanted));
}

constexpr std::array<std::string_view, 9> kForms = {
    "value", "fatal", "callback", "callbacks", "eve", "log", "violation", "no", "violations"};
constexpr std::string_view kExpected =
    "value, callback, eve, log, violation, fatal, no, a count or a flow";

}  // namespace

void parse_expect(Line& line, ScenarioInProgress& to) {
  const NamedFlows& flows = to.flows;
  const auto add = [&](Expectation expectation) {
    line.end();
    to.add(std::move(expectation));
  };
  if (flows.are_next(line)) {
    const FlowIndex index = flows.read(line);
    if (!line.take("is")) line.refuse("is open, or is ended");
    return add(ExpectFlow{index, line.choose({"open", "ended"}) == 0});
  }
  if (to.stopped != 0 && line.is("value"))
    Line::fail(line.peek(), "expected value before stop in line {}, which frees all values",
               to.stopped);
  if (line.take("value")) return add(value(line, flows));
  if (line.take("violation")) return violation(line, to);
  if (line.take("fatal")) {
    std::string text = line.next_is_string() ? line.string("") : "";
    line.end("a part of what Suricata would say, as a string");
    to.scenario.script->fatal = {to.line, std::move(text)};
    return;
  }

  std::optional<std::uint64_t> count;
  const std::string& first = line.peek().text;
  const bool is_count = !line.peek().is_string && !first.empty() &&
                        first.find_first_not_of("0123456789") == first.npos;
  if (line.take("no")) {
    count = 0;
  } else if (is_count) {
    count = line.count("a count", {0, kMostCount});
  }
  if (count == 0 && line.take("violations")) {
    line.end();
    to.scenario.fail_on = Severity::note;
    return;
  }
  if (line.take("callback") || line.take("callbacks")) {
    ExpectCallbacks wanted = callbacks(line, flows);
    wanted.count = count;
    return add(std::move(wanted));
  }
  if (line.take("eve")) return add(eve(line, count));
  if ((!count || count == 0) && line.take("log"))
    return add(ExpectLog{!count.has_value(), line.string("the text as a string")});
  if (count) line.refuse("callbacks or eve, or after no also log or violations", kForms);
  std::vector<std::string_view> names = flows.names();
  names.insert(names.end(), kForms.begin(), kForms.end());
  line.refuse(kExpected, names);
}

}  // namespace surisim::scenario
