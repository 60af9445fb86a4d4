// Formats events as text and as JSON lines, in the format of recordings of a real Suricata; lists
// the calls of callbacks in an event log.
#include "surisim/event.hpp"

#include <fmt/format.h>
#include <suricata/threadvars.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "surisim/callback.hpp"

namespace surisim {
namespace {

struct FlagName {
  std::uint32_t flag;
  const char* name;
};

// In the order of recordings of a real Suricata.
constexpr FlagName kFlagNames[] = {
    {THV_INIT_DONE, "INIT_DONE"},
    {THV_PAUSE, "PAUSE"},
    {THV_PAUSED, "PAUSED"},
    {THV_KILL, "KILL"},
    {THV_FAILED, "FAILED"},
    {THV_CLOSED, "CLOSED"},
    {THV_DEINIT, "DEINIT"},
    {THV_RUNNING_DONE, "RUNNING_DONE"},
    {THV_REQ_FLOW_LOOP, "REQ_FLOW_LOOP"},
    {THV_FLOW_LOOP, "FLOW_LOOP"},
    {THV_CAPTURE_INJECT_PKT, "CAPTURE_INJECT_PKT"},
    {THV_DEAD, "DEAD"},
    {THV_RUNNING, "RUNNING"},
};

// The function that registers this kind. `by`: 1 for a sub-state, 2 for a sub-module of EVE.
const char* register_function(std::string_view kind, std::int64_t by) {
  if (kind == "thread init") return "SCThreadRegisterInitCallback";
  if (kind == "flow init") return "SCFlowRegisterInitCallback";
  if (kind == "flow update") return "SCFlowRegisterUpdateCallback";
  if (kind == "flow finish") return "SCFlowRegisterFinishCallback";
  if (kind == "EVE") return "SCEveRegisterCallback";
  if (kind == "packet logger")
    return by == 2 ? "OutputRegisterPacketSubModule" : "SCOutputRegisterPacketLogger";
  if (kind == "flow logger")
    return by == 2 ? "OutputRegisterFlowSubModule" : "SCOutputRegisterFlowLogger";
  if (kind == "tx logger")
    return by == 2   ? "OutputRegisterTxSubModule"
           : by == 1 ? "SCOutputRegisterTxLoggerForSubState"
                     : "SCOutputRegisterTxLogger";
  if (kind == "EVE file type") return "SCRegisterEveFileType";
  if (kind == "Register") return "SCPluginRegisterAppLayer";
  if (kind == "KeywordsRegister") return "SCSigTablePreRegister";
  return "SCRegisterOnLoggingReady";
}

nlohmann::ordered_json thread_json(const ThreadFields& tv) {
  return {{"name", tv.name},
          {"type", tv.type},
          {"id", tv.id},
          {"flags", flags_to_string(tv.flags)},
          {"t_set", tv.pthread_set},
          {"func", tv.function_set},
          {"slots", tv.slots},
          {"printable", tv.printable_name_set},
          {"iface", tv.iface_name_set},
          {"inq", tv.in_queue},
          {"outctx", tv.out_queues},
          {"mc", tv.control_set}};
}

void add_flow(nlohmann::ordered_json& line, const Event& event) {
  const FlowFields& flow = event.flow;
  line["flow"] = fmt::format("{}/{}/{}", flow.proto, flow.sp, flow.dp);
  line["flow_number"] = flow.flow;
  line["fptr"] = flow.handle;
  line["todst"] = flow.to_server;
  line["tosrc"] = flow.to_client;
  line["flow_locked"] = flow.locked ? 1 : 0;
  if (event.kind == EventKind::flow_init || event.kind == EventKind::flow_update)
    line["pkt_proto"] = flow.packet_proto;
}

// The relevant arguments of a function of the engine, with the keys used in recordings.
void add_arguments(nlohmann::ordered_json& line, const Event& event) {
  if (event.what == "TmThreadCreate") {
    const auto space = event.detail.rfind(' ');
    line["arg_name"] = event.detail.substr(0, space);
    line["slots"] = space == std::string_view::npos ? "" : event.detail.substr(space + 1);
    line["mucond"] = event.value;
  } else if (event.what == "SCThreadFreeStorage") {
    line["tv_root_lock"] = event.detail;
  } else if (event.what.ends_with("ThreadsFamily")) {
    line["family"] = event.detail;
  } else if (!event.detail.empty()) {
    line["detail"] = event.detail;
  }
}

void add_result(nlohmann::ordered_json& line, const Event& event) {
  if (event.what.ends_with("ThreadsFamily")) {
    line["family"] = event.detail;
  } else if (event.what == "TmThreadSpawn" || event.what.starts_with("TmThreadWaitOn")) {
    line["ret"] = event.value;
  }
}

// Events about values in slots.
void add_slot(nlohmann::ordered_json& line, const Event& event) {
  line["slot"] = event.what;
  switch (event.kind) {
    case EventKind::thread_value_set:
    case EventKind::flow_value_set:
      line["ret"] = event.value;
      break;
    case EventKind::thread_value_freed:
      line["value_of"] = event.tv.name;
      line["made_on"] = event.made_on;
      break;
    case EventKind::flow_value_freed:
      line["made_on"] = event.made_on;
      break;
    default:
      break;
  }
}

// Events about outputs, and about batches that go from one thread to another.
void add_rest(nlohmann::ordered_json& line, const Event& event) {
  switch (event.kind) {
    case EventKind::hand_over:
      line[std::string(event.what)] = event.value;
      line["to"] = event.detail;
      break;
    case EventKind::take_over:
      line["from"] = event.made_on;
      break;
    case EventKind::logger_thread_init:
    case EventKind::logger_run:
    case EventKind::logger_thread_deinit:
      line["logger"] = event.detail;
      break;
    case EventKind::eve_callback:
      line["event_type"] = event.what;
      break;
    default:
      break;
  }
}

// Everything but the event's position and OS thread, its ThreadVars and its flow.
void add_details(nlohmann::ordered_json& line, const Event& event) {
  switch (event.kind) {
    case EventKind::enter:
      add_arguments(line, event);
      break;
    case EventKind::exit:
      add_result(line, event);
      break;
    case EventKind::storage_register:
      line["stype"] = event.storage;
      line["name"] = event.what;
      line["ret"] = event.value;
      break;
    case EventKind::storage_finalize:
      line["ret"] = event.value;
      break;
    case EventKind::plugin_open:
      line["file"] = event.what;
      break;
    case EventKind::plugin_init_enter:
    case EventKind::plugin_init_exit:
      line["plugin"] = event.what;
      break;
    case EventKind::callback_registered:
      line["ret"] = true;
      break;
    case EventKind::threadvars_alloc:
      line["storage_bytes"] = event.value;
      break;
    case EventKind::flag_set:
      line["set"] = event.what;
      break;
    case EventKind::flag_unset:
      line["unset"] = event.what;
      break;
    case EventKind::thread_init_callback:
      line["position"] = event.value;
      break;
    case EventKind::thread_registered:
      line["ret"] = event.value;
      break;
    case EventKind::pthread_join:
      line["joined"] = event.what;
      break;
    case EventKind::thread_unregistered:
      line["id"] = event.value;
      break;
    case EventKind::threadvars_free:
      line["name"] = event.what;
      break;
    case EventKind::thread_value_set:
    case EventKind::thread_value_taken:
    case EventKind::thread_value_freed:
    case EventKind::flow_value_set:
    case EventKind::flow_value_taken:
    case EventKind::flow_value_freed:
      add_slot(line, event);
      break;
    case EventKind::log:
      line["message"] = event.what;
      line["level"] = event.value;
      break;
    case EventKind::fatal:
      line["message"] = event.what;
      break;
    default:
      add_rest(line, event);
      break;
  }
}

// In the order of EventKind; "" for names that are built from the event's fields.
constexpr std::array kNames = {
    "",
    "",
    "SCStorageInit",
    "SCStorageRegister",
    "SCStorageFinalize",
    "dlopen",
    "plugin.Init.enter",
    "plugin.Init.exit",
    "",
    "ThreadVarsAlloc",
    "flag",
    "flag",
    "plugin.thread_init_cb",
    "TmThreadsRegisterThread",
    "pthread_create",
    "os_thread.start",
    "TmThreadAppend",
    "pthread_join",
    "TmThreadsUnregisterThread",
    "ThreadVarsFree",
    "plugin.thread_storage.set",
    "plugin.thread_storage.taken",
    "plugin.thread_storage.Free",
    "plugin.flow_init",
    "plugin.flow_update",
    "plugin.flow_finish",
    "FlowClearMemory",
    "plugin.flow_storage.set",
    "plugin.flow_storage.taken",
    "plugin.flow_storage.Free",
    "log",
    "fatal",
    "plugin.on_logging_ready",
    "",
    "",
    "",
    "plugin.eve_callback",
    "",
    "hand_over",
    "take_over",
};
static_assert(kNames.size() == static_cast<std::size_t>(EventKind::take_over) + 1);

}  // namespace

std::string flags_to_string(std::uint32_t flags) {
  std::string text;
  for (const FlagName& known : kFlagNames) {
    if ((flags & known.flag) == 0) continue;
    if (!text.empty()) text += '|';
    text += known.name;
  }
  return text;
}

std::string name_of(const Event& event) {
  switch (event.kind) {
    case EventKind::enter:
      return fmt::format("{}.enter", event.what);
    case EventKind::exit:
      return fmt::format("{}.exit", event.what);
    case EventKind::callback_registered:
      return register_function(event.what, event.value);
    case EventKind::logger_thread_init:
      return fmt::format("plugin.{}.thread_init", event.what);
    case EventKind::logger_run:
      return fmt::format("plugin.{}", event.what);
    case EventKind::logger_thread_deinit:
      return fmt::format("plugin.{}.thread_deinit", event.what);
    case EventKind::eve_filetype:
      return fmt::format("plugin.eve_filetype.{}", event.what);
    default:
      return kNames[static_cast<std::size_t>(event.kind)];
  }
}

std::string to_string(const Event& event) {
  std::string line = fmt::format("{:6} {:16} {}", event.seq, event.os, name_of(event));
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
  add_details(details, event);
  for (const auto& [key, value] : details.items()) {
    line += fmt::format(" {}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  if (event.has_thread) {
    line += fmt::format("  {} type={} id={} [{}]", event.tv.name, event.tv.type, event.tv.id,
                        flags_to_string(event.tv.flags));
  }
  if (event.has_flow) {
    line += fmt::format("  flow {} ({}/{}/{}) {}+{} packets", event.flow.flow, event.flow.proto,
                        event.flow.sp, event.flow.dp, event.flow.to_server, event.flow.to_client);
  }
  return line;
}

std::string to_json_line(const Event& event) {
  nlohmann::ordered_json line = {{"seq", event.seq}, {"os", event.os}, {"ev", name_of(event)}};
  if (event.lifecycle != 0) line["lifecycle"] = event.lifecycle;
  if (event.has_thread) line["tv"] = thread_json(event.tv);
  if (event.has_flow) add_flow(line, event);
  add_details(line, event);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {

// As in CallbackInfo::kind; empty: the event is not a call of a callback.
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
  std::map<std::uint64_t, FlowFields> flows;  // as of each flow's last init or update
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
