// Implements report_json.hpp: violations and plugins from JSON.
#include "report_json.hpp"

#include <stdexcept>
#include <utility>

namespace surisim::cli {

using nlohmann::ordered_json;

ordered_json or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

std::string text_at(const ordered_json& from, const char* key) {
  const ordered_json& value = from.at(key);
  return value.is_null() ? "" : value.get<std::string>();
}

Severity severity_of(const std::string& text) {
  for (const Severity one : {Severity::note, Severity::warning, Severity::error})
    if (text == to_string(one)) return one;
  throw std::invalid_argument("severity");
}

Violation violation_of(const ordered_json& from) {
  Violation v;
  v.rule = from.at("rule").get<std::string>();
  v.severity = severity_of(from.at("severity").get<std::string>());
  v.message = from.at("message").get<std::string>();
  for (auto [to, key] : {std::pair{&v.phase, "phase"},
                         {&v.thread, "thread"},
                         {&v.tv, "tv"},
                         {&v.slot, "slot"},
                         {&v.callback, "callback"},
                         {&v.function, "function"},
                         {&v.call_site, "call_site"},
                         {&v.source, "source"},
                         {&v.other_thread, "other_thread"},
                         {&v.set_at, "set_at"},
                         {&v.plugin, "plugin"},
                         {&v.called_from, "called_from"}})
    *to = text_at(from, key);
  v.count = from.at("count").get<std::uint64_t>();
  for (const ordered_json& frame : from.at("frames"))
    v.frames.push_back({frame.at("call_site").get<std::string>(), text_at(frame, "source")});
  for (const ordered_json& frame : from.at("other_frames"))
    v.other_frames.push_back({frame.at("call_site").get<std::string>(), text_at(frame, "source")});
  return v;
}

PluginInfo plugin_of(const ordered_json& from) {
  PluginInfo info;
  for (auto [to, key] : {std::pair{&info.path, "path"},
                         {&info.name, "name"},
                         {&info.version, "version"},
                         {&info.license, "license"},
                         {&info.author, "author"},
                         {&info.suricata_version, "suricata_version"}})
    *to = text_at(from, key);
  info.api_version = from.at("api_version").get<std::uint64_t>();
  info.loaded = from.at("loaded").get<bool>();
  for (const ordered_json& slot : from.at("slots"))
    info.slots.push_back({slot.at("type").get<std::string>(), slot.at("name").get<std::string>(),
                          slot.at("id").get<int>()});
  for (const ordered_json& callback : from.at("callbacks"))
    info.callbacks.push_back({callback.at("kind").get<std::string>(), text_at(callback, "symbol")});
  return info;
}

}  // namespace surisim::cli
