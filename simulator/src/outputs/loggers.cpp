// Runs the loggers that plugins have registered, on the threads that log, and says at the end which
// of them never ran, and why.
#include "outputs/loggers.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "abi/callbacks.hpp"
#include "abi/process_state.hpp"
#include "base/journal.hpp"
#include "outputs/eve.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

// As events name it.
const char* name_of(JournalCallback kind) {
  return kind == JournalCallback::flow_logger ? "flow_logger"
         : kind == JournalCallback::tx_logger ? "tx_logger"
                                              : "packet_logger";
}

template <class Subject>
constexpr JournalCallback kKindOf =
    std::is_same_v<Subject, Flow> ? JournalCallback::flow_logger : JournalCallback::packet_logger;

// Runs the ThreadInit of the logger at `place`; if it succeeds, appends its data.
template <class Node>
void init_one(const Node& node, std::size_t place, JournalCallback kind, Thread& thread,
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
  data.push_back({.data = made, .maker = place, .is_own = false, .runs = 0});
}

// One of Suricata's own.
template <class Node>
void init_own(const Node& node, std::size_t place, Thread& thread, std::vector<LoggerData>& data) {
  void* made = nullptr;
  if (node.fn.thread_init(thread.tv(), node.user, &made) == TM_ECODE_OK)
    data.push_back({.data = made, .maker = place, .is_own = true, .runs = 0});
}

template <class Fns>
std::string shown_name(const Fns& logger, JournalCallback kind) {
  return logger.seen == nullptr ? std::string("one of Suricata's own")
                                : fmt::format("{} \"{}\"", to_string(kind), logger.seen->name);
}

// Reports the logger at `place`, which has made no data and gets that of `maker`.
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

// Finds loggers without data of their own in front of data.
template <class Node>
void check_data(const Node* first, JournalCallback kind, const std::vector<LoggerData>& data,
                const Thread& thread) {
  std::vector<const Node*> nodes;
  for (const Node* node = first; node != nullptr; node = node->next.load(std::memory_order_acquire))
    nodes.push_back(node);
  std::size_t next = 0;  // of the data
  for (std::size_t place = 0; place < nodes.size(); ++place) {
    const Node& node = *nodes[place];
    const bool has_made = next < data.size() && data[next].maker == place;
    if (node.fn.seen != nullptr && !has_made && next < data.size())
      report_foreign(node, kind, *nodes[data[next].maker], data[next].is_own, thread);
    if (node.fn.seen != nullptr && has_made && (place >= data.size() || data[place].is_own))
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

std::string why_silent(const abi::RegisteredLogger& logger, const Eve& eve) {
  if (!logger.eve_type.empty() && !logger.set_up.load(std::memory_order_relaxed))
    return fmt::format("no EVE output has its type: name {} in the types of an eve-log",
                       logger.eve_type);
  if (logger.displaced.load(std::memory_order_relaxed))
    return "a logger before it has none of its own data, and gets this one's (logger-foreign-data)";
  if (!logger.has_thread_init)
    return "it has no ThreadInit, and Suricata runs loggers whose ThreadInit has succeeded";
  if (logger.kind == JournalCallback::tx_logger)
    return "there are no app-layer parsers here, and so no transactions; Suricata runs it for each "
           "one of the protocol, if a logger of its own is enabled for that too";
  if (logger.kind == JournalCallback::packet_logger && !eve.packet_loggers_run())
    return "none of Suricata's own packet loggers is enabled (T15); EVE has some, see --eve";
  if (!logger.initialised.load(std::memory_order_relaxed))
    return "its ThreadInit has not succeeded on any thread";
  return logger.kind == JournalCallback::packet_logger
             ? "there were no packets, or none that its Condition accepts"
             : "no flow has ended";
}

}  // namespace

template <>
const abi::CallbackList<abi::FlowLoggerFns>& FlowLoggers::list() {
  return abi::state().flow_loggers;
}

template <>
const abi::CallbackList<abi::PacketLoggerFns>& PacketLoggers::list() {
  return abi::state().packet_loggers;
}

template <class Subject>
void Loggers<Subject>::thread_init(Thread& thread) {
  std::size_t place = 0;
  for (const Node* node = list().first(); node != nullptr;
       node = node->next.load(std::memory_order_acquire), ++place) {
    if (node->fn.own != abi::OwnLogger::none)
      init_own(*node, place, thread, data_);
    else
      init_one(*node, place, kKindOf<Subject>, thread, data_);
  }
  if (data_.size() < place) check_data(list().first(), kKindOf<Subject>, data_, thread);
}

template <class Subject>
void Loggers<Subject>::thread_deinit(Thread& thread) {
  const Node* node = list().first();
  for (const LoggerData& mine : data_) {
    if (mine.is_own)
      JsonLogThreadDeinit(thread.tv(), mine.data);
    else if (node != nullptr && node->fn.own == abi::OwnLogger::none)
      deinit_one(*node, kKindOf<Subject>, thread, mine);
    if (node != nullptr) node = node->next.load(std::memory_order_acquire);
  }
  data_.clear();
}

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

template class Loggers<Flow>;
template class Loggers<const Packet>;

// As OutputTxLogThreadInit: protocol by protocol, and for each in the order of registration.
void TxLoggers::thread_init(Thread& thread) {
  for (const auto* node = abi::state().tx_loggers.first(); node != nullptr;
       node = node->next.load(std::memory_order_acquire))
    of_[node->fn.protocol].loggers.push_back(node);
  for (auto& [protocol, mine] : of_) {
    for (std::size_t i = 0; i < mine.loggers.size(); ++i)
      init_one(*mine.loggers[i], i, JournalCallback::tx_logger, thread, mine.data);
  }
}

void TxLoggers::thread_deinit(Thread& thread) {
  for (const auto& [protocol, mine] : of_) {
    for (std::size_t i = 0; i < mine.data.size(); ++i)
      deinit_one(*mine.loggers[i], JournalCallback::tx_logger, thread, mine.data[i]);
  }
  of_.clear();
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

}  // namespace surisim::engine
