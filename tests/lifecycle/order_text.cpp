// Writes and reads the text of an order.
#include <fstream>
#include <sstream>

#include "order.hpp"

namespace surisim::test {

namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

// The event with its detail, and the result where the event has one.
void describe(const Event& e, OrderLine& line) {
  const std::string name = name_of(e);
  const std::string what(e.what);
  switch (e.kind) {
    case EventKind::storage_register:
      line.event = name + " " + std::string(e.storage) + (what.empty() ? "" : " " + what);
      line.result = number(e.value);
      break;
    case EventKind::flag_set:
      line.event = name + " +" + what;
      break;
    case EventKind::flag_unset:
      line.event = name + " -" + what;
      break;
    case EventKind::threadvars_alloc:
    case EventKind::thread_init_callback:
    case EventKind::thread_unregistered:
      line.event = name + " " + number(e.value);
      break;
    case EventKind::thread_value_set:
    case EventKind::flow_value_set:
      line.event = name + " " + what;
      line.result = number(e.value);
      break;
    case EventKind::thread_value_freed:
    case EventKind::flow_value_freed:
      line.event = name + " " + what + " made on " + std::string(e.made_on);
      break;
    case EventKind::thread_value_taken:
    case EventKind::flow_value_taken:
    case EventKind::pthread_join:
    case EventKind::threadvars_free:
      line.event = name + " " + what;
      break;
    case EventKind::enter:
      line.event = name;
      if (!e.detail.empty()) line.arguments = e.detail;
      break;
    case EventKind::exit:
      line.event = name;
      if (!e.detail.empty()) line.arguments = e.detail;
      line.result = number(e.value);
      break;
    case EventKind::storage_finalize:
    case EventKind::thread_registered:
      line.event = name;
      line.result = number(e.value);
      break;
    default:
      line.event = name;
  }
}

OrderThread describe(const ThreadFields& tv) {
  OrderThread t;
  t.name = tv.name;
  t.compare_fields = true;
  t.fields = {"type=" + number(tv.type), "id=" + number(tv.id), "slots=" + number(tv.slots)};
  if (tv.pthread_set) t.fields.emplace_back("t");
  if (tv.function_set) t.fields.emplace_back("func");
  if (tv.printable_name_set) t.fields.emplace_back("printable");
  if (tv.iface_name_set) t.fields.emplace_back("iface");
  if (tv.in_queue) t.fields.emplace_back("inq");
  if (tv.out_queues) t.fields.emplace_back("outctx");
  if (tv.control_set) t.fields.emplace_back("mc");
  std::istringstream flags(flags_to_string(tv.flags));
  for (std::string flag; std::getline(flags, flag, '|');) t.flags[flag] = true;
  return t;
}

// Splits `text` at the first `mark`; without one the second part is empty.
std::pair<std::string, std::string> cut(const std::string& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + mark.size())};
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::pair<std::string, std::string> first_word(const std::string& text) {
  const auto [word, rest] = cut(trimmed(text), " ");
  return {word, trimmed(rest)};
}

std::optional<OrderThread> parse_thread(const std::string& text) {
  OrderThread t;
  std::istringstream words(text);
  if (!(words >> t.name)) return std::nullopt;
  for (std::string word; words >> word;) {
    t.compare_fields = true;
    if (word.front() != '[') {
      t.fields.push_back(word);
      continue;
    }
    if (word.back() != ']') return std::nullopt;
    std::istringstream flags(word.substr(1, word.size() - 2));
    for (std::string flag; std::getline(flags, flag, '|');) {
      const bool may = !flag.empty() && flag.back() == '?';
      if (may) flag.pop_back();
      if (flag.empty()) return std::nullopt;
      t.flags[flag] = !may;
    }
  }
  return t;
}

std::optional<OrderLine> parse_line(std::string text) {
  OrderLine line;
  text = trimmed(text);
  if (text.starts_with("?")) {
    line.may_miss = true;
    text = trimmed(text.substr(1));
  }
  const auto [what, thread] = cut(text, " : ");
  const auto [call, result] = cut(what, " -> ");
  const auto [event, arguments] = cut(call, " (");
  std::tie(line.os, line.event) = first_word(event);
  if (line.event.empty()) return std::nullopt;
  if (!arguments.empty()) line.arguments = trimmed(arguments.substr(0, arguments.find(')')));
  if (!result.empty()) line.result = trimmed(result);
  if (!thread.empty()) {
    line.thread = parse_thread(thread);
    if (!line.thread) return std::nullopt;
  }
  return line;
}

std::optional<OrderRef> parse_ref(const std::string& text) {
  const auto [what, thread] = cut(text, " : ");
  OrderRef ref;
  std::tie(ref.os, ref.event) = first_word(what);
  if (ref.event.empty()) return std::nullopt;
  if (!thread.empty()) ref.thread = trimmed(thread);
  return ref;
}

// False: the line is invalid.
bool parse_into(Recording& recording, const std::string& text) {
  const auto [word, rest] = first_word(text);
  if (word == "prefix") {
    recording.prefix = true;
  } else if (word == "flow") {
    recording.flows.push_back(rest);
  } else if (word == "window") {
    recording.windows.push_back(rest);
  } else if (word == "without") {
    const auto ref = parse_ref(rest);
    if (!ref) return false;
    recording.without.push_back(*ref);
  } else if (word == "wait") {
    const auto [first, then] = cut(rest, " < ");
    const auto a = parse_ref(first);
    const auto b = parse_ref(then);
    if (!a || !b) return false;
    recording.waits.push_back({*a, *b, rest});
  } else {
    const bool at = word == "at";
    auto line = parse_line(at ? rest : text);
    if (!line) return false;
    (at ? recording.at : recording.lines).push_back(*line);
  }
  return true;
}

}  // namespace

OrderLine order_line(const Event& event) {
  OrderLine line;
  line.os = event.os;
  describe(event, line);
  if (event.has_thread) line.thread = describe(event.tv);
  return line;
}

std::string to_string(const OrderLine& line) {
  std::string out = (line.may_miss ? "? " : "") + line.os + "  " + line.event;
  if (line.arguments) out += " (" + *line.arguments + ")";
  if (line.result) out += " -> " + *line.result;
  if (!line.thread) return out;
  const OrderThread& t = *line.thread;
  out += " : " + t.name;
  if (!t.compare_fields) return out;
  std::string flags;
  // In the order of the bits, as flags are written everywhere else.
  for (std::uint32_t bit = 1; bit <= 31; ++bit) {
    const auto found = t.flags.find(flags_to_string(1U << bit));
    if (found == t.flags.end()) continue;
    flags += (flags.empty() ? "" : "|") + found->first + (found->second ? "" : "?");
  }
  for (const std::string& field : t.fields) {
    out += " " + field;
    if (field.starts_with("slots=")) out += " [" + flags + "]";
  }
  return out;
}

tl::expected<Recording, std::string> Recording::parse(std::string_view text) {
  Recording recording;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string content = trimmed(line);
    if (content.empty()) continue;
    if (content.front() == '#') {
      recording.provenance += trimmed(content.substr(1)) + "\n";
    } else if (!parse_into(recording, content)) {
      return tl::unexpected("line " + std::to_string(number) +
                            " is no line of an order: " + content);
    }
  }
  return recording;
}

tl::expected<Recording, std::string> Recording::load(const std::string& path) {
  std::ifstream in(path);
  if (!in) return tl::unexpected("cannot open " + path);
  std::ostringstream text;
  text << in.rdbuf();
  auto recording = parse(text.str());
  if (!recording) return tl::unexpected(path + ": " + recording.error());
  return recording;
}

}  // namespace surisim::test
