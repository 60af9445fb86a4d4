// Plays a scenario step by step, and checks its expectations.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/safe_read.hpp"
#include "base/text.hpp"
#include "base/user_input.hpp"
#include "scenario/parse.hpp"
#include "scenario/script.hpp"

namespace surisim::scenario {

namespace {

class Player {
 public:
  Player(Runtime& runtime, const ScenarioScript& script)
      : playing_{.runtime = runtime, .script = script} {
    playing_.flows.resize(script.flows.size());
  }

  // `first_line`: of the scenario in its file.
  expected<std::vector<UnmetLine>> play(std::uint32_t first_line);

 private:
  // The error says why the step is impossible.
  expected<void> act(const AddFlow& step);
  expected<void> act(const SendPackets& step);
  expected<void> act(const SendExchange& step);
  expected<void> act(const SendRaw& step);
  expected<void> act(const ReuseFlow& step);
  expected<void> act(const EndFlow& step);
  expected<void> act(const PassTime& step);
  expected<void> act(const HoldThread& step);
  expected<void> act(const ReleaseThread& step);
  expected<void> act(const StopRun& step);
  expected<void> act(const Expectation& step);

  Traffic& traffic() { return *playing_.traffic; }
  PlayedFlow& flow(FlowIndex index) { return playing_.flows[index]; }
  // Adds the number of the flow, which its last packet may have started.
  void note_number(FlowIndex index);
  expected<void> start();
  void play_steps();
  expected<void> stop();
  void check_fatal(std::uint32_t first_line);

  Playing playing_;
  std::uint32_t line_ = 0;
  std::vector<UnmetLine> unmet_;
  std::optional<Error> stopping_failed_;
};

template <class T>
expected<void> without_value(const expected<T>& result) {
  if (result) return {};
  return tl::unexpected<Error>(result.error());
}

void Player::note_number(FlowIndex index) {
  if (const std::uint64_t number = traffic().number_of(flow(index).id); number != 0)
    flow(index).numbers.insert(number);
}

expected<void> Player::act(const AddFlow& step) {
  const auto id = traffic().add_flow(step.spec);
  if (id) flow(step.flow).id = *id;
  return without_value(id);
}

expected<void> Player::act(const SendPackets& step) {
  for (std::uint32_t i = 0; i < step.times; ++i) {
    for (const PacketSpec& packet : step.packets) {
      const auto sent = traffic().send(flow(step.flow).id, packet);
      if (!sent) return without_value(sent);
      note_number(step.flow);
    }
  }
  return {};
}

expected<void> Player::act(const SendExchange& step) {
  const auto sent = exchange(traffic(), flow(step.flow).id, step.what);
  note_number(step.flow);
  return without_value(sent);
}

expected<void> Player::act(const SendRaw& step) {
  return without_value(traffic().send_raw(step.frame, step.worker.worker));
}

expected<void> Player::act(const ReuseFlow& step) {
  const auto sent = traffic().reuse(flow(step.flow).id);
  if (sent) note_number(step.flow);
  return without_value(sent);
}

expected<void> Player::act(const EndFlow& step) {
  return traffic().end(flow(step.flow).id, step.how, step.worker.worker);
}

expected<void> Player::act(const PassTime& step) {
  return traffic().pass(step.time, step.unnoticed);
}

expected<void> Player::act(const HoldThread& step) {
  const auto name = name_of(playing_, step.thread);
  if (!name) return without_value(name);
  return traffic().hold(*name, step.point);
}

expected<void> Player::act(const ReleaseThread& step) {
  const auto name = name_of(playing_, step.thread);
  if (!name) return without_value(name);
  auto released = traffic().release(*name);
  // A packet that was held may have started a flow.
  for (FlowIndex i = 0; i < playing_.flows.size(); ++i) note_number(i);
  return released;
}

expected<void> Player::act(const StopRun&) { return stop(); }

expected<void> Player::act(const Expectation& step) {
  if (std::string why = unmet(playing_, step); !why.empty())
    unmet_.push_back({line_, std::move(why)});
  return {};
}

expected<void> Player::stop() {
  if (playing_.stopped) return {};
  if (const std::string held = traffic().held(); !held.empty())
    unmet_.push_back(
        {line_, fmt::format("the shutdown waits for the thread, but {}: release it first", held)});
  if (std::string missed = traffic().missed(); !missed.empty())
    unmet_.push_back({line_, std::move(missed)});
  playing_.stopped = true;
  auto stopped = playing_.runtime.stop();
  if (!stopped) stopping_failed_ = stopped.error();
  return stopped;
}

expected<void> Player::start() {
  if (auto started = playing_.runtime.start(); !started) return started;
  const auto opened = playing_.runtime.traffic();
  if (opened) playing_.traffic = *opened;
  return without_value(opened);
}

void Player::play_steps() {
  for (const Step& step : playing_.script.steps) {
    line_ = step.line;
    const bool possible =
        playing_.traffic != nullptr || std::holds_alternative<Expectation>(step.action);
    if (!possible) continue;
    const auto done = std::visit([this](const auto& action) { return act(action); }, step.action);
    if (done) continue;
    if (!stopping_failed_) unmet_.push_back({line_, done.error().message});
    return;
  }
}

// Compares whether Suricata would have exited with what was expected.
void Player::check_fatal(std::uint32_t first_line) {
  const std::string said = playing_.runtime.summary().stopped_by;
  const auto& wanted = playing_.script.fatal;
  if (!wanted) {
    if (!said.empty()) unmet_.push_back({first_line, "Suricata would exit: " + said});
  } else if (said.empty()) {
    unmet_.push_back({wanted->line, "expected Suricata to exit, but it ended normally"});
  } else if (said.find(wanted->text) == said.npos) {
    unmet_.push_back({wanted->line, fmt::format("expected Suricata to exit with \"{}\", got \"{}\"",
                                                wanted->text, said)});
  }
}

expected<std::vector<UnmetLine>> Player::play(std::uint32_t first_line) {
  const auto is_fatal = [](const Error& error) { return error.code == ErrorCode::engine_refused; };
  if (const auto started = start(); !started) {
    if (!is_fatal(started.error())) return tl::unexpected<Error>(started.error());
    playing_.stopped = true;  // expectations about the start are still checked
  }
  play_steps();
  line_ = playing_.script.last_line;
  (void)stop();
  if (stopping_failed_ && !is_fatal(*stopping_failed_))
    return tl::unexpected<Error>(*stopping_failed_);
  check_fatal(first_line);
  return std::move(unmet_);
}

}  // namespace

expected<std::string> name_of(const Playing& playing, const ThreadRef& thread) {
  if (playing.traffic == nullptr) return thread.name;
  if (thread.worker != 0) return playing.traffic->worker_name(thread.worker);
  if (!thread.name.starts_with("W#") || thread.name.find('-') != std::string::npos)
    return thread.name;
  for (std::uint32_t i = 1;; ++i) {
    const auto name = playing.traffic->worker_name(i);
    if (!name) return thread.name;
    if (name->starts_with(thread.name + "-")) return *name;
  }
}

namespace {

constexpr std::size_t kMostShown = 20;  // callbacks in a message

std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

// At most about 64 bytes, in quotes.
std::string in_quotes(std::string_view bytes) {
  constexpr std::size_t kMost = 64;
  if (bytes.size() <= kMost) return quoted(bytes);
  std::size_t end = 0;  // do not cut a character
  while (end < kMost) end += std::max<std::size_t>(base::utf8_length(bytes.substr(end)), 1);
  return quoted(bytes.substr(0, end)) + "…";
}

// The bytes as a value of this type.
std::string shown_as(const std::string& type, const std::string& bytes) {
  if (type.empty()) return in_quotes(bytes);
  std::uint64_t bits = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    bits = bits << 8 | static_cast<unsigned char>(bytes[i - 1]);
  if (type.front() == 'u') return fmt::format("{} {}", type, bits);
  const std::size_t shift = 64 - 8 * bytes.size();
  return fmt::format("{} {}", type, static_cast<std::int64_t>(bits << shift) >> shift);
}

std::string unmet_expectation(const Playing& playing, const ExpectValue& wanted) {
  const std::string& owner = wanted.flow ? playing.script.flows[*wanted.flow] : wanted.thread.name;
  const std::string what = fmt::format(
      "the value of {} in \"{}\"",
      owner.empty() ? fmt::format("worker {}", wanted.thread.worker) : owner, wanted.slot);
  if (playing.stopped)
    return fmt::format("expected {}, but values have been freed: the run has stopped", what);
  expected<void*> value = nullptr;
  if (wanted.flow) {
    value = playing.traffic->value(playing.flows[*wanted.flow].id, wanted.slot);
  } else if (const auto thread = name_of(playing, wanted.thread); !thread) {
    value = tl::unexpected<Error>(thread.error());
  } else {
    value = playing.runtime.thread_value(*thread, wanted.slot);
  }
  if (!value) return fmt::format("expected {}, but {}", what, value.error().message);
  if (wanted.is == ExpectValue::Is::none)
    return *value == nullptr ? "" : fmt::format("expected {} to be none, but it is set", what);
  if (*value == nullptr)
    return fmt::format("expected {}{}, but it is none", what,
                       wanted.is == ExpectValue::Is::set
                           ? " to be set"
                           : " to be " + shown_as(wanted.type, wanted.bytes));
  if (wanted.is == ExpectValue::Is::set) return "";

  std::string got(wanted.bytes.size(), '\0');
  const std::size_t read =
      base::read_memory(static_cast<const char*>(*value) + wanted.offset, got.data(), got.size());
  const std::string where = wanted.offset == 0 ? "" : fmt::format(" at {}", wanted.offset);
  if (read < got.size())
    return fmt::format("expected {}{} to be {}, but only {} can be read there", what, where,
                       shown_as(wanted.type, wanted.bytes), count_of(read, "byte"));
  if (got == wanted.bytes) return "";
  return fmt::format("expected {}{} to be {}, got {}", what, where,
                     shown_as(wanted.type, wanted.bytes), shown_as(wanted.type, got));
}

// The scenario's name for the flow with this number; empty: it has none.
std::string_view flow_name(const Playing& playing, std::uint64_t number) {
  for (FlowIndex i = 0; i < playing.flows.size(); ++i) {
    if (number != 0 && playing.flows[i].numbers.contains(number)) return playing.script.flows[i];
  }
  return {};
}

// "W#02" also stands for "W#02-eth0".
bool is_thread(const std::string& name, const std::string& wanted) {
  return wanted.empty() || name == wanted || name.starts_with(wanted + "-");
}

std::string describe(const Playing& playing, const ExpectCallbacks& wanted,
                     const std::string& thread, const std::string& tv) {
  std::string text = !wanted.count        ? "a callback"
                     : *wanted.count == 0 ? "no callback"
                                          : count_of(*wanted.count, "callback");
  if (!wanted.kind.empty()) text += " " + wanted.kind;
  if (wanted.packet != 0) text += fmt::format(" for packet {}", wanted.packet);
  if (wanted.to_server) text += *wanted.to_server ? " to the server" : " to the client";
  if (wanted.flow) text += " of " + playing.script.flows[*wanted.flow];
  if (!thread.empty()) text += " on " + thread;
  if (!tv.empty()) text += " with tv " + tv;
  return text;
}

std::string unmet_expectation(const Playing& playing, const ExpectCallbacks& wanted) {
  const auto thread = name_of(playing, wanted.thread);
  const auto tv = name_of(playing, wanted.tv);
  if (!thread || !tv) return (thread ? tv : thread).error().message;
  const auto of_flow = [&](const Callback& call) {
    return !wanted.flow || playing.flows[*wanted.flow].numbers.contains(call.flow);
  };
  std::uint64_t found = 0;
  std::vector<std::string> others;  // what happened instead; if a flow is named, only its callbacks
  for (const Callback& call : callbacks_in(playing.runtime.events())) {
    const bool kind = wanted.kind.empty() || call.kind == wanted.kind;
    const bool packet = (wanted.packet == 0 || call.packet == wanted.packet) &&
                        (!wanted.to_server || call.to_server == *wanted.to_server);
    if (kind && packet && of_flow(call) && is_thread(call.thread, *thread) &&
        is_thread(call.tv, *tv))
      ++found;
    const bool is_thread_init = call.kind == "thread init";
    if (of_flow(call) && is_thread_init == (wanted.kind == "thread init"))
      others.push_back(to_string(call, flow_name(playing, call.flow)));
  }
  if (wanted.count ? found == *wanted.count : found > 0) return "";
  std::string text = fmt::format("expected {}, got {}; ", describe(playing, wanted, *thread, *tv),
                                 found == 0 ? "none" : std::to_string(found));
  if (others.empty()) return text + "there was no callback";
  text += "there were:";
  const std::size_t skipped = others.size() - std::min(others.size(), kMostShown);
  if (skipped > 0) text += fmt::format("\n  … {} earlier", skipped);
  for (std::size_t i = skipped; i < others.size(); ++i) text += "\n  " + others[i];
  return text;
}

// The field at a path such as "flow.pkts_toserver"; null: there is none. Names may contain dots.
const nlohmann::json* field(const nlohmann::json& in, std::string_view path) {
  if (!in.is_object()) return nullptr;
  if (const auto whole = in.find(std::string(path)); whole != in.end()) return &*whole;
  const std::size_t dot = path.find('.');
  if (dot == path.npos) return nullptr;
  const auto part = in.find(std::string(path.substr(0, dot)));
  return part == in.end() ? nullptr : field(*part, path.substr(dot + 1));
}

std::string unmet_expectation(const Playing& playing, const ExpectEve& wanted) {
  std::vector<nlohmann::json> records;
  std::map<std::string, std::uint64_t> types;
  for (const std::string& line : playing.script.records->all()) {
    auto record = nlohmann::json::parse(line, nullptr, false);
    const nlohmann::json* const type = field(record, "event_type");
    const std::string name = record.is_discarded()                  ? "not JSON: " + in_quotes(line)
                             : type != nullptr && type->is_string() ? type->get<std::string>()
                                                                    : "without event_type";
    ++types[name];
    if (wanted.type == "any" || name == wanted.type) records.push_back(std::move(record));
  }
  std::string made;
  for (const auto& [name, count] : types)
    made += fmt::format("{}{} {}", made.empty() ? "" : ", ", count, name);
  made = made.empty() ? "there are no records" : "there are " + made;
  const std::string of_type = wanted.type == "any" ? "" : wanted.type + " ";
  if (wanted.count) {
    if (records.size() == *wanted.count) return "";
    return fmt::format("expected {}, got {}; {}", count_of(*wanted.count, of_type + "EVE record"),
                       records.size(), made);
  }
  const std::string what =
      fmt::format("{} of the last {}EVE record to be {}", wanted.path, of_type, wanted.value);
  if (records.empty()) return fmt::format("expected {}, got no such record; {}", what, made);
  if (records.back().is_discarded())
    return fmt::format("expected {}, but it is not JSON; {}", what, made);
  const nlohmann::json* const got = field(records.back(), wanted.path);
  if (got != nullptr && *got == nlohmann::json::parse(wanted.value, nullptr, false)) return "";
  const auto text = [](const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  return fmt::format("expected {}, got {}; the record is\n  {}", what,
                     got == nullptr ? "no such field" : text(*got), text(records.back()));
}

std::string unmet_expectation(const Playing& playing, const ExpectLog& wanted) {
  std::vector<std::string> lines;
  bool found = false;
  for (const Event& event : playing.runtime.events()) {
    if (event.kind != EventKind::log) continue;
    found = found || event.what.find(wanted.text) != event.what.npos;
    lines.emplace_back(event.what);
  }
  if (found == wanted.some) return "";
  std::string text =
      fmt::format("expected {} log line with {}", wanted.some ? "a" : "no", in_quotes(wanted.text));
  if (lines.empty()) return text + "; nothing was logged";
  text += "; there were:";
  const std::size_t skipped = lines.size() - std::min(lines.size(), kMostShown);
  for (std::size_t i = skipped; i < lines.size(); ++i) text += "\n  " + in_quotes(lines[i]);
  return text;
}

std::string unmet_expectation(const Playing& playing, const ExpectFlow& wanted) {
  const PlayedFlow& flow = playing.flows[wanted.flow];
  const bool open = !playing.stopped && playing.traffic->is_open(flow.id);
  const bool started = !flow.numbers.empty();
  if (wanted.open ? open : started && !open) return "";
  return fmt::format("expected {} to be {}, but it {}", playing.script.flows[wanted.flow],
                     wanted.open ? "open" : "ended",
                     open      ? "is open"
                     : started ? "has ended"
                               : "has not started");
}

}  // namespace

std::string unmet(const Playing& playing, const Expectation& expectation) {
  return std::visit([&](const auto& wanted) { return unmet_expectation(playing, wanted); },
                    expectation);
}

}  // namespace surisim::scenario

namespace surisim {

expected<std::vector<UnmetLine>> play_scenario(Runtime& runtime, const Scenario& scenario) {
  return scenario::Player(runtime, *scenario.script).play(scenario.line);
}

}  // namespace surisim
