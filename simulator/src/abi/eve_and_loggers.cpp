// Registration of loggers, EVE callbacks and EVE file types, and running EVE and logging-ready
// callbacks. Source: output.c, output-packet.c, output-flow.c, output-tx.c, output-eve.c.
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>

#include "abi/callbacks.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "abi/json_builder.hpp"
#include "base/safe_read.hpp"
#include "trace/context.hpp"

using namespace surisim::abi;
using surisim::EventKind;
using surisim::JournalCallback;

namespace {

// False: refused, because a NULL `log` would crash Suricata at the first record.
bool accepted(JournalCallback kind, const void* log, const void* caller,
              RegisteredBy by = RegisteredBy::logger, const char* by_function = nullptr) {
  Observer* const watcher = observer();
  return watcher == nullptr ||
         watcher->allow(CallbackRegistration{kind, log, caller, by, by_function});
}

// Sets `fns.seen`.
template <class Fns>
int add(CallbackList<Fns>& list, JournalCallback kind, Fns fns, AppProto protocol, void* initdata,
        const void* caller) {
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a logger", caller)) return -1;
  const std::uint32_t plugin = running_plugin();
  fns.seen =
      &state().registered_loggers.add(kind, fns.name, protocol, plugin, fns.thread_init != nullptr);
  auto* const node = new (std::nothrow) typename CallbackList<Fns>::Node{fns, initdata, plugin, {}};
  if (node == nullptr) return -1;
  list.append(node);
  notify(OutputRegistration{kind, fns.name, nullptr, caller});
  return 0;
}

int add_tx(const char* name, AppProto protocol, TxLogger log, void* initdata, ThreadInitFunc init,
           ThreadDeinitFunc deinit, const void* caller, RegisteredBy by, const char* function) {
  const auto kind = JournalCallback::tx_logger;
  if (!accepted(kind, reinterpret_cast<const void*>(log), caller, by, function)) return 0;
  return add(state().tx_loggers, kind, {nullptr, name, protocol, init, deinit}, protocol, initdata,
             caller);
}

bool is_builtin(const char* name) {
  for (const char* known : {"regular", "unix_dgram", "unix_stream", "redis"}) {
    if (std::strcmp(known, name) == 0) return true;
  }
  return false;
}

// Compares with the names as they are now, as Suricata does.
bool is_registered(std::string_view name) {
  return std::find(std::begin(kOwnFileTypes), std::end(kOwnFileTypes), name) !=
             std::end(kOwnFileTypes) ||
         SCEveFindFileType(std::string(name).c_str()) != nullptr;
}

bool refuse(const char* why, const char* name) {
  SCLogErr(SC_LOG_ERROR, __FILE__, "SCRegisterEveFileType", __LINE__, "output-eve",
           "EVE file type \"%s\" %s", name, why);
  return false;
}

// The running EVE callback has not closed what it has opened, or closed more.
void report_unbalanced(bool is_open) {
  const surisim::engine::Context* const mine = surisim::engine::context();
  notify(OutputMistake{
      surisim::RuleId::eve_record_unbalanced, "", nullptr,
      mine == nullptr ? nullptr : mine->function,
      mine == nullptr ? surisim::engine::kNoPlugin : mine->plugin,
      is_open
          ? "an EVE callback left an object or array of the record open: Suricata closes only one "
            "level, and the line lacks a brace"
          : "an EVE callback closed more of the record than it had opened: what is added after it "
            "is lost, or makes the line invalid"});
}

}  // namespace

SURISIM_ABI int SCOutputRegisterPacketLogger(LoggerId, const char* name, PacketLogger LogFunc,
                                             PacketLogCondition ConditionFunc, void* initdata,
                                             ThreadInitFunc ThreadInit,
                                             ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  const bool complete = LogFunc != nullptr && ConditionFunc != nullptr;
  const auto* const log = complete ? reinterpret_cast<const void*>(LogFunc) : nullptr;
  if (!accepted(JournalCallback::packet_logger, log, SURISIM_CALLER)) return 0;
  return add(state().packet_loggers, JournalCallback::packet_logger,
             {nullptr, name, LogFunc, ConditionFunc, ThreadInit, ThreadDeinit}, ALPROTO_UNKNOWN,
             initdata, SURISIM_CALLER);
}

SURISIM_ABI int SCOutputRegisterFlowLogger(const char* name, FlowLogger LogFunc, void* initdata,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  if (!accepted(JournalCallback::flow_logger, reinterpret_cast<const void*>(LogFunc),
                SURISIM_CALLER))
    return 0;
  return add(state().flow_loggers, JournalCallback::flow_logger,
             {nullptr, name, LogFunc, ThreadInit, ThreadDeinit}, ALPROTO_UNKNOWN, initdata,
             SURISIM_CALLER);
}

SURISIM_ABI int SCOutputRegisterTxLogger(LoggerId, const char* name, AppProto alproto,
                                         TxLogger LogFunc, void* initdata, int, int,
                                         TxLoggerCondition, ThreadInitFunc ThreadInit,
                                         ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  return add_tx(name, alproto, LogFunc, initdata, ThreadInit, ThreadDeinit, SURISIM_CALLER,
                RegisteredBy::logger, __func__);
}

SURISIM_ABI int SCOutputRegisterTxLoggerForSubState(LoggerId, const char* name, AppProto alproto,
                                                    const uint8_t, TxLogger LogFunc, void* initdata,
                                                    int, int, TxLoggerCondition,
                                                    ThreadInitFunc ThreadInit,
                                                    ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  return add_tx(name, alproto, LogFunc, initdata, ThreadInit, ThreadDeinit, SURISIM_CALLER,
                RegisteredBy::sub_state, __func__);
}

SURISIM_ABI int SCRegisterOnLoggingReady(SCOnLoggingReadyCallback callback, void* arg) {
  note_call(__func__);
  if (callback == nullptr) return 0;  // accepted, and skipped when the others run
  return register_callback(state().logging_ready, JournalCallback::logging_ready, callback, arg,
                           SURISIM_CALLER)
             ? 0
             : -1;
}

SURISIM_ABI void SCOnLoggingReady(void) {
  const auto record_event = [](int) { surisim::engine::record(EventKind::logging_ready); };
  run_callbacks(state().logging_ready, JournalCallback::logging_ready, nullptr, record_event,
                kNothingAfter);
}

SURISIM_ABI bool SCEveRegisterCallback(SCEveUserCallbackFn fn, void* user) {
  note_call(__func__);
  return register_callback(state().eve, JournalCallback::eve, fn, user, SURISIM_CALLER);
}

SURISIM_ABI void SCEveRunCallbacks(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb) {
  const auto* const builder = reinterpret_cast<const JsonBuilder*>(jb);
  const auto depth = [builder] { return builder == nullptr ? 0 : builder->depth(); };
  std::size_t open = 0;
  const auto before = [&](int) { open = depth(); };
  const auto after = [&] {
    if (depth() != open && std::uncaught_exceptions() == 0) report_unbalanced(depth() > open);
  };
  run_callbacks(state().eve, JournalCallback::eve, tv, before, after, tv, p, f, jb);
}

SURISIM_ABI SCEveFileType* SCEveFindFileType(const char* name) {
  if (name == nullptr) return nullptr;
  const HostScope host;
  for (const RegisteredFileType& known : state().eve_outputs.file_types) {
    SCEveFileType now{};  // what stands there, which the plugin may have freed
    if (surisim::base::read_memory(known.given, &now, sizeof now) == sizeof now &&
        surisim::base::read_string(now.name) == name)
      return known.given;
  }
  return nullptr;
}

// Suricata reads a NULL type or name and crashes; here it is a violation, and refused.
SURISIM_ABI bool SCRegisterEveFileType(SCEveFileType* plugin) {
  note_call(__func__);
  Observer* const watcher = observer();
  const void* const name = plugin == nullptr ? nullptr : plugin->name;
  if (watcher != nullptr &&
      !watcher->allow(CallbackRegistration{JournalCallback::eve_filetype, name, SURISIM_CALLER}))
    return false;
  if (name == nullptr) return false;
  if (is_builtin(plugin->name)) return refuse("has the name of a built-in one", plugin->name);
  if (is_registered(plugin->name)) return refuse("is registered already", plugin->name);
  const HostScope host;
  RegisteredFileType& added = state().eve_outputs.file_types.emplace_back();
  added.given = plugin;
  added.type = *plugin;
  added.name = plugin->name;
  added.plugin = running_plugin();
  added.caller = SURISIM_CALLER;
  notify(OutputRegistration{JournalCallback::eve_filetype, plugin->name, plugin, added.caller});
  return true;
}
