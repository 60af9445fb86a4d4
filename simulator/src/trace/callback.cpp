// Finds the calls of callbacks in an event log: those of kinds that a plugin has registered.
#include <map>
#include <set>
#include <utility>

#include "surisim/callback.hpp"

namespace surisim {

namespace {

// As in CallbackInfo::kind; empty: the event is not about a callback.
std::string_view callback_kind(EventKind kind) {
  switch (kind) {
    case EventKind::thread_init_callback:
      return "thread init";
    case EventKind::flow_init:
      return "flow init";
    case EventKind::flow_update:
      return "flow update";
    case EventKind::flow_finish:
      return "flow finish";
    default:
      return "";
  }
}

}  // namespace

std::vector<Callback> callbacks_in(const EventLog& events) {
  std::set<std::string_view> registered;
  std::map<std::uint64_t, FlowFields> flows;  // as the last event of each had it
  std::uint32_t lifecycle = 0;
  std::vector<Callback> calls;
  for (const Event& event : events) {
    if (std::exchange(lifecycle, event.lifecycle) != event.lifecycle) flows.clear();
    if (event.kind == EventKind::callback_registered) registered.insert(event.what);
    const std::string_view kind = callback_kind(event.kind);
    if (kind.empty()) continue;
    Callback call{.kind = std::string(kind),
                  .thread = std::string(event.os),
                  .tv = std::string(event.tv.name),
                  .flow = event.has_flow ? event.flow.flow : 0};
    if (event.kind == EventKind::flow_init || event.kind == EventKind::flow_update) {
      FlowFields& before = flows[event.flow.flow];
      const bool first = event.kind == EventKind::flow_init;
      call.packet = event.flow.to_server + event.flow.to_client + (first ? 1 : 0);
      call.to_server = first || event.flow.to_server > before.to_server;
      call.packet_proto = event.flow.packet_proto;
      before = event.flow;
    }
    if (registered.contains(kind)) calls.push_back(std::move(call));
  }
  return calls;
}

std::string to_string(const Callback& callback) { return to_string(callback, ""); }

std::string to_string(const Callback& callback, std::string_view flow) {
  std::string text = callback.kind;
  if (callback.packet != 0) {
    text += " for packet " + std::to_string(callback.packet) + " (to the " +
            (callback.to_server ? "server" : "client") + ") of";
  } else if (callback.flow != 0) {
    text += " of";
  }
  if (!flow.empty()) {
    text += " " + std::string(flow);
  } else if (callback.flow != 0) {
    text += " flow " + std::to_string(callback.flow);
  }
  text += " on " + callback.thread;
  if (callback.tv != callback.thread) text += " with tv " + callback.tv;
  return text;
}

}  // namespace surisim
