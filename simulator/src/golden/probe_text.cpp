// Reads the probe's recordings, which are JSON lines, and checks them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/user_input.hpp"
#include "golden/sections.hpp"
#include "surisim/evidence.hpp"

namespace surisim {

namespace {

using Json = nlohmann::json;
using Kind = ProbeEvent::Kind;

constexpr std::size_t kMaxLine = 4096;
constexpr const char* kDestructor = "plugin.destructor";

constexpr std::array<std::pair<std::string_view, Kind>, 11> kNames = {{
    {"plugin.Init.enter", Kind::init_enter},
    {"SCStorageRegister", Kind::slot_registered},
    {"SCThreadRegisterInitCallback", Kind::callback_registered},
    {"plugin.Init.exit", Kind::init_exit},
    {"plugin.thread_init_cb", Kind::thread_init},
    {"plugin.thread_storage.set", Kind::thread_value_set},
    {"plugin.thread_storage.Free", Kind::thread_value_freed},
    {"plugin.flow_init", Kind::flow_init},
    {"plugin.flow_update", Kind::flow_update},
    {"plugin.flow_finish", Kind::flow_finish},
    {"plugin.flow_storage.Free", Kind::flow_value_freed},
}};

// What is wrong with a line, as the end of a sentence.
struct BadLine {
  std::string why;
};

const Json& member(const Json& line, const char* key) {
  const auto found = line.find(key);
  if (found == line.end()) throw BadLine{fmt::format("it has no \"{}\"", key)};
  return *found;
}

std::string text_of(const Json& line, const char* key) {
  const Json& value = member(line, key);
  if (!value.is_string())
    throw BadLine{fmt::format("\"{}\": expected a text, got {}", key, base::shown(value.dump()))};
  return value.get<std::string>();
}

// Whole numbers from `least`.
std::int64_t number_of(const Json& line, const char* key, std::int64_t least) {
  const Json& value = member(line, key);
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!fits || value.get<std::int64_t>() < least)
    throw BadLine{fmt::format("\"{}\": expected a whole number from {}, got {}", key, least,
                              base::shown(value.dump()))};
  return value.get<std::int64_t>();
}

void read_thread(const Json& line, ProbeEvent& event) {
  const auto found = line.find("tv");
  if (found == line.end()) return;
  if (!found->is_object()) throw BadLine{"\"tv\": expected an object"};
  event.thread = text_of(*found, "name");
  if (!found->contains("type")) return;
  const std::string flags = text_of(*found, "flags");
  event.fields = fmt::format("type {}, id {}{}{}", number_of(*found, "type", 0),
                             number_of(*found, "id", 0), flags.empty() ? "" : ", ", flags);
}

void read_details(const Json& line, ProbeEvent& event) {
  switch (event.kind) {
    case Kind::slot_registered:
      event.what = text_of(line, "name");
      event.storage = text_of(line, "stype");
      event.result = number_of(line, "ret", -1);
      break;
    case Kind::callback_registered:
      event.result = member(line, "ret") == true ? 1 : 0;
      break;
    case Kind::thread_init:
      event.position = number_of(line, "position", 1);
      read_thread(line, event);
      if (event.thread.empty()) throw BadLine{"it names no thread"};
      break;
    case Kind::thread_value_set:
      event.what = text_of(line, "slot");
      event.result = number_of(line, "ret", INT32_MIN);
      read_thread(line, event);
      break;
    case Kind::thread_value_freed:
      event.what = text_of(line, "slot");
      event.thread = text_of(line, "value_of");
      event.made_on = text_of(line, "made_on");
      break;
    case Kind::flow_value_freed:
      event.what = text_of(line, "slot");
      event.made_on = text_of(line, "made_on");
      [[fallthrough]];
    case Kind::flow_init:
    case Kind::flow_update:
    case Kind::flow_finish:
      event.flow = static_cast<std::uint64_t>(number_of(line, "flow_number", 1));
      read_thread(line, event);
      break;
    case Kind::init_enter:
    case Kind::init_exit:
      break;
  }
}

class ProbeParser {
 public:
  // Reads one line. Throws BadLine.
  void read(std::string_view text);
  // Call it after the last line. Throws BadLine.
  ProbeRecording finish();

 private:
  void read_version(const Json& line);

  ProbeRecording recording_;
  bool has_version_ = false, ended_ = false;
};

void ProbeParser::read_version(const Json& line) {
  const std::string version = text_of(line, "suricata");
  for (const Suricata known : {Suricata::v8_0, Suricata::v9_0}) {
    if (version != to_string(known)) continue;
    recording_.suricata = known;
    has_version_ = true;
  }
  if (!has_version_)
    throw BadLine{
        fmt::format("\"suricata\": expected 8.0 or 9.0, got \"{}\"", base::shown(version))};
}

void ProbeParser::read(std::string_view text) {
  if (text.size() > kMaxLine) throw BadLine{"it is longer than any line of the probe"};
  const Json line = Json::parse(text, nullptr, false);
  if (!line.is_object())
    throw BadLine{fmt::format("expected a JSON object, got \"{}\"", base::shown(text))};
  const std::string name = text_of(line, "ev");
  // There are two if Suricata became a daemon: the parent process writes one, too.
  if (name == kDestructor) {
    ended_ = true;
    if (line.contains("left_out"))
      recording_.left_out += static_cast<std::uint64_t>(number_of(line, "left_out", 0));
    return;
  }
  const auto* const known = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& one) { return one.first == name; });
  if (known == kNames.end())
    throw BadLine{fmt::format("the probe writes no event \"{}\"", base::shown(name))};
  ProbeEvent event;
  event.kind = known->second;
  event.seq = static_cast<std::uint64_t>(number_of(line, "seq", 1));
  event.os = text_of(line, "os");
  if (event.kind == Kind::init_enter) read_version(line);
  read_details(line, event);
  recording_.events.push_back(std::move(event));
}

ProbeRecording ProbeParser::finish() {
  if (!has_version_) throw BadLine{"it has no plugin.Init.enter, which says the version"};
  if (!ended_)
    throw BadLine{
        "its end is missing: Suricata still runs, was killed, or the disk was full. Expected "
        "plugin.destructor as the last line"};
  auto& events = recording_.events;
  std::stable_sort(events.begin(), events.end(),
                   [](const ProbeEvent& a, const ProbeEvent& b) { return a.seq < b.seq; });
  const auto twice =
      std::adjacent_find(events.begin(), events.end(),
                         [](const ProbeEvent& a, const ProbeEvent& b) { return a.seq == b.seq; });
  if (twice != events.end())
    throw BadLine{fmt::format("it has two events with \"seq\" {}", twice->seq)};
  return std::move(recording_);
}

}  // namespace

tl::expected<ProbeRecording, std::string> parse_probe(std::string_view text) {
  if (text.empty()) return tl::unexpected<std::string>("the recording is empty");
  ProbeParser lines;
  std::size_t number = 0;
  try {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      ++number;
      if (end == text.size()) throw BadLine{"it is cut: it does not end with a newline"};
      lines.read(text.substr(begin, end - begin));
      begin = end + 1;
    }
  } catch (const BadLine& bad) {
    return tl::unexpected(fmt::format("line {}: {}", number, golden::escaped(bad.why)));
  }
  try {
    return lines.finish();
  } catch (const BadLine& bad) {
    return tl::unexpected(fmt::format("the recording: {}", bad.why));
  }
}

expected<ProbeRecording> read_probe(const std::string& file) {
  const auto text = base::read_text_file(file, "a recording of the probe, in JSON lines");
  if (!text) return tl::unexpected<Error>(text.error());
  auto recording = parse_probe(*text);
  if (!recording)
    return tl::unexpected(
        Error{ErrorCode::invalid_option, fmt::format("{}: {}", file, recording.error())});
  return *std::move(recording);
}

}  // namespace surisim
