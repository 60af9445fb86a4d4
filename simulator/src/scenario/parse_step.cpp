// Parses steps: flows, packets, ends of flows, time, and holding and releasing threads.
#include <netinet/in.h>

#include <charconv>

#include "base/user_input.hpp"
#include "by_hand/conversation.hpp"
#include "scenario/parse.hpp"

namespace surisim::scenario {

namespace {

constexpr std::size_t kMostPayload = 65'435;                // bytes of a packet
constexpr std::size_t kMostFrame = 65'600;                  // bytes of a raw packet
constexpr std::size_t kMostInFile = std::size_t{64} << 20;  // bytes of all packets
constexpr std::uint64_t kMostTimes = 100'000;

bool is_name(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return !text.empty() && kLetters.find(text[0]) != text.npos &&
         text.find_first_not_of(std::string(kLetters) + "0123456789-") == text.npos;
}

// 2, or W#02.
ThreadRef worker(Line& line) {
  constexpr std::string_view kWhat = "a worker such as 2 or W#02";
  if (line.peek().text.starts_with("W#") && !line.peek().is_string) {
    const Word& word = line.word(kWhat);
    std::uint32_t number = 0;
    const char* const end = word.text.data() + word.text.size();
    const auto [stop, error] = std::from_chars(word.text.data() + 2, end, number);
    if (error != std::errc() || stop != end || number == 0)
      Line::fail(word, "expected {}, got \"{}\"", kWhat, base::shown(word.text));
    return {"", number, word.column};
  }
  const auto number = static_cast<std::uint32_t>(line.count(kWhat, count_range::kThreads));
  return {"", number, line.last().column};
}

// TCP flags by their letters: "SA".
std::uint8_t tcp_flags(Line& line) {
  constexpr std::string_view kLetters = "FSRPAUEC";  // from the lowest bit
  const Word& word = line.word("TCP flags, letters of FSRPAUEC");
  unsigned flags = 0;
  for (const char letter : word.text) {
    const std::size_t bit = kLetters.find(letter);
    if (bit == kLetters.npos)
      Line::fail(word, "expected TCP flags, letters of {}, got \"{}\"", kLetters,
                 base::shown(word.text));
    flags |= 1U << bit;
  }
  return static_cast<std::uint8_t>(flags);
}

class StepParser {
 public:
  StepParser(Line& line, ScenarioInProgress& to, std::size_t& bytes)
      : line_(line), to_(to), bytes_(bytes) {}

  void read();

 private:
  void require_running() const;
  void add_flow(std::uint8_t proto);
  void flow_step(FlowIndex index);
  bool end_of_flow(FlowIndex index);
  void packet(FlowIndex index, bool to_server);
  bool packet_option(PacketSpec& spec, std::uint32_t& times);
  void require_tcp(const Word& word, FlowIndex index) const;
  void raw();
  void hold();
  void count_bytes(const Word& at, std::size_t bytes);

  Line& line_;
  ScenarioInProgress& to_;
  std::size_t& bytes_;  // of all packets in the file so far
};

void StepParser::count_bytes(const Word& at, std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kMostInFile)
    Line::fail(at, "expected at most {} bytes in the packets of a file", kMostInFile);
}

// Only `expect` may follow `stop`.
void StepParser::require_running() const {
  const bool is_step = to_.flows.are_next(line_) || is_among(line_, kStepWords);
  if (to_.stopped != 0 && is_step && !line_.is("expect"))
    Line::fail(line_.peek(), "expected only expect lines after stop in line {}", to_.stopped);
}

void StepParser::read() {
  require_running();
  if (to_.flows.are_next(line_)) return flow_step(to_.flows.read(line_));
  if (!is_among(line_, kStepWords))
    line_.refuse("a step, or the name of a flow", first_words(to_.flows));
  if (line_.take("tcp")) return add_flow(IPPROTO_TCP);
  if (line_.take("udp")) return add_flow(IPPROTO_UDP);
  if (line_.take("sctp")) return add_flow(IPPROTO_SCTP);
  if (line_.take("icmp")) return add_flow(IPPROTO_ICMP);
  if (line_.take("ip"))
    return add_flow(static_cast<std::uint8_t>(line_.count("IP protocol", {0, 255})));
  if (line_.take("raw")) return raw();
  if (line_.take("hold")) return hold();
  if (line_.take("stop")) {
    to_.stopped = to_.line;
    return to_.add(StopRun{});
  }
  if (line_.take("expect")) return parse_expect(line_, to_);
  if (line_.take("pass")) {
    const std::chrono::microseconds time = line_.duration();
    return to_.add(PassTime{time, line_.take("unnoticed")});
  }
  line_.take("release");
  to_.add(ReleaseThread{line_.take("all") ? ThreadRef() : read_thread(line_)});
}

// web 10.0.0.1:1025 > 10.0.0.2:80 on 2 vlan 10
void StepParser::add_flow(std::uint8_t proto) {
  const Word name = line_.word("a name for the flow");
  const std::vector<std::string_view> taken = first_words(NamedFlows());
  if (!is_name(name.text))
    Line::fail(name, "expected a name for the flow, letters, digits, - and _, got \"{}\"",
               base::shown(name.text));
  if (std::find(taken.begin(), taken.end(), name.text) != taken.end())
    Line::fail(name, "expected a name for the flow; {} is the name of a step or an option",
               name.text);
  const bool has_ports = engine::has_ports(proto);
  const auto endpoint = [&](std::string_view what) {
    const Word& word = line_.word(what);
    const auto end = engine::parse_endpoint(word.text, has_ports);
    if (!end) Line::fail(word, "{}", end.error().message);
    return word.text;
  };
  AddFlow step{to_.flows.size(), {.proto = proto, .client = "", .server = ""}};
  const Word client = line_.peek();
  step.spec.client = endpoint("the client's address");
  if (!line_.take(">")) line_.refuse("> and the server's address");
  step.spec.server = endpoint("the server's address");
  if (proto == IPPROTO_ICMP && step.spec.client.find(':') != std::string::npos)
    step.spec.proto = IPPROTO_ICMPV6;
  while (!line_.at_end()) {
    if (line_.take("on")) {
      step.worker = worker(line_);
      step.spec.worker = step.worker.worker;
    } else if (line_.take("vlan")) {
      step.spec.vlans.push_back(static_cast<std::uint16_t>(line_.count("vlan", {0, 4095})));
    } else {
      line_.refuse("on, vlan or the end of the line");
    }
  }
  if (const auto made = engine::Conversation::make(step.spec); !made)
    Line::fail(client, "{}", made.error().message);
  if (!to_.flows.add({name.text, step.spec.proto}))
    Line::fail(name, "expected a unique name: there is already a flow {}", name.text);
  to_.add(std::move(step));
}

void StepParser::require_tcp(const Word& word, FlowIndex index) const {
  if (to_.flows[index].proto != IPPROTO_TCP)
    Line::fail(word, "{} is only for TCP flows, and {} is not one", word.text,
               to_.flows[index].name);
}

constexpr std::array<std::string_view, 12> kFlowWords = {">",
                                                         "<",
                                                         "handshake",
                                                         "close",
                                                         "reset",
                                                         "icmp-error",
                                                         "time-out",
                                                         "time-out-in-row",
                                                         "take-under-pressure",
                                                         "reuse",
                                                         "hand-back-at-shutdown",
                                                         "leave-to-backstop"};

void StepParser::flow_step(FlowIndex index) {
  constexpr std::pair<const char*, Exchange> kExchanges[] = {{"handshake", Exchange::handshake},
                                                             {"close", Exchange::close},
                                                             {"reset", Exchange::reset},
                                                             {"icmp-error", Exchange::icmp_error}};
  const Word word = line_.peek();
  if (line_.take(">") || line_.take("<")) return packet(index, word.text == ">");
  for (const auto& [name, exchange] : kExchanges) {
    if (!line_.take(name)) continue;
    if (exchange != Exchange::icmp_error) require_tcp(word, index);
    return to_.add(SendExchange{index, exchange});
  }
  if (!end_of_flow(index)) line_.refuse(one_of(kFlowWords), kFlowWords);
}

bool StepParser::end_of_flow(FlowIndex index) {
  const auto on = [&] { return line_.take("on") ? worker(line_) : ThreadRef(); };
  if (line_.is("reuse") || line_.is("hand-back-at-shutdown")) require_tcp(line_.peek(), index);
  if (line_.take("time-out")) {
    to_.add(EndFlow{index, FlowEnd::time_out});
  } else if (line_.take("time-out-in-row")) {
    to_.add(EndFlow{index, FlowEnd::hash_row, on()});
  } else if (line_.take("take-under-pressure")) {
    to_.add(EndFlow{index, FlowEnd::memory_pressure, on()});
  } else if (line_.take("leave-to-backstop")) {
    to_.add(EndFlow{index, FlowEnd::shutdown_backstop});
  } else if (line_.take("hand-back-at-shutdown")) {
    to_.add(EndFlow{index, FlowEnd::shutdown_hand_back});
  } else if (line_.take("reuse")) {
    to_.add(ReuseFlow{index});
  } else {
    return false;
  }
  return true;
}

bool StepParser::packet_option(PacketSpec& spec, std::uint32_t& times) {
  const auto number = [&](std::string_view what, std::uint64_t least, std::uint64_t most) {
    return static_cast<std::uint32_t>(line_.count(what, {least, most}));
  };
  // Negative numbers are valid: sequence numbers wrap around.
  const auto bytes = [&](std::string_view what) {
    return static_cast<std::uint32_t>(line_.integer(what, INT32_MIN, INT32_MAX));
  };
  if (line_.take("flags")) {
    spec.tcp_flags = tcp_flags(line_);
  } else if (line_.take("gap")) {
    spec.gap = bytes("gap");
  } else if (line_.take("unacked")) {
    spec.unacked = bytes("unacked");
  } else if (line_.take("bad-checksum")) {
    spec.bad_checksum = true;
  } else if (line_.take("fragments")) {
    spec.fragments = number("fragments", 1, 8192);
  } else if (line_.take("icmp-error")) {
    spec.icmp_error = static_cast<std::uint8_t>(number("icmp-error", 0, 255));
  } else if (line_.take("times")) {
    times = number("times", 1, kMostTimes);
  } else {
    return false;
  }
  return true;
}

// > "GET /" flags SA gap 100 bad-checksum fragments 2 times 5
void StepParser::packet(FlowIndex index, bool to_server) {
  constexpr std::array<std::string_view, 7> kOptions = {
      "flags", "gap", "unacked", "bad-checksum", "fragments", "icmp-error", "times"};
  const Word begin = line_.peek();
  SendPackets step{index, {{.to_server = to_server}}};
  PacketSpec& spec = step.packets.front();
  if (auto payload = line_.data(kMostPayload)) spec.payload = *std::move(payload);
  count_bytes(begin, spec.payload.size());
  while (!line_.at_end()) {
    const Word option = line_.peek();
    if (!packet_option(spec, step.times))
      line_.refuse("a string, hex, bytes, " + one_of(kOptions), kOptions);
    if (option.text == "flags" || option.text == "gap" || option.text == "unacked")
      require_tcp(option, index);
  }
  if (spec.icmp_error && !spec.payload.empty())
    Line::fail(begin, "expected no payload: an ICMP error quotes a packet of the flow");
  to_.add(std::move(step));
}

// on 1 0011…
void StepParser::raw() {
  SendRaw step;
  step.worker.worker = 1;
  if (line_.take("on")) step.worker = worker(line_);
  const Word begin = line_.peek();
  step.frame = line_.hex();
  if (step.frame.size() > kMostFrame)
    Line::fail(begin, "expected at most {} bytes, got {}", kMostFrame, step.frame.size());
  count_bytes(begin, step.frame.size());
  to_.add(std::move(step));
}

// W#02 in flow update
void StepParser::hold() {
  if (line_.take("any")) return to_.add(HoldThread{});
  HoldThread step{read_thread(line_), std::nullopt};
  const bool after = line_.choose({"in", "after"}) == 1;
  line_.choose({"flow"});
  constexpr std::array kIn = {FlowPoint::flow_init, FlowPoint::flow_update, FlowPoint::flow_finish};
  constexpr std::array kAfter = {FlowPoint::after_flow_init, FlowPoint::after_flow_update,
                                 FlowPoint::after_flow_finish};
  const std::size_t which = read_flow_callback(line_);
  step.point = after ? kAfter[which] : kIn[which];
  to_.add(std::move(step));
}

}  // namespace

bool NamedFlows::add(NamedFlow flow) {
  if (!index_.emplace(flow.name, all_.size()).second) return false;
  all_.push_back(std::move(flow));
  return true;
}

std::optional<FlowIndex> NamedFlows::find(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> NamedFlows::names() const {
  constexpr std::size_t kMost = 100;
  std::vector<std::string_view> names;
  for (std::size_t i = all_.size() - std::min(all_.size(), kMost); i < all_.size(); ++i)
    names.push_back(all_[i].name);
  return names;
}

bool NamedFlows::are_next(const Line& line) const {
  return !line.at_end() && !line.peek().is_string && find(line.peek().text);
}

FlowIndex NamedFlows::read(Line& line) const {
  if (!are_next(line)) line.refuse("the name of a flow", names());
  return *find(line.word("").text);
}

ThreadRef read_thread(Line& line) {
  const Word& word = line.word("a thread such as W#02, or a worker's number");
  const bool is_number = word.text.find_first_not_of("0123456789") == word.text.npos;
  if (!is_number) return {word.text, 0, word.column};
  std::uint32_t number = 0;
  const char* const end = word.text.data() + word.text.size();
  const auto [stop, error] = std::from_chars(word.text.data(), end, number);
  const auto [least, most] = count_range::kThreads;
  if (error != std::errc() || stop != end || number < least || number > most)
    Line::fail(word, "{}", base::expected_count(least, most, word.text));
  return {"", number, word.column};
}

std::size_t read_flow_callback(Line& line) { return line.choose({"init", "update", "finish"}); }

std::vector<std::string_view> first_words(const NamedFlows& flows) {
  std::vector<std::string_view> words = flows.names();
  words.insert(words.end(), kStepWords.begin(), kStepWords.end());
  words.insert(words.end(), kOptionWords.begin(), kOptionWords.end());
  return words;
}

void parse_step(Line& line, ScenarioInProgress& to, std::size_t& bytes) {
  StepParser(line, to, bytes).read();
}

}  // namespace surisim::scenario
