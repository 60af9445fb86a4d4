// C functions that register outputs: modules (EVE sub-modules and separate outputs), loggers
// without a module, EVE callbacks and EVE file types. Also runs EVE and logging-ready callbacks.
//
// Source:  output.c (OutputRegisterPacketSubModule and its siblings), runmodes.c (SetupOutput),
//          output-packet.c, output-tx.c, output-file.c, output-filedata.c, output-streaming.c,
//          output-flow.c, output-stats.c, output-eve.c.
#include <suricata/output-eve.h>
#include <suricata/output.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "abi/callbacks.hpp"
#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "abi/json_builder.hpp"
#include "abi/registrations.hpp"
#include "base/safe_read.hpp"
#include "trace/context.hpp"

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

// Without a logger Suricata exits; with a NULL `conf_name` it crashes when it compares that with a
// type.
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

// Loggers without a module.

namespace {

struct LoggerCall {
  const char* function;  // a string literal
  const void* caller;
  void* initdata;
  RegisteredBy by = RegisteredBy::logger;
};

// Sets `fns.seen`. `log`: NULL is refused, because it would crash Suricata at the first record.
template <class Fns>
int add_logger(Fns fns, const void* log, const LoggerCall& call) {
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
int add_logger(const Fns& fns, const LoggerCall& call) {
  return add_logger(fns, reinterpret_cast<const void*>(fns.log), call);
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
  return add_logger(fns, log, {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterTxLogger(LoggerId, const char* name, AppProto alproto,
                                         TxLogger LogFunc, void* initdata, int, int,
                                         TxLoggerCondition, ThreadInitFunc ThreadInit,
                                         ThreadDeinitFunc ThreadDeinit) {
  return add_logger(tx_logger(name, alproto, LogFunc, ThreadInit, ThreadDeinit),
                    {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterTxLoggerForSubState(LoggerId, const char* name, AppProto alproto,
                                                    const uint8_t, TxLogger LogFunc, void* initdata,
                                                    int, int, TxLoggerCondition,
                                                    ThreadInitFunc ThreadInit,
                                                    ThreadDeinitFunc ThreadDeinit) {
  return add_logger(tx_logger(name, alproto, LogFunc, ThreadInit, ThreadDeinit),
                    {__func__, SURISIM_CALLER, initdata, RegisteredBy::sub_state});
}

SURISIM_ABI int SCOutputRegisterFileLogger(LoggerId, const char* name, SCFileLogger LogFunc,
                                           void* initdata, ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  return add_logger(make_logger<FileLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                    {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterFiledataLogger(LoggerId, const char* name, SCFiledataLogger LogFunc,
                                               void* initdata, ThreadInitFunc ThreadInit,
                                               ThreadDeinitFunc ThreadDeinit) {
  return add_logger(make_logger<FiledataLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                    {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterStreamingLogger(LoggerId, const char* name,
                                                SCStreamingLogger LogFunc, void* initdata,
                                                enum SCOutputStreamingType type,
                                                ThreadInitFunc ThreadInit,
                                                ThreadDeinitFunc ThreadDeinit) {
  auto fns = make_logger<StreamingLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit);
  fns.type = type;
  return add_logger(fns, {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int SCOutputRegisterFlowLogger(const char* name, FlowLogger LogFunc, void* initdata,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit) {
  return add_logger(make_logger<FlowLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                    {__func__, SURISIM_CALLER, initdata});
}

SURISIM_ABI int OutputRegisterStatsLogger(const char* name, StatsLogger LogFunc,
                                          OutputCtx* output_ctx, ThreadInitFunc ThreadInit,
                                          ThreadDeinitFunc ThreadDeinit) {
  return add_logger(make_logger<StatsLoggerFns>(name, LogFunc, ThreadInit, ThreadDeinit),
                    {__func__, SURISIM_CALLER, output_ctx});
}

// EVE callbacks and EVE file types.

using surisim::EventKind;

namespace {

bool is_builtin(const char* name) {
  for (const char* known : {"regular", "unix_dgram", "unix_stream", "redis"}) {
    if (std::strcmp(known, name) == 0) return true;
  }
  return false;
}

// Like Suricata, this compares with the names as they are now.
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

// Reports that the running EVE callback has left something open, or closed more than it had opened.
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
    SCEveFileType now{};  // copied safely, because the plugin may have freed it
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
