// Runs the loggers that plugins have registered, on the threads that log, and says at the end which
// of them never ran, and why.
#include "outputs/loggers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
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
auto& list_of() {
  if constexpr (std::is_same_v<Subject, Flow>)
    return abi::state().flow_loggers;
  else
    return abi::state().packet_loggers;
}

template <class Subject>
constexpr JournalCallback kKindOf =
    std::is_same_v<Subject, Flow> ? JournalCallback::flow_logger : JournalCallback::packet_logger;

// Calls `call` with the node and the data of the loggers with index `begin` to `end` - 1.
template <class Fns, class Call>
void for_each(const abi::CallbackList<Fns>& list, std::vector<LoggerData>& data, std::size_t begin,
              std::size_t end, Call call) {
  const auto* node = list.first();
  end = std::min(end, data.size());
  for (std::size_t i = 0; i < end && node != nullptr; ++i) {
    if (i >= begin) call(*node, data[i]);
    node = node->next.load(std::memory_order_acquire);
  }
}

// Runs one logger's ThreadInit; if it succeeds, appends its data.
template <class Node>
void init_one(const Node& node, JournalCallback kind, Thread& thread,
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
  data.push_back({made});
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

template <class Subject>
void Loggers<Subject>::init(Thread& thread, std::size_t begin, std::size_t end) {
  std::size_t place = 0;
  for (const auto* node = list_of<Subject>().first(); node != nullptr && place < end;
       node = node->next.load(std::memory_order_acquire)) {
    if (place++ >= begin) init_one(*node, kKindOf<Subject>, thread, data_);
  }
}

template <class Subject>
void Loggers<Subject>::thread_deinit(Thread& thread) {
  for_each(list_of<Subject>(), data_, 0, data_.size(), [&](const auto& node, const auto& mine) {
    deinit_one(node, kKindOf<Subject>, thread, mine);
  });
  data_.clear();
}

template <>
void FlowLoggers::run(Thread& thread, Flow& flow, std::size_t begin, std::size_t end) {
  for_each(abi::state().flow_loggers, data_, begin, end, [&](const auto& node, LoggerData& mine) {
    count(*node.fn.seen, mine);
    if (thread.context().record_flows)
      record_flow(EventKind::logger_run, fields_of(flow), &thread, "flow_logger",
                  intern_here(node.fn.name));
    abi::run_guarded(JournalCallback::flow_logger, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.log),
                     [&] { node.fn.log(thread.tv(), mine.data, &flow); });
  });
}

template <>
void PacketLoggers::run(Thread& thread, const Packet& packet, std::size_t begin, std::size_t end) {
  for_each(abi::state().packet_loggers, data_, begin, end, [&](const auto& node, LoggerData& mine) {
    if (thread.context().record_flows)
      record(EventKind::logger_run,
             {.what = "packet_logger", .detail = intern_here(node.fn.name), .thread = &thread});
    abi::run_guarded(JournalCallback::packet_logger, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.log), [&] {
                       if (!node.fn.condition(thread.tv(), mine.data, &packet)) return;
                       count(*node.fn.seen, mine);
                       node.fn.log(thread.tv(), mine.data, &packet);
                     });
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
    for (const Node* node : mine.loggers)
      init_one(*node, JournalCallback::tx_logger, thread, mine.data);
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

}  // namespace surisim::engine
