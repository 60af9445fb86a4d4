// Registration of EVE's sub-modules. Source: output.c (OutputRegisterPacketSubModule and its
// siblings), runmodes.c (SetupOutput).
#include <suricata/output.h>

#include <new>
#include <utility>

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

const void* address_of(const OutputModule& module, TxLogger log_tx) {
  if (module.kind == JournalCallback::flow_logger)
    return reinterpret_cast<const void*>(module.log_flow);
  if (module.kind == JournalCallback::packet_logger)
    return module.condition == nullptr ? nullptr : reinterpret_cast<const void*>(module.log_packet);
  return reinterpret_cast<const void*>(log_tx);
}

std::string text(const char* name) { return name == nullptr ? "" : name; }

// Suricata ends without a logger, and crashes when it compares a NULL `conf_name` with a type.
void add(OutputModule module, const char* parent, const char* conf_name, TxLogger log_tx,
         const Registration& by) {
  note_call(by.function);
  const void* const log = conf_name == nullptr ? nullptr : address_of(module, log_tx);
  Observer* const watcher = observer();
  if (watcher != nullptr &&
      !watcher->allow(
          CallbackRegistration{module.kind, log, by.caller, RegisteredBy::sub_module, by.function}))
    return;
  if (log == nullptr) return;
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a logger", by.caller)) return;
  module.parent = text(parent);
  module.conf_name = conf_name;
  module.plugin = running_plugin();
  const std::string_view type = module.conf_name;
  module.seen = &state().registered_loggers.add(
      module.kind, module.name, module.protocol, module.plugin, module.thread_init != nullptr,
      std::string(type.substr(type.starts_with("eve-log.") ? 8 : 0)));
  notify(OutputRegistration{module.kind, module.name, nullptr, by.caller});
  state().eve_outputs.modules.push_back(std::move(module));
}

void add_tx(const char* parent, const char* name, const char* conf_name, OutputInitSubFunc init_sub,
            AppProto protocol, TxLogger log_tx, ThreadInitFunc thread_init,
            ThreadDeinitFunc thread_deinit, const Registration& by) {
  OutputModule module;
  module.kind = JournalCallback::tx_logger;
  module.name = name;
  module.init_sub = init_sub;
  module.protocol = protocol;
  module.thread_init = thread_init;
  module.thread_deinit = thread_deinit;
  add(std::move(module), parent, conf_name, log_tx, by);
}

template <class Fns>
void append(CallbackList<Fns>& list, Fns fns, const OutputModule& module, OutputCtx* context) {
  list.append(new typename CallbackList<Fns>::Node{fns, context, module.plugin, {}});
}

}  // namespace

void register_logger(const OutputModule& module, OutputCtx* context) {
  const HostScope host;
  module.seen->set_up.store(true, std::memory_order_relaxed);
  if (module.kind == JournalCallback::flow_logger) {
    append(state().flow_loggers,
           {module.seen, module.name, module.log_flow, module.thread_init, module.thread_deinit},
           module, context);
  } else if (module.kind == JournalCallback::packet_logger) {
    append(state().packet_loggers,
           {module.seen, module.name, module.log_packet, module.condition, module.thread_init,
            module.thread_deinit},
           module, context);
  } else {
    append(state().tx_loggers,
           {module.seen, module.name, module.protocol, module.thread_init, module.thread_deinit},
           module, context);
  }
}

}  // namespace surisim::abi

SURISIM_ABI void OutputRegisterPacketSubModule(LoggerId, const char* parent_name, const char* name,
                                               const char* conf_name, OutputInitSubFunc InitFunc,
                                               OutputPacketLoggerFunctions* functions) {
  SURISIM_NOT_NULL(functions);
  OutputModule module;
  module.kind = JournalCallback::packet_logger;
  module.name = name;
  module.init_sub = InitFunc;
  module.log_packet = functions->LogFunc;
  module.condition = functions->ConditionFunc;
  module.thread_init = functions->ThreadInitFunc;
  module.thread_deinit = functions->ThreadDeinitFunc;
  add(std::move(module), parent_name, conf_name, nullptr, {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterFlowSubModule(LoggerId, const char* parent_name, const char* name,
                                             const char* conf_name, OutputInitSubFunc InitFunc,
                                             FlowLogger FlowLogFunc, ThreadInitFunc ThreadInit,
                                             ThreadDeinitFunc ThreadDeinit) {
  OutputModule module;
  module.kind = JournalCallback::flow_logger;
  module.name = name;
  module.init_sub = InitFunc;
  module.log_flow = FlowLogFunc;
  module.thread_init = ThreadInit;
  module.thread_deinit = ThreadDeinit;
  add(std::move(module), parent_name, conf_name, nullptr, {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModule(LoggerId, const char* parent_name, const char* name,
                                           const char* conf_name, OutputInitSubFunc InitFunc,
                                           AppProto alproto, TxLogger TxLogFunc,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  add_tx(parent_name, name, conf_name, InitFunc, alproto, TxLogFunc, ThreadInit, ThreadDeinit,
         {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModuleWithCondition(
    LoggerId, const char* parent_name, const char* name, const char* conf_name,
    OutputInitSubFunc InitFunc, AppProto alproto, TxLogger TxLogFunc, TxLoggerCondition,
    ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit) {
  add_tx(parent_name, name, conf_name, InitFunc, alproto, TxLogFunc, ThreadInit, ThreadDeinit,
         {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModuleWithProgress(LoggerId, const char* parent_name,
                                                       const char* name, const char* conf_name,
                                                       OutputInitSubFunc InitFunc, AppProto alproto,
                                                       TxLogger TxLogFunc, int, int,
                                                       ThreadInitFunc ThreadInit,
                                                       ThreadDeinitFunc ThreadDeinit) {
  add_tx(parent_name, name, conf_name, InitFunc, alproto, TxLogFunc, ThreadInit, ThreadDeinit,
         {__func__, SURISIM_CALLER});
}

SURISIM_ABI void OutputRegisterTxSubModuleWithProgressSubState(
    LoggerId, const char* parent_name, const char* name, const char* conf_name,
    OutputInitSubFunc InitFunc, AppProto alproto, const uint8_t, TxLogger TxLogFunc, uint8_t,
    uint8_t, ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit) {
  add_tx(parent_name, name, conf_name, InitFunc, alproto, TxLogFunc, ThreadInit, ThreadDeinit,
         {__func__, SURISIM_CALLER});
}
