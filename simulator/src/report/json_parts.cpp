#include "report/json_parts.hpp"

#include <utility>

#include "surisim/report.hpp"

namespace surisim::report {

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json plugin_json(const PluginInfo& plugin) {
  Json slots = Json::array();
  for (const SlotInfo& slot : plugin.slots)
    slots.push_back({{"type", slot.type}, {"name", slot.name}, {"id", slot.id}});
  Json callbacks = Json::array();
  for (const CallbackInfo& callback : plugin.callbacks)
    callbacks.push_back({{"kind", callback.kind}, {"symbol", or_null(callback.symbol)}});
  return {{"path", plugin.path},
          {"name", plugin.name},
          {"version", or_null(plugin.version)},
          {"license", plugin.license},
          {"author", plugin.author},
          {"suricata_version", or_null(plugin.suricata_version)},
          {"api_version", plugin.api_version},
          {"loaded", plugin.loaded},
          {"slots", std::move(slots)},
          {"callbacks", std::move(callbacks)}};
}

Json violation_json(const Violation& v) {
  return {{"rule", v.rule},
          {"severity", to_string(v.severity)},
          {"message", v.message},
          {"phase", or_null(v.phase)},
          {"thread", or_null(v.thread)},
          {"tv", or_null(v.tv)},
          {"slot", or_null(v.slot)},
          {"callback", or_null(v.callback)},
          {"function", or_null(v.function)},
          {"call_site", or_null(v.call_site)},
          {"source", or_null(v.source)},
          {"other_thread", or_null(v.other_thread)},
          {"set_at", or_null(v.set_at)},
          {"plugin", or_null(v.plugin)},
          {"count", v.count}};
}

Json suppression_json(const Suppression& s) {
  Json violations = Json::array();
  for (const Violation& v : s.violations) violations.push_back(violation_json(v));
  return {{"rule", s.rule},     {"place", or_null(s.place)},
          {"reason", s.reason}, {"from", or_null(s.from)},
          {"count", s.count},   {"violations", std::move(violations)}};
}

void add_head(Json& document) {
  document["tool"] = {{"name", "surisim"}, {"version", version()}};
  document["abi"] = {{"suricata", SC_PACKAGE_VERSION}, {"api_version", SC_API_VERSION}};
}

std::string document(const Json& json) {
  // What a plugin says of itself need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace surisim::report
