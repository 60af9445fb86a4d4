// Runs one thread's loggers, plugins' and Suricata's own, and holds their data for the thread;
// builds the table of counters that statistics loggers get.
//
// As in Suricata, the n-th element of the data belongs to the n-th logger, even if an earlier
// logger has no data: that one gets the data of the next. Both sorts of loggers are in one list,
// Suricata's own after those that plugins' Init registers. A logger of one sort that gets data of
// the other would misread it: it is not run, and the violation logger-foreign-data is reported.
//
// When:    from the thread's init to its deinit; summaries at any time; a CounterTable each time
//          that statistics are written.
// Owner:   the packet thread, recycler or statistics thread. A CounterTable: the caller; its
//          pointers are valid for as long as it.
// Threads: the owner's.
// Source:  output-flow.c, output-packet.c, output-tx.c, output-file.c, output-filedata.c,
//          output-streaming.c, output-stats.c, output-stats.h, counters.c (StatsOutput).
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
  std::size_t maker = 0;                  // index of the logger whose ThreadInit made it
  bool is_own = false;                    // that logger is one of Suricata's own
  ThreadDeinitFunc own_deinit = nullptr;  // its ThreadDeinit
  std::uint64_t runs = 0;                 // of the logger that gets the data
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
  // Calls run(node, data) for the loggers with an index in [begin, end) that get data of their
  // sort.
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
  // A flow must be locked. own(OwnLogger, OutputJsonThreadCtx*) runs one of Suricata's own loggers.
  template <class Own>
  void log(Thread& thread, Subject& subject, Own own) {
    if (!this->is_idle()) run(thread, subject, 0, SIZE_MAX, own);
  }
  // The same without an output: `callbacks` runs after the first `before` loggers.
  template <class Callbacks>
  void log_without_output(Thread& thread, Subject& subject, std::size_t before,
                          Callbacks callbacks) {
    const auto none = [](abi::OwnLogger, OutputJsonThreadCtx*) {};
    run(thread, subject, 0, before, none);
    callbacks();
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

// Only loggers of TCP data run: without parsers there are no HTTP bodies.
class StreamingLoggers : public ThreadLoggers<abi::StreamingLoggerFns> {
 public:
  // `flow` is locked.
  void log(Thread& thread, const Flow& flow, const StreamPiece& piece);
};

// Of the thread CS. own(OwnLogger, data) runs one of Suricata's own loggers.
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

// The Summary's plugin loggers and EVE file types, in the order of registration. [creator]
std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve);
std::vector<FileTypeInfo> summarize_file_types(const PluginLoader& plugins);

// Counters as statistics loggers get them: in the order of their numbers, totals first, then a row
// for each thread that has counters. A record without a name: the thread does not have the counter.
class CounterTable {
 public:
  // `started`: when outputs were set up, seconds since 1970.
  CounterTable(std::vector<CounterInfo> counters, time_t started);
  CounterTable(const CounterTable&) = delete;
  CounterTable& operator=(const CounterTable&) = delete;

  const StatsTable& table() const { return table_; }

 private:
  const std::vector<CounterInfo> counters_;
  std::vector<std::string> threads_;  // in order; "Global" is the last
  std::vector<StatsRecord> totals_;
  std::vector<StatsRecord> of_threads_;  // a row of all counters for each thread
  StatsTable table_{};
};

}  // namespace surisim::engine
