// Registration of loggers. Source: output.c, output-packet.c, output-flow.c, output-tx.c.
#include <suricata/output.h>

#include "abi/callback_run.hpp"
#include "abi/export.hpp"
#include "abi/faults.hpp"
#include "abi/note_call.hpp"
#include "trace/record.hpp"

using namespace surisim::abi;
using surisim::EventKind;
using surisim::JournalCallback;

namespace {

// False: out of memory, or NULL, which would crash Suricata at the first thing to log.
bool may_log(JournalCallback kind, const void* log, const void* caller) {
  Observer* const watcher = state().observer.load(std::memory_order_acquire);
  return watcher == nullptr || watcher->callback_registered(to_string(kind), log, caller);
}

// `fns.seen` is still to be set.
template <class Fns>
int add(CallbackList<Fns>& list, JournalCallback kind, Fns fns, AppProto protocol, void* initdata,
        const void* caller) {
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a logger", caller)) return -1;
  Observer* const watcher = state().observer.load(std::memory_order_acquire);
  const std::uint32_t plugin =
      watcher == nullptr ? surisim::engine::kNoPlugin : watcher->running_plugin();
  fns.seen =
      &state().registered_loggers.add(kind, fns.name, protocol, plugin, fns.thread_init != nullptr);
  auto* const node = new (std::nothrow) typename CallbackList<Fns>::Node{fns, initdata, plugin, {}};
  if (node == nullptr) return -1;
  list.append(node);
  return 0;
}

int add_tx(const char* name, AppProto protocol, TxLogger log, void* initdata, ThreadInitFunc init,
           ThreadDeinitFunc deinit, const void* caller) {
  const auto kind = JournalCallback::tx_logger;
  if (!may_log(kind, reinterpret_cast<const void*>(log), caller)) return 0;
  return add(state().tx_loggers, kind, {nullptr, name, protocol, init, deinit}, protocol, initdata,
             caller);
}

}  // namespace

SURISIM_ABI int SCOutputRegisterPacketLogger(LoggerId, const char* name, PacketLogger LogFunc,
                                             PacketLogCondition ConditionFunc, void* initdata,
                                             ThreadInitFunc ThreadInit,
                                             ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  const bool complete = LogFunc != nullptr && ConditionFunc != nullptr;
  const auto* const log = complete ? reinterpret_cast<const void*>(LogFunc) : nullptr;
  if (!may_log(JournalCallback::packet_logger, log, SURISIM_CALLER)) return 0;
  return add(state().packet_loggers, JournalCallback::packet_logger,
             {nullptr, name, LogFunc, ConditionFunc, ThreadInit, ThreadDeinit}, ALPROTO_UNKNOWN,
             initdata, SURISIM_CALLER);
}

SURISIM_ABI int SCOutputRegisterFlowLogger(const char* name, FlowLogger LogFunc, void* initdata,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  if (!may_log(JournalCallback::flow_logger, reinterpret_cast<const void*>(LogFunc),
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
  return add_tx(name, alproto, LogFunc, initdata, ThreadInit, ThreadDeinit, SURISIM_CALLER);
}

SURISIM_ABI int SCOutputRegisterTxLoggerForSubState(LoggerId, const char* name, AppProto alproto,
                                                    const uint8_t, TxLogger LogFunc, void* initdata,
                                                    int, int, TxLoggerCondition,
                                                    ThreadInitFunc ThreadInit,
                                                    ThreadDeinitFunc ThreadDeinit) {
  note_call(__func__);
  return add_tx(name, alproto, LogFunc, initdata, ThreadInit, ThreadDeinit, SURISIM_CALLER);
}

SURISIM_ABI int SCRegisterOnLoggingReady(SCOnLoggingReadyCallback callback, void* arg) {
  note_call(__func__);
  if (callback == nullptr) return 0;  // accepted, and passed over when the others run
  return register_callback(state().logging_ready, JournalCallback::logging_ready, callback, arg,
                           SURISIM_CALLER)
             ? 0
             : -1;
}

SURISIM_ABI void SCOnLoggingReady(void) {
  const auto tell = [](int) { surisim::engine::record(EventKind::logging_ready); };
  run_callbacks(state().logging_ready, JournalCallback::logging_ready, nullptr, tell);
}
