// The functions of a logger, for each kind of logger.
//
// When:    a plugin registers them from its Init on; Suricata's own are added as outputs are set
//          up.
// Owner:   the process state (LoggerLists), and the modules that outputs set up.
// Threads: [main] writes, any reads.
// Source:  output-packet.h, output-tx.h, output-file.h, output-filedata.h, output-streaming.h,
//          output-flow.h, output-stats.h.
#pragma once

#include <suricata/app-layer-protos.h>
#include <suricata/output.h>

#include <cstdint>
#include <type_traits>
#include <variant>

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
