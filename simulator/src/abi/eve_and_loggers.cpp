// Registration of loggers, EVE callbacks and EVE file types, and running EVE and logging-ready
// callbacks. Source: output.c, output-packet.c, output-flow.c, output-tx.c, output-eve.c.
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/util-debug.h>

#include <cstring>

#include "abi/callbacks.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "trace/context.hpp"

using namespace surisim::abi;
using surisim::EventKind;
using surisim::JournalCallback;

namespace {

// False: refused, because a NULL `log` would crash Suricata at the first record.
bool accepted(JournalCallback kind, const void* log, const void* caller,
              bool for_sub_state = false) {
  Observer* const watcher = observer();
  return watcher == nullptr ||
         watcher->allow(CallbackRegistration{kind, log, caller, for_sub_state});
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
  return 0;
}

int add_tx(const char* name, AppProto protocol, TxLogger log, void* initdata, ThreadInitFunc init,
           ThreadDeinitFunc deinit, const void* caller, bool for_sub_state) {
  const auto kind = JournalCallback::tx_logger;
  if (!accepted(kind, reinterpret_cast<const void*>(log), caller, for_sub_state)) return 0;
  return add(state().tx_loggers, kind, {nullptr, name, protocol, init, deinit}, protocol, initdata,
             caller);
}

bool is_builtin(const char* name) {
  for (const char* known : {"regular", "unix_dgram", "unix_stream", "redis"}) {
    if (std::strcmp(name, known) == 0) return true;
  }
  return false;
}

bool refuse(const char* why, const char* name) {
  SCLogErr(SC_LOG_ERROR, __FILE__, "SCRegisterEveFileType", __LINE__, "output-eve",
           "EVE file type \"%s\" %s", name, why);
  return false;
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
  return add_tx(name, alproto, LogFunc, initdata, ThreadInit, ThreadDeinit, SURISIM_CALLER, false);
}

SURISIM_ABI int SCOutputRegisterTxLoggerForSubState(LoggerId, const char* name, AppProto alproto,
                                                    const uint8_t, TxLogger LogFunc, void* initdata,
                                                    int, int, TxLoggerCondition,
                                                    ThreadInitFunc ThreadInit,
                                                    ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  return add_tx(name, alproto, LogFunc, initdata, ThreadInit, ThreadDeinit, SURISIM_CALLER, true);
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
  run_callbacks(state().eve, JournalCallback::eve, tv, kNothingBefore, kNothingAfter, tv, p, f, jb);
}

SURISIM_ABI SCEveFileType* SCEveFindFileType(const char* name) {
  if (name == nullptr) return nullptr;
  for (SCEveFileType* known : state().eve_filetypes) {
    if (std::strcmp(known->name, name) == 0) return known;
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
  if (SCEveFindFileType(plugin->name) != nullptr)
    return refuse("is registered already", plugin->name);
  state().eve_filetypes.push_back(plugin);
  return true;
}
