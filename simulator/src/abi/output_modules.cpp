// Registration of modules: EVE's sub-modules, and outputs of their own. Source: output.c
// (OutputRegisterPacketSubModule and its siblings), runmodes.c (SetupOutput).
#include <suricata/output.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "abi/callbacks.hpp"
#include "abi/eve_outputs.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"

using namespace surisim::abi;
using surisim::JournalCallback;

namespace surisim::abi {

namespace {

struct Registration {
  const char* function;  // a string literal
  const void* caller;
};

std::string text(const char* name) { return name == nullptr ? "" : name; }

template <class Fns>
const void* needed_function(const Fns& fns) {
  if constexpr (std::is_same_v<Fns, PacketLoggerFns>) {
    if (fns.condition == nullptr) return nullptr;
  }
  return reinterpret_cast<const void*>(fns.log);
}

// Suricata ends without a logger, and crashes when it compares a NULL `conf_name` with a type.
template <class Fns>
void add_module(OutputModule module, const char* conf_name, Fns fns, const Registration& by) {
  note_call(by.function);
  const void* const log = conf_name == nullptr ? nullptr : needed_function(fns);
  Observer* const watcher = observer();
  if (watcher != nullptr && !watcher->allow(CallbackRegistration{
                                Fns::kKind, log, by.caller, RegisteredBy::sub_module, by.function}))
    return;
  if (log == nullptr) return;
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a logger", by.caller)) return;
  module.conf_name = text(conf_name);
  module.plugin = running_plugin();
  fns.seen = &state().registered_loggers.add(
      Fns::kKind, fns.name, module.plugin, [&](RegisteredLogger& entry) {
        describe(fns, entry);
        const std::string_view name = module.conf_name;
        if (module.is_sub)
          entry.eve_type = name.substr(name.starts_with("eve-log.") ? 8 : 0);
        else
          entry.output = name;
      });
  notify(OutputRegistration{Fns::kKind, fns.name, nullptr, by.caller});
  module.fns = fns;
  state().eve_outputs.modules.push_back(std::move(module));
}

template <class Fns>
void add_sub(const char* parent, const char* conf_name, OutputInitSubFunc init_sub, const Fns& fns,
             const Registration& by) {
  OutputModule module;
  module.is_sub = true;
  module.parent = text(parent);
  module.init_sub = init_sub;
  add_module(std::move(module), conf_name, fns, by);
}

template <class Fns>
void add_output(const char* name, OutputInitFunc init, const Fns& fns, const Registration& by) {
  OutputModule module;
  module.init = init;
  add_module(std::move(module), name, fns, by);
}

TxLoggerFns tx_logger(const char* name, AppProto protocol, TxLogger log, ThreadInitFunc init,
                      ThreadDeinitFunc deinit) {
  auto fns = make_logger<TxLoggerFns>(name, log, init, deinit);
  fns.protocol = protocol;
  return fns;
}

}  // namespace

void register_logger(const OutputModule& module, OutputCtx* context) {
  const HostScope host;
  module.seen().set_up.store(true, std::memory_order_relaxed);
  std::visit(
      [&](const auto& fns) {
        auto& list = state().loggers.of<std::decay_t<decltype(fns)>>();
        using Node = typename std::decay_t<decltype(list)>::Node;
        list.append(new Node{fns, context, module.plugin, {}});
      },
      module.fns);
}

}  // namespace surisim::abi

SURISIM_ABI void OutputRegisterPacketSubModule(LoggerId, const char* parent_name, const char* name,
                                               const char* conf_name, OutputInitSubFunc InitFunc,
                                               OutputPacketLoggerFunctions* functions) {
  SURISIM_NOT_NULL(functions);
  auto fns = make_logger<PacketLoggerFns>(name, functions->LogFunc, functions->ThreadInitFunc,
                                          functions->ThreadDeinitFunc);
  fns.condition = functions->ConditionFunc;
  add_sub(parent_name, conf_name, InitFunc, fns, {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterFlowSubModule(LoggerId, const char* parent_name, const char* name,
                                             const char* conf_name, OutputInitSubFunc InitFunc,
                                             FlowLogger FlowLogFunc, ThreadInitFunc ThreadInit,
                                             ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          make_logger<FlowLoggerFns>(name, FlowLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterFileSubModule(LoggerId, const char* parent_name, const char* name,
                                             const char* conf_name, OutputInitSubFunc InitFunc,
                                             SCFileLogger FileLogFunc, ThreadInitFunc ThreadInit,
                                             ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          make_logger<FileLoggerFns>(name, FileLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterStatsSubModule(LoggerId, const char* parent_name, const char* name,
                                              const char* conf_name, OutputInitSubFunc InitFunc,
                                              StatsLogger StatsLogFunc, ThreadInitFunc ThreadInit,
                                              ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          make_logger<StatsLoggerFns>(name, StatsLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterFiledataModule(LoggerId, const char* name, const char* conf_name,
                                              OutputInitFunc InitFunc,
                                              SCFiledataLogger FiledataLogFunc,
                                              ThreadInitFunc ThreadInit,
                                              ThreadDeinitFunc ThreadDeinit) {
  add_output(conf_name, InitFunc,
             make_logger<FiledataLoggerFns>(name, FiledataLogFunc, ThreadInit, ThreadDeinit),
             {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterStreamingModule(LoggerId, const char* name, const char* conf_name,
                                               OutputInitFunc InitFunc,
                                               SCStreamingLogger StreamingLogFunc,
                                               enum SCOutputStreamingType stream_type,
                                               ThreadInitFunc ThreadInit,
                                               ThreadDeinitFunc ThreadDeinit) {
  auto fns = make_logger<StreamingLoggerFns>(name, StreamingLogFunc, ThreadInit, ThreadDeinit);
  fns.type = stream_type;
  add_output(conf_name, InitFunc, fns, {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterStatsModule(LoggerId, const char* name, const char* conf_name,
                                           OutputInitFunc InitFunc, StatsLogger StatsLogFunc,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  add_output(conf_name, InitFunc,
             make_logger<StatsLoggerFns>(name, StatsLogFunc, ThreadInit, ThreadDeinit),
             {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModule(LoggerId, const char* parent_name, const char* name,
                                           const char* conf_name, OutputInitSubFunc InitFunc,
                                           AppProto alproto, TxLogger TxLogFunc,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          tx_logger(name, alproto, TxLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModuleWithCondition(
    LoggerId, const char* parent_name, const char* name, const char* conf_name,
    OutputInitSubFunc InitFunc, AppProto alproto, TxLogger TxLogFunc, TxLoggerCondition,
    ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          tx_logger(name, alproto, TxLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModuleWithProgress(LoggerId, const char* parent_name,
                                                       const char* name, const char* conf_name,
                                                       OutputInitSubFunc InitFunc, AppProto alproto,
                                                       TxLogger TxLogFunc, int, int,
                                                       ThreadInitFunc ThreadInit,
                                                       ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          tx_logger(name, alproto, TxLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModuleWithProgressSubState(
    LoggerId, const char* parent_name, const char* name, const char* conf_name,
    OutputInitSubFunc InitFunc, AppProto alproto, const uint8_t, TxLogger TxLogFunc, uint8_t,
    uint8_t, ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit) {
  add_sub(parent_name, conf_name, InitFunc,
          tx_logger(name, alproto, TxLogFunc, ThreadInit, ThreadDeinit),
          {__func__, SURISIM_CALLER});
}
