// Runs a thread's loggers, and explains in the summary why a plugin's logger never ran.
#include "outputs/loggers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/process_state.hpp"
#include "base/journal.hpp"
#include "outputs/eve.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::engine {
namespace {

// The name in events.
const char* name_of(JournalCallback kind) {
  constexpr const char* kNames[] = {"packet_logger",    "tx_logger",        "file_logger",
                                    "file_data_logger", "streaming_logger", "flow_logger",
                                    "statistics_logger"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(JournalCallback::stats_logger) -
                                         static_cast<std::size_t>(JournalCallback::packet_logger) +
                                         1);
  return kNames[static_cast<std::size_t>(kind) -
                static_cast<std::size_t>(JournalCallback::packet_logger)];
}

// Runs the ThreadInit of the plugin's logger `index`; if it succeeds, appends its data.
template <class Node>
void init_one(const Node& node, std::size_t index, JournalCallback kind, Thread& thread,
              std::vector<LoggerData>& data) {
  if (node.fn.thread_init == nullptr) return;
  record(EventKind::logger_thread_init,
         {.what = name_of(kind), .detail = intern_here(node.fn.name), .thread = &thread});
  void* made = nullptr;
  TmEcode done = TM_ECODE_FAILED;
  abi::run_guarded(kind, thread.tv(), node.plugin,
                   reinterpret_cast<const void*>(node.fn.thread_init),
                   [&] { done = node.fn.thread_init(thread.tv(), node.user, &made); });
  if (done != TM_ECODE_OK) return;
  node.fn.seen->initialised.store(true, std::memory_order_relaxed);
  data.push_back({.data = made, .maker = index, .is_own = false, .own_deinit = nullptr, .runs = 0});
}

// The same for one of Suricata's own loggers.
template <class Node>
void init_own(const Node& node, std::size_t index, Thread& thread, std::vector<LoggerData>& data) {
  void* made = nullptr;
  if (node.fn.thread_init(thread.tv(), node.user, &made) == TM_ECODE_OK)
    data.push_back({.data = made,
                    .maker = index,
                    .is_own = true,
                    .own_deinit = node.fn.thread_deinit,
                    .runs = 0});
}

template <class Fns>
std::string shown_name(const Fns& logger, JournalCallback kind) {
  return logger.seen == nullptr ? std::string("one of Suricata's own")
                                : fmt::format("{} \"{}\"", to_string(kind), logger.seen->name);
}

// Reports that `node`, which has made no data, gets the data that `maker` has made.
template <class Node>
void report_foreign(const Node& node, JournalCallback kind, const Node& maker, bool maker_is_own,
                    const Thread& thread) {
  const bool has_init = node.fn.thread_init != nullptr;
  const std::string message = fmt::format(
      "{} {}: Suricata gives it the data of the next logger that has some, {}, and to each logger "
      "after it that of its next{}",
      shown_name(node.fn, kind),
      has_init ? fmt::format("failed in its ThreadInit on {}", thread.name()) : "has no ThreadInit",
      shown_name(maker.fn, kind), maker_is_own ? ". It is not called with that here" : "");
  abi::notify(abi::OutputMistake{RuleId::logger_foreign_data, "", nullptr,
                                 has_init ? reinterpret_cast<const void*>(node.fn.thread_init)
                                          : reinterpret_cast<const void*>(node.fn.log),
                                 node.plugin, message.c_str()});
}

// Finds the loggers that have made no data and get that of a later logger.
template <class Node>
void check_data(const Node* first, JournalCallback kind, const std::vector<LoggerData>& data,
                const Thread& thread) {
  std::vector<const Node*> nodes;
  for (const Node* node = first; node != nullptr; node = node->next.load(std::memory_order_acquire))
    nodes.push_back(node);
  std::size_t next = 0;  // in `data`
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    const Node& node = *nodes[index];
    const bool has_made = next < data.size() && data[next].maker == index;
    if (node.fn.seen != nullptr && !has_made && next < data.size())
      report_foreign(node, kind, *nodes[data[next].maker], data[next].is_own, thread);
    if (node.fn.seen != nullptr && has_made && (index >= data.size() || data[index].is_own))
      node.fn.seen->displaced.store(true, std::memory_order_relaxed);
    if (has_made) ++next;
  }
}

template <class Node>
void deinit_one(const Node& node, JournalCallback kind, Thread& thread, const LoggerData& mine) {
  node.fn.seen->runs.fetch_add(mine.runs, std::memory_order_relaxed);
  if (node.fn.thread_deinit == nullptr) return;
  record(EventKind::logger_thread_deinit,
         {.what = name_of(kind), .detail = intern_here(node.fn.name), .thread = &thread});
  abi::run_guarded(kind, thread.tv(), node.plugin,
                   reinterpret_cast<const void*>(node.fn.thread_deinit),
                   [&] { node.fn.thread_deinit(thread.tv(), mine.data); });
}

void count(abi::RegisteredLogger& logger, LoggerData& mine) {
  if (mine.runs++ == 0) logger.ran.store(true, std::memory_order_relaxed);
}

// Why surisim never runs loggers of this kind; NULL: it does.
const char* why_never(const abi::RegisteredLogger& logger) {
  switch (logger.kind) {
    case JournalCallback::tx_logger:
      return "surisim has no app-layer parsers, and so no transactions; Suricata runs it for each "
             "transaction of the protocol if one of its own loggers of that protocol is enabled "
             "too";
    case JournalCallback::file_logger:
      return "surisim has no app-layer parsers, and so no files; Suricata runs it for each "
             "complete "
             "file";
    case JournalCallback::filedata_logger:
      return "surisim has no app-layer parsers, and so no files; Suricata runs it for each piece "
             "of "
             "a file that is to be stored";
    case JournalCallback::streaming_logger:
      if (logger.stream == STREAMING_TCP_DATA) return nullptr;
      return "surisim has no app-layer parsers, and so no HTTP bodies; Suricata runs it for each "
             "piece of a body";
    default:
      return nullptr;
  }
}

// Why there was nothing to log for a logger that could have run.
const char* why_nothing(JournalCallback kind) {
  switch (kind) {
    case JournalCallback::packet_logger:
      return "there were no packets, or none that its Condition accepts";
    case JournalCallback::streaming_logger:
      return "no TCP data was acknowledged, and no session has ended";
    case JournalCallback::stats_logger:
      return "the thread CS has written no statistics";
    default:
      return "no flow has ended";
  }
}

std::string why_silent(const abi::RegisteredLogger& logger, const Eve& eve) {
  if (!logger.eve_type.empty() && !logger.set_up.load(std::memory_order_relaxed))
    return fmt::format("no EVE output has its type: name {} in the types of an eve-log",
                       logger.eve_type);
  if (!logger.output.empty() && !logger.set_up.load(std::memory_order_relaxed))
    return fmt::format("no output has its name: enable {} in the configuration's outputs",
                       logger.output);
  if (logger.displaced.load(std::memory_order_relaxed))
    return "an earlier logger has made no data, and gets the data of this one "
           "(logger-foreign-data)";
  if (!logger.has_thread_init)
    return "it has no ThreadInit, and Suricata runs loggers whose ThreadInit has succeeded";
  if (const char* const why = why_never(logger)) return why;
  if (logger.kind == JournalCallback::packet_logger && !eve.packet_loggers_run())
    return "none of Suricata's own packet loggers is enabled (T15); --eve enables some";
  if (logger.kind == JournalCallback::streaming_logger && !eve.streaming_loggers_run())
    return "streaming loggers run only if the configuration has outputs, and at least one of these "
           "loggers was registered before the outputs were set up, as in Init";
  if (!logger.initialised.load(std::memory_order_relaxed))
    return logger.kind == JournalCallback::stats_logger
               ? "its ThreadInit has not succeeded: it runs on the thread CS, which exists only if "
                 "statistics are enabled"
               : "its ThreadInit has not succeeded on any thread";
  return why_nothing(logger.kind);
}

}  // namespace

template <class Fns>
void ThreadLoggers<Fns>::thread_init(Thread& thread) {
  const Node* const first = abi::state().loggers.of<Fns>().first();
  std::size_t index = 0;
  for (const Node* node = first; node != nullptr;
       node = node->next.load(std::memory_order_acquire), ++index) {
    if (node->fn.own != abi::OwnLogger::none)
      init_own(*node, index, thread, data_);
    else
      init_one(*node, index, Fns::kKind, thread, data_);
  }
  if (data_.size() < index) check_data(first, Fns::kKind, data_, thread);
}

template <class Fns>
void ThreadLoggers<Fns>::thread_deinit(Thread& thread) {
  const Node* node = abi::state().loggers.of<Fns>().first();
  for (const LoggerData& mine : data_) {
    if (mine.is_own)
      mine.own_deinit(thread.tv(), mine.data);
    else if (node != nullptr && node->fn.own == abi::OwnLogger::none)
      deinit_one(*node, Fns::kKind, thread, mine);
    if (node != nullptr) node = node->next.load(std::memory_order_acquire);
  }
  data_.clear();
}

template class ThreadLoggers<abi::FlowLoggerFns>;
template class ThreadLoggers<abi::PacketLoggerFns>;
template class ThreadLoggers<abi::FileLoggerFns>;
template class ThreadLoggers<abi::FiledataLoggerFns>;
template class ThreadLoggers<abi::StreamingLoggerFns>;
template class ThreadLoggers<abi::StatsLoggerFns>;

template <>
void FlowLoggers::run_plugins(const Node& node, Thread& thread, Flow& flow, LoggerData& mine) {
  count(*node.fn.seen, mine);
  if (thread.context().record_flows)
    record_flow(EventKind::logger_run, fields_of(flow), &thread, "flow_logger",
                intern_here(node.fn.name));
  abi::run_guarded(JournalCallback::flow_logger, thread.tv(), node.plugin,
                   reinterpret_cast<const void*>(node.fn.log),
                   [&] { node.fn.log(thread.tv(), mine.data, &flow); });
}

template <>
void PacketLoggers::run_plugins(const Node& node, Thread& thread, const Packet& packet,
                                LoggerData& mine) {
  if (thread.context().record_flows)
    record(EventKind::logger_run,
           {.what = "packet_logger", .detail = intern_here(node.fn.name), .thread = &thread});
  abi::run_guarded(JournalCallback::packet_logger, thread.tv(), node.plugin,
                   reinterpret_cast<const void*>(node.fn.log), [&] {
                     if (!node.fn.condition(thread.tv(), mine.data, &packet)) return;
                     count(*node.fn.seen, mine);
                     node.fn.log(thread.tv(), mine.data, &packet);
                   });
}

void StreamingLoggers::log(Thread& thread, const Flow& flow, const StreamPiece& piece) {
  for_each(0, SIZE_MAX, [&](const Node& node, LoggerData& mine) {
    if (node.fn.type != STREAMING_TCP_DATA) return;
    count(*node.fn.seen, mine);
    if (thread.context().record_flows)
      record_flow(EventKind::logger_run, fields_of(flow), &thread,
                  name_of(JournalCallback::streaming_logger), intern_here(node.fn.name));
    abi::run_guarded(JournalCallback::streaming_logger, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.log), [&] {
                       node.fn.log(thread.tv(), mine.data, &flow, piece.data.data(),
                                   static_cast<std::uint32_t>(piece.data.size()), 0, piece.flags);
                     });
  });
}

void StatsLoggers::run_plugins(const Node& node, Thread& thread, const StatsTable& table,
                               LoggerData& mine) {
  count(*node.fn.seen, mine);
  record(EventKind::logger_run, {.what = name_of(JournalCallback::stats_logger),
                                 .detail = intern_here(node.fn.name),
                                 .thread = &thread});
  abi::run_guarded(JournalCallback::stats_logger, thread.tv(), node.plugin,
                   reinterpret_cast<const void*>(node.fn.log),
                   [&] { node.fn.log(thread.tv(), mine.data, &table); });
}

// As OutputTxLogThreadInit: protocol by protocol, each in the order of registration; then the file
// loggers.
void TxLoggers::thread_init(Thread& thread) {
  for (const auto* node = abi::state().loggers.of<abi::TxLoggerFns>().first(); node != nullptr;
       node = node->next.load(std::memory_order_acquire))
    of_[node->fn.protocol].loggers.push_back(node);
  for (auto& [protocol, mine] : of_) {
    for (std::size_t i = 0; i < mine.loggers.size(); ++i)
      init_one(*mine.loggers[i], i, JournalCallback::tx_logger, thread, mine.data);
  }
  files_.thread_init(thread);
  file_data_.thread_init(thread);
}

void TxLoggers::thread_deinit(Thread& thread) {
  for (const auto& [protocol, mine] : of_) {
    for (std::size_t i = 0; i < mine.data.size(); ++i)
      deinit_one(*mine.loggers[i], JournalCallback::tx_logger, thread, mine.data[i]);
  }
  of_.clear();
  files_.thread_deinit(thread);
  file_data_.thread_deinit(thread);
}

std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve) {
  std::vector<LoggerInfo> all;
  abi::state().registered_loggers.for_each([&](const abi::RegisteredLogger& logger) {
    LoggerInfo& info = all.emplace_back();
    if (logger.plugin < plugins.plugins().size())
      info.plugin = plugins.plugins()[logger.plugin].name;
    info.kind = to_string(logger.kind);
    info.name = logger.name;
    if (logger.kind == JournalCallback::tx_logger) {
      const char* const protocol = abi::state().protocols.name_of(logger.protocol);
      info.app_proto = protocol == nullptr ? "" : protocol;
    }
    info.runs = logger.runs.load(std::memory_order_relaxed);
    if (!logger.ran.load(std::memory_order_relaxed)) info.why_silent = why_silent(logger, eve);
  });
  return all;
}

std::vector<FileTypeInfo> summarize_file_types(const PluginLoader& plugins) {
  std::vector<FileTypeInfo> all;
  for (const abi::RegisteredFileType& type : abi::state().eve_outputs.file_types) {
    const auto count = [](const std::atomic<std::uint64_t>& calls) {
      return calls.load(std::memory_order_relaxed);
    };
    FileTypeInfo& info = all.emplace_back();
    if (type.plugin < plugins.plugins().size()) info.plugin = plugins.plugins()[type.plugin].name;
    info.name = type.name;
    info.inits = count(type.inits);
    info.thread_inits = count(type.thread_inits);
    info.writes = count(type.writes);
    info.thread_deinits = count(type.thread_deinits);
    info.deinits = count(type.deinits);
  }
  return all;
}

namespace {

StatsRecord record_of(const CounterInfo& counter, const char* thread, std::int64_t value) {
  const char* const name = counter.name.c_str();
  const char* const dot = std::strrchr(name, '.');
  return {.name = name,
          .short_name = dot == nullptr ? nullptr : dot + 1,
          .tm_name = thread,
          .value = value,
          .pvalue = 0};
}

}  // namespace

CounterTable::CounterTable(std::vector<CounterInfo> counters, time_t started)
    : counters_(std::move(counters)) {
  const auto row_of = [this](const std::string& thread) {
    const auto known = std::find(threads_.begin(), threads_.end(), thread);
    if (known != threads_.end()) return static_cast<std::size_t>(known - threads_.begin());
    threads_.push_back(thread);
    return threads_.size() - 1;
  };
  for (const CounterInfo& counter : counters_) {
    for (const CounterInfo::OfThread& of : counter.threads) row_of(of.thread);
  }
  const std::size_t global = row_of("Global");
  of_threads_.resize(threads_.size() * counters_.size());
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const CounterInfo& counter = counters_[i];
    totals_.push_back(record_of(counter, "Total", counter.value));
    const auto put = [&](std::size_t row, std::int64_t value) {
      of_threads_[row * counters_.size() + i] = record_of(counter, threads_[row].c_str(), value);
    };
    for (const CounterInfo::OfThread& of : counter.threads) put(row_of(of.thread), of.value);
    if (counter.threads.empty()) put(global, counter.value);
  }
  table_ = {.stats = totals_.data(),
            .tstats = of_threads_.data(),
            .nstats = static_cast<std::uint32_t>(totals_.size()),
            .ntstats = static_cast<std::uint32_t>(threads_.size()),
            .start_time = started,
            .ts = {}};
}

}  // namespace surisim::engine
