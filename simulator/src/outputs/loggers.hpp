// The loggers that plugins register: their data for one thread, and running them; and the table of
// counters that loggers of statistics get.
//
// When:    from the thread's init to its deinit; summarize_loggers() at any time.
// Owner:   the packet thread, recycler or statistics thread.
// Threads: their owner's.
// Source:  output-flow.c, output-packet.c, output-tx.c, output-file.c, output-filedata.c,
//          output-streaming.c, output-stats.c. As there, the n-th element of data belongs
//          to the n-th logger, even if an earlier logger has no data: that one gets the data of the
//          next. Suricata's own loggers are in the same list, after those of plugins' Init. What
//          would be type confusion there, a plugin's function with data of Suricata's own or the
//          other way round, is not run here; it is the violation logger-foreign-data.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-json.h>
#include <suricata/output-stats.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "abi/process_state.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/summary.hpp"
#include "threads/flow_pool.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

class Eve;  // eve.hpp, which needs StatsLoggers

struct LoggerData {
  void* data = nullptr;                   // from a ThreadInit
  std::size_t maker = 0;                  // the place of the logger that has made it
  bool is_own = false;                    // which is one of Suricata's own
  ThreadDeinitFunc own_deinit = nullptr;  // of that one
  std::uint64_t runs = 0;                 // of the logger that it is used for
};

// One thread's loggers of one kind.
template <class Fns>
class ThreadLoggers {
 public:
  void thread_init(Thread& thread);
  void thread_deinit(Thread& thread);

 protected:
  using Node = typename abi::CallbackList<Fns>::Node;

  bool is_idle() const { return data_.empty(); }
  // Calls run(node, data) for the loggers from `begin` to `end` that have data of their sort.
  template <class Run>
  void for_each(std::size_t begin, std::size_t end, Run run) {
    const Node* node = abi::state().loggers.of<Fns>().first();
    end = std::min(end, data_.size());
    for (std::size_t i = 0; i < end && node != nullptr; ++i) {
      const bool is_own = node->fn.own != abi::OwnLogger::none;
      if (i >= begin && is_own == data_[i].is_own) run(*node, data_[i]);
      node = node->next.load(std::memory_order_acquire);
    }
  }

 private:
  std::vector<LoggerData> data_;
};

// Subject: what is logged, a Flow or a const Packet.
template <class Fns, class Subject>
class LoggersOf : public ThreadLoggers<Fns> {
 public:
  // A flow is locked. `own`: runs one of Suricata's own loggers: OwnLogger, OutputJsonThreadCtx*.
  template <class Own>
  void log(Thread& thread, Subject& subject, Own own) {
    if (!this->is_idle()) run(thread, subject, 0, SIZE_MAX, own);
  }
  // The same without outputs: `alone` is called after the first `before` loggers.
  template <class Alone>
  void log_alone(Thread& thread, Subject& subject, std::size_t before, Alone alone) {
    const auto none = [](abi::OwnLogger, OutputJsonThreadCtx*) {};
    run(thread, subject, 0, before, none);
    alone();
    run(thread, subject, before, SIZE_MAX, none);
  }

 private:
  using Node = typename ThreadLoggers<Fns>::Node;

  template <class Own>
  void run(Thread& thread, Subject& subject, std::size_t begin, std::size_t end, const Own& own) {
    this->for_each(begin, end, [&](const Node& node, LoggerData& mine) {
      if (mine.is_own)
        own(node.fn.own, static_cast<OutputJsonThreadCtx*>(mine.data));
      else
        run_plugins(node, thread, subject, mine);
    });
  }
  static void run_plugins(const Node& node, Thread& thread, Subject& subject, LoggerData& mine);
};
using FlowLoggers = LoggersOf<abi::FlowLoggerFns, Flow>;
using PacketLoggers = LoggersOf<abi::PacketLoggerFns, const Packet>;
template <>
void FlowLoggers::run_plugins(const Node& node, Thread& thread, Flow& flow, LoggerData& mine);
template <>
void PacketLoggers::run_plugins(const Node& node, Thread& thread, const Packet& packet,
                                LoggerData& mine);

// Only those of TCP data run: without parsers there are no HTTP bodies.
class StreamingLoggers : public ThreadLoggers<abi::StreamingLoggerFns> {
 public:
  // `flow` is locked.
  void log(Thread& thread, const Flow& flow, const StreamPiece& piece);
};

// Of the thread CS. `own`: runs one of Suricata's own: OwnLogger, its data.
class StatsLoggers : public ThreadLoggers<abi::StatsLoggerFns> {
 public:
  template <class Own>
  void log(Thread& thread, const StatsTable& table, Own own) {
    for_each(0, SIZE_MAX, [&](const Node& node, LoggerData& mine) {
      if (mine.is_own)
        own(node.fn.own, mine.data);
      else
        run_plugins(node, thread, table, mine);
    });
  }

 private:
  static void run_plugins(const Node& node, Thread& thread, const StatsTable& table,
                          LoggerData& mine);
};

// Without parsers there are no transactions, and so no files: these only run ThreadInit and
// ThreadDeinit.
class TxLoggers {
 public:
  void thread_init(Thread& thread);
  void thread_deinit(Thread& thread);

 private:
  using Node = abi::CallbackList<abi::TxLoggerFns>::Node;
  struct Protocol {
    std::vector<const Node*> loggers;
    std::vector<LoggerData> data;
  };
  std::map<AppProto, Protocol> of_;
  ThreadLoggers<abi::FileLoggerFns> files_;
  ThreadLoggers<abi::FiledataLoggerFns> file_data_;
};

// What the report says about plugins' loggers, in the order of registration. [creator]
std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve);
// The same about their EVE file types. [creator]
std::vector<FileTypeInfo> summarize_file_types(const PluginLoader& plugins);

// The table of counters that loggers of statistics get.
//
// When:    made for each time that statistics are written.
// Owner:   the caller; the table's pointers are valid as long as it.
// Threads: any.
// Source:  output-stats.h, counters.c (StatsOutput).

class CounterTable {
 public:
  // `started`: when outputs were set up, seconds since 1970.
  CounterTable(std::vector<CounterInfo> counters, time_t started);
  CounterTable(const CounterTable&) = delete;
  CounterTable& operator=(const CounterTable&) = delete;

  const StatsTable& table() const { return table_; }

 private:
  const std::vector<CounterInfo> counters_;
  std::vector<std::string> threads_;  // in order; global counters' is the last
  std::vector<StatsRecord> totals_;
  std::vector<StatsRecord> of_threads_;  // a row of all counters for each thread
  StatsTable table_{};
};

}  // namespace surisim::engine
