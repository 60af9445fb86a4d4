// Registration of loggers without a module. Source: output-packet.c, output-tx.c, output-file.c,
// output-filedata.c, output-streaming.c, output-flow.c, output-stats.c.
#include <suricata/output.h>

#include <cstdint>
#include <new>

#include "abi/callbacks.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"

using namespace surisim::abi;

namespace {

struct LoggerCall {
  const char* function;  // a string literal
  const void* caller;
  void* initdata;
  RegisteredBy by = RegisteredBy::logger;
};

// `log`: NULL is refused, because it would crash Suricata at the first record. Sets `fns.seen`.
template <class Fns>
int register_plugins(Fns fns, const void* log, const LoggerCall& call) {
  note_call(call.function);
  Observer* const watcher = observer();
  if (watcher != nullptr &&
      !watcher->allow(CallbackRegistration{Fns::kKind, log, call.caller, call.by, call.function}))
    return 0;
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a logger", call.caller)) return -1;
  const std::uint32_t plugin = running_plugin();
  fns.seen = &state().registered_loggers.add(
      Fns::kKind, fns.name, plugin, [&fns](RegisteredLogger& entry) { describe(fns, entry); });
  using Node = typename CallbackList<Fns>::Node;
  auto* const node = new (std::nothrow) Node{fns, call.initdata, plugin, {}};
  if (node == nullptr) return -1;
  state().loggers.of<Fns>().append(node);
  notify(OutputRegistration{Fns::kKind, fns.name, nullptr, call.caller});
  return 0;
}

template <class Fns>
int register_plugins(const Fns& fns, const LoggerCall& call) {
  return register_plugins(fns, reinterpret_cast<const void*>(fns.log), call);
}

TxLoggerFns tx_fns(const char* name, AppProto protocol, TxLogger log, ThreadInitFunc init,
                   ThreadDeinitFunc deinit) {
  auto fns = make_logger<TxLoggerFns>(name, log, init, deinit);
  fns.protocol = protocol;
  return fns;
}

}  // namespace

SURISIM_ABI int SCOutputRegisterPacketLogger(LoggerId, const char* name, PacketLogger LogFunc,
                                             PacketLogCondition ConditionFunc, void* initdata,
                                             ThreadInitFunc ThreadInit,
                                             ThreadDeinitFunc ThreadDeinit) {
  auto fns = make_logger<PacketLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit);
  fns.condition = ConditionFunc;
  const void* const log =
      ConditionFunc == nullptr ? nullptr : reinterpret_cast<const void*>(LogFunc);
  return register_plugins(fns, log, {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterTxLogger(LoggerId, const char* name, AppProto alproto,
                                         TxLogger LogFunc, void* initdata, int, int,
                                         TxLoggerCondition, ThreadInitFunc ThreadInit,
                                         ThreadDeinitFunc ThreadDeinit) {
  return register_plugins(tx_fns(name, alproto, LogFunc, ThreadInit, ThreadDeinit),
                          {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterTxLoggerForSubState(LoggerId, const char* name, AppProto alproto,
                                                    const uint8_t, TxLogger LogFunc, void* initdata,
                                                    int, int, TxLoggerCondition,
                                                    ThreadInitFunc ThreadInit,
                                                    ThreadDeinitFunc ThreadDeinit) {
  return register_plugins(tx_fns(name, alproto, LogFunc, ThreadInit, ThreadDeinit),
                          {__func__, SURISIM_CALLER, initdata, RegisteredBy::sub_state});
}

SURISIM_ABI int SCOutputRegisterFileLogger(LoggerId, const char* name, SCFileLogger LogFunc,
                                           void* initdata, ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  return register_plugins(make_logger<FileLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                          {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterFiledataLogger(LoggerId, const char* name, SCFiledataLogger LogFunc,
                                               void* initdata, ThreadInitFunc ThreadInit,
                                               ThreadDeinitFunc ThreadDeinit) {
  return register_plugins(make_logger<FiledataLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                          {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterStreamingLogger(LoggerId, const char* name,
                                                SCStreamingLogger LogFunc, void* initdata,
                                                enum SCOutputStreamingType type,
                                                ThreadInitFunc ThreadInit,
                                                ThreadDeinitFunc ThreadDeinit) {
  auto fns = make_logger<StreamingLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit);
  fns.type = type;
  return register_plugins(fns, {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterFlowLogger(const char* name, FlowLogger LogFunc, void* initdata,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  return register_plugins(make_logger<FlowLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                          {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int OutputRegisterStatsLogger(const char* name, StatsLogger LogFunc,
                                          OutputCtx* output_ctx, ThreadInitFunc ThreadInit,
                                          ThreadDeinitFunc ThreadDeinit) {
  return register_plugins(make_logger<StatsLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                          {__func__, SURISIM_CALLER, output_ctx});
}
