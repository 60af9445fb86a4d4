// What plugins register for outputs: loggers of each kind, file types of EVE, and modules, which
// are loggers that outputs set up. And the interface through which their functions reach an output.
//
// When:    registered from a plugin's Init on, until reset(); Suricata's own loggers are added as
//          outputs are set up; a LogFileCtx while outputs are open.
// Owner:   the process state (LoggerLists), and the modules that outputs set up; an output owns its
//          LogFileCtx.
// Threads: main registers, without a lock, as in Suricata; counters and a LogFileCtx: any.
// Source:  output-packet.h, output-tx.h, output-file.h, output-filedata.h, output-streaming.h,
//          output-flow.h, output-stats.h; output-eve.c, output.c (OutputRegisterFlowSubModule and
//          its siblings), util-logopenfile.c (LogFileCtx, LogFileEnsureExists), output-json.c
//          (OutputJsonBuilderBuffer).
#pragma once

#include <suricata/app-layer-protos.h>
#include <suricata/output-json.h>
#include <suricata/output.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "abi/registrations.hpp"
#include "base/journal.hpp"

namespace surisim::abi {

// Suricata's own loggers, which stand in the same lists as those of plugins.
enum class OwnLogger : std::uint8_t {
  none,  // a plugin's
  flow,
  netflow,
  alert,
  anomaly,
  stats,
  other,  // its records are not modelled
};

// `seen`: its entry in the report; null for Suricata's own.
template <class Log, JournalCallback kind>
struct LoggerFns {
  static constexpr JournalCallback kKind = kind;

  RegisteredLogger* seen = nullptr;
  const char* name = nullptr;
  Log log = nullptr;
  ThreadInitFunc thread_init = nullptr;
  ThreadDeinitFunc thread_deinit = nullptr;
  OwnLogger own = OwnLogger::none;
};

struct PacketLoggerFns : LoggerFns<PacketLogger, JournalCallback::packet_logger> {
  PacketLogCondition condition = nullptr;
};
struct TxLoggerFns : LoggerFns<TxLogger, JournalCallback::tx_logger> {
  AppProto protocol = ALPROTO_UNKNOWN;
};
struct FileLoggerFns : LoggerFns<SCFileLogger, JournalCallback::file_logger> {};
struct FiledataLoggerFns : LoggerFns<SCFiledataLogger, JournalCallback::filedata_logger> {};
struct StreamingLoggerFns : LoggerFns<SCStreamingLogger, JournalCallback::streaming_logger> {
  SCOutputStreamingType type = STREAMING_TCP_DATA;
};
struct FlowLoggerFns : LoggerFns<FlowLogger, JournalCallback::flow_logger> {};
struct StatsLoggerFns : LoggerFns<StatsLogger, JournalCallback::stats_logger> {};

using AnyLoggerFns = std::variant<PacketLoggerFns, TxLoggerFns, FileLoggerFns, FiledataLoggerFns,
                                  StreamingLoggerFns, FlowLoggerFns, StatsLoggerFns>;

template <class Fns>
Fns make_logger(const char* name, decltype(Fns::log) log, ThreadInitFunc thread_init,
                ThreadDeinitFunc thread_deinit) {
  Fns fns;
  fns.name = name;
  fns.log = log;
  fns.thread_init = thread_init;
  fns.thread_deinit = thread_deinit;
  return fns;
}

// Copies what the report says of a logger.
template <class Fns>
void describe(const Fns& fns, RegisteredLogger& entry) {
  entry.has_thread_init = fns.thread_init != nullptr;
  if constexpr (std::is_same_v<Fns, TxLoggerFns>) entry.protocol = fns.protocol;
  if constexpr (std::is_same_v<Fns, StreamingLoggerFns>) entry.stream = fns.type;
}

}  // namespace surisim::abi

// What records are written to: an eve-log output's, or a thread's own.
struct LogFileCtx_ {
  virtual ~LogFileCtx_() = default;
  // LogFileEnsureExists: in threaded mode the calling thread's own, which is made at the first
  // call. `tv`: NULL on main. NULL: it could not be opened.
  virtual LogFileCtx_* of_thread(ThreadVars* tv) = 0;
  // OutputJsonBuilderBuffer, which has this of `logger`.
  virtual void log(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record,
                   OutputJsonThreadCtx& logger) = 0;
};

namespace surisim::abi {

// A file type. Suricata keeps the pointer to its struct, and uses what stands there; here the
// struct as it was registered is used, so that one that has changed (output-changed) does not
// crash.
struct RegisteredFileType {
  SCEveFileType* given = nullptr;
  SCEveFileType type{};  // a copy; its name is `name`
  std::string name;
  std::uint32_t plugin = 0;
  const void* caller = nullptr;  // of the registration
  // Calls that have begun, over all lifecycles.
  std::atomic<std::uint64_t> inits{0};
  std::atomic<std::uint64_t> thread_inits{0};
  std::atomic<std::uint64_t> writes{0};
  std::atomic<std::uint64_t> thread_deinits{0};
  std::atomic<std::uint64_t> deinits{0};
};

// The names that Suricata registers file types under before plugins are loaded (output-eve-null.c,
// output-eve-syslog.c).
inline constexpr std::string_view kOwnFileTypes[] = {"nullsink", "syslog"};

// A logger that outputs set up: a sub-module of EVE, when an eve-log's types name it, or an output
// of its own, when the configuration's outputs do.
struct OutputModule {
  bool is_sub = false;
  std::string parent;     // "eve-log", of a sub-module
  std::string conf_name;  // "eve-log.TYPE", or the output's name
  OutputInitFunc init = nullptr;
  OutputInitSubFunc init_sub = nullptr;
  AnyLoggerFns fns;  // with the caller's pointers, as Suricata keeps them
  std::uint32_t plugin = 0;

  const char* name() const {
    return std::visit([](const auto& one) { return one.name; }, fns);
  }
  JournalCallback kind() const {
    return std::visit([](const auto& one) { return one.kKind; }, fns);
  }
  RegisteredLogger& seen() const {
    return *std::visit([](const auto& one) { return one.seen; }, fns);
  }
};

struct EveRegistrations {
  std::deque<RegisteredFileType> file_types;
  std::deque<OutputModule> modules;
  // An eve-log's sensor-id: of all records of packets, the last output's that has one. [main]
  // writes
  std::optional<std::uint64_t> sensor_id;

  // By the name that it was registered with. Null: there is none.
  RegisteredFileType* find(std::string_view name);
  bool has_type(std::string_view type) const;  // of a sub-module: "flow"
  void reset();
};

// Registers a logger, as SCOutputRegisterFlowLogger and its siblings do, for a module that is set
// up with `context`.
void register_logger(const OutputModule& module, OutputCtx* context);

}  // namespace surisim::abi
