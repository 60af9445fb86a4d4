// Limits on the instructions of callbacks: surisim bench --max and --baseline.
#include "bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/journal.hpp"
#include "base/user_input.hpp"
#include "command_options.hpp"

namespace surisim::cli {
namespace {

using nlohmann::json;

// The callbacks whose instructions can be counted.
std::vector<std::string> callback_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kJournalCallbacks; ++i) {
    const auto callback = static_cast<JournalCallback>(i);
    if (callback == JournalCallback::none || callback == JournalCallback::open ||
        callback == JournalCallback::close)
      continue;
    if (callback != JournalCallback::free_value)
      names.emplace_back(to_string(callback));
    else
      names.insert(names.end(), {"thread Free", "flow Free"});
  }
  return names;
}

double mean_of(const json& callback) {
  const auto calls = callback["calls"].get<double>();
  return calls == 0 ? 0 : callback["total"].get<double>() / calls;
}

const json* find(const json& result, const std::string& name) {
  for (const json& one : result["callbacks"])
    if (one["callback"] == name) return &one;
  return nullptr;
}

}  // namespace

CallbackLimit parse_limit(const std::string& option, const std::string& text) {
  const std::size_t equals = text.rfind('=');
  const std::vector<std::string> names = callback_names();
  const std::string name = text.substr(0, equals);
  const std::string those = fmt::format("{}", fmt::join(names, ", "));
  if (equals == std::string::npos)
    refuse(option, "a callback and a number, such as 'flow update=120'; callbacks are " + those,
           text);
  if (std::find(names.begin(), names.end(), name) == names.end())
    refuse(option, "one of " + those, name);
  return {name, parse_count(option + " " + name, text.substr(equals + 1), {0, UINT64_MAX})};
}

json read_baseline(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UsageError("--baseline: {} cannot be read", file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto refused = [&file] {
    return UsageError("--baseline: expected {} to be a JSON report of surisim bench --instructions",
                      file);
  };
  json before = json::parse(text, nullptr, false);
  const auto has_number = [](const json& from, const char* key) {
    return from.is_object() && from.contains(key) && from[key].is_number_unsigned();
  };
  if (!has_number(before, "packets") || !has_number(before, "flows")) throw refused();
  if (!before.contains("callbacks") || !before["callbacks"].is_array()) throw refused();
  for (const json& one : before["callbacks"])
    if (!has_number(one, "calls") || !has_number(one, "total") || !one.contains("callback") ||
        !one["callback"].is_string())
      throw refused();
  return before;
}

void compare_with(json& result, const json& before, const std::string& name, double tolerance) {
  for (const char* key : {"packets", "flows"})
    if (before[key] != result[key])
      throw UsageError("{} is of a run with {} {}, and this one has {}; expected the same options",
                       name, before[key].dump(), key, result[key].dump());
  result["baseline"] = name;
  for (json& one : result["callbacks"]) {
    const json* const earlier = find(before, one["callback"]);
    const double now = mean_of(one);
    const double then = earlier == nullptr ? 0 : mean_of(*earlier);
    one["before"] = earlier == nullptr ? json() : json(then);
    one["difference"] = now - then;
    if (now <= then * (1 + tolerance / 100)) continue;
    const auto kind = one["callback"].get<std::string>();
    if (earlier == nullptr)
      result["failures"].push_back(
          fmt::format("{} is new, and takes {:.2f} instructions a call", kind, now));
    else
      result["failures"].push_back(fmt::format(
          "{} takes {:.2f} instructions a call, and took {:.2f} in {}", kind, now, then, name));
  }
  result["gone"] = json::array();
  for (const json& earlier : before["callbacks"])
    if (find(result, earlier["callback"]) == nullptr) result["gone"].push_back(earlier["callback"]);
}

void apply_limits(json& result, const std::vector<CallbackLimit>& limits) {
  for (const CallbackLimit& limit : limits) {
    const json* const callback = find(result, limit.callback);
    if (callback == nullptr) {
      std::vector<std::string> names;
      for (const json& one : result["callbacks"]) names.push_back(one["callback"]);
      throw UsageError("--max: no {} ran; expected one of {}", limit.callback,
                       fmt::join(names, ", "));
    }
    const auto max = (*callback)["max"].get<std::uint64_t>();
    if (max <= limit.max) continue;
    result["failures"].push_back(fmt::format("a call of {} took {} instructions; --max allows {}",
                                             limit.callback, max, limit.max));
  }
}

}  // namespace surisim::cli
