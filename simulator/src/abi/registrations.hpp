// What plugins register besides storage and callbacks: protocols, keywords and functions to be
// called later, which the simulator only numbers and lists; and loggers, file types and output
// modules.
//
// When:    from a plugin's Init on, until reset().
// Owner:   the process state.
// Threads: main: registration has no lock, as in Suricata. RegisteredLoggers: any.
// Source:  app-layer-protos.c, app-layer.c, detect-engine-register.c, detect-engine-helper.c,
//          detect-engine.c, output.c.
#pragma once

#include <suricata/app-layer-protos.h>
#include <suricata/output-json.h>
#include <suricata/output-streaming.h>
#include <suricata/output.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/journal.hpp"
#include "base/mutex.hpp"

namespace surisim::abi {

// The numbers and names of application-layer protocols.
class Protocols {
 public:
  // As in a new process.
  void reset();
  // NULL: no protocol has this number.
  const char* name_of(AppProto protocol) const;
  // ALPROTO_UNKNOWN: no protocol has this name.
  AppProto find(const char* name) const;
  // Names a protocol anew, or gives the next free number a name. False: the number is higher.
  bool set(AppProto protocol, const char* name);

 private:
  std::vector<const char*> names_;  // callers' pointers, by number
};

// The numbers of keywords, buffers and thread contexts of rules, and sigmatch_table, to which
// plugins write.
class Keywords {
 public:
  // As in a new process, before any plugin is loaded.
  void reset();
  // The next free id; -1 when out of memory. The table may move.
  int add();
  // The same name gets the same number.
  int buffer(const std::string& name);
  int thread_context(const std::string& name);

 private:
  std::map<std::string, int> buffers_;
  std::map<std::string, int> thread_contexts_;
};

// The plugin's pointer to a keyword's name, which may be invalid. NULL: it has no name yet.
const char* keyword_name(int id);

// Functions that plugins pass in Init, called once all plugins are loaded, when Suricata registers
// its own (L2).
class LateRegistrations {
 public:
  struct Entry {
    void (*call)();
    std::uint32_t plugin;  // whose Init was running (LoadingPlugin::place)
  };

  // 0, or 1 when out of memory. NULL is reported to the observer and not kept. [main]
  int add(JournalCallback kind, void (*call)(), const void* caller);
  const std::vector<Entry>& all() const { return entries_; }
  void reset() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

// A logger that a plugin has registered, and whether it ran. Entries keep their addresses, and
// outlive the lists that threads run, which are emptied at the end of each lifecycle.
struct RegisteredLogger {
  JournalCallback kind = JournalCallback::none;
  std::string name;
  AppProto protocol = ALPROTO_UNKNOWN;                // of a tx logger
  SCOutputStreamingType stream = STREAMING_TCP_DATA;  // of a streaming logger
  std::uint32_t plugin = 0;                           // engine::kNoPlugin: unknown
  bool has_thread_init = false;
  std::string eve_type;                // of a sub-module of EVE: the type that sets it up; else ""
  std::string output;                  // of another module: the output that sets it up; else ""
  std::atomic<bool> set_up{false};     // an output has set the module up
  std::atomic<bool> displaced{false};  // a logger before it has its data
  std::atomic<bool> initialised{false};  // its ThreadInit has succeeded on a thread
  std::atomic<bool> ran{false};
  std::atomic<std::uint64_t> runs{0};  // on threads that have finished their ThreadDeinit
};

class RegisteredLoggers {
 public:
  // `fill` sets the entry's other fields. [any thread]
  template <class Fill>
  RegisteredLogger& add(JournalCallback kind, const char* name, std::uint32_t plugin, Fill fill) {
    const MutexLock lock(mutex_);
    RegisteredLogger& entry = entries_.emplace_back();
    entry.kind = kind;
    entry.name = name == nullptr ? "" : name;
    entry.plugin = plugin;
    fill(entry);
    return entry;
  }
  // Calls `call` with each, in the order of registration. [any thread]
  template <class Call>
  void for_each(Call call) const {
    const MutexLock lock(mutex_);
    for (const RegisteredLogger& entry : entries_) call(entry);
  }
  void reset() {
    const MutexLock lock(mutex_);
    entries_.clear();
  }

 private:
  mutable Mutex mutex_;
  std::deque<RegisteredLogger> entries_ SURISIM_GUARDED_BY(mutex_);
};

// Suricata's own loggers, which are in the same lists as those of plugins.
enum class OwnLogger : std::uint8_t {
  none,  // a plugin's
  flow,
  netflow,
  alert,
  anomaly,
  stats,
  other,  // its records are not modelled
};

// A logger's functions, as they were registered. `seen`: its entry in the report; null for
// Suricata's.
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

// Copies what the report says about a logger.
template <class Fns>
void describe(const Fns& fns, RegisteredLogger& entry) {
  entry.has_thread_init = fns.thread_init != nullptr;
  if constexpr (std::is_same_v<Fns, TxLoggerFns>) entry.protocol = fns.protocol;
  if constexpr (std::is_same_v<Fns, StreamingLoggerFns>) entry.stream = fns.type;
}

}  // namespace surisim::abi

// What records are written to: an eve-log output, or one thread's part of it. Suricata's headers
// only declare this type.
struct LogFileCtx_ {
  virtual ~LogFileCtx_() = default;
  // LogFileEnsureExists: in threaded mode the calling thread's part, which the first call creates.
  // `tv`: NULL on main. Returns NULL if it cannot be opened.
  virtual LogFileCtx_* of_thread(ThreadVars* tv) = 0;
  // Writes a record, for OutputJsonBuilderBuffer.
  virtual void log(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record,
                   OutputJsonThreadCtx& logger) = 0;
};

namespace surisim::abi {

// A file type. Suricata keeps a pointer to the plugin's struct; here a copy is used, so that a
// struct that has changed (output-changed) does no harm.
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

// A logger that outputs set up: an EVE sub-module if an eve-log's types name it, or a separate
// output if the configuration's outputs name it.
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
  // The sensor-id in all records of packets: that of the last eve-log which has one. Written by
  // [main].
  std::optional<std::uint64_t> sensor_id;

  // By the name that it was registered with. Null: there is none.
  RegisteredFileType* find(std::string_view name);
  bool has_type(std::string_view type) const;  // of a sub-module: "flow"
  void reset();
};

// Registers the logger of a module that is set up with `context`, as SCOutputRegisterFlowLogger and
// its siblings do.
void register_logger(const OutputModule& module, OutputCtx* context);

}  // namespace surisim::abi
