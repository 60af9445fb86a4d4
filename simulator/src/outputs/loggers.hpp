// The loggers that plugins register: their data for one thread, and running them.
//
// When:    from the thread's init to its deinit; summarize_loggers() at any time.
// Owner:   the packet thread or recycler.
// Threads: their owner's.
// Source:  output-flow.c, output-packet.c, output-tx.c. As there, the n-th element of data belongs
//          to the n-th logger, even if an earlier logger has no data: that one gets the data of the
//          next. Suricata's own loggers are in the same list, after those of plugins' Init. What
//          would be type confusion there, a plugin's function with data of Suricata's own or the
//          other way round, is not run here; it is the violation logger-foreign-data.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/output-json.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <type_traits>
#include <vector>

#include "abi/process_state.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/summary.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

class Eve;

struct LoggerData {
  void* data = nullptr;    // from a ThreadInit
  std::size_t maker = 0;   // the place of the logger that has made it
  bool is_own = false;     // which is one of Suricata's own
  std::uint64_t runs = 0;  // of the logger that it is used for
};

// Subject: what is logged, a Flow or a const Packet.
template <class Subject>
class Loggers {
  using Fns =
      std::conditional_t<std::is_same_v<Subject, Flow>, abi::FlowLoggerFns, abi::PacketLoggerFns>;
  using Node = typename abi::CallbackList<Fns>::Node;

 public:
  void thread_init(Thread& thread);
  // A flow is locked. `own`: runs one of Suricata's own loggers: OwnLogger, OutputJsonThreadCtx*.
  template <class Own>
  void log(Thread& thread, Subject& subject, Own own) {
    if (!data_.empty()) run(thread, subject, 0, SIZE_MAX, own);
  }
  // The same without outputs: `alone` is called after the first `before` loggers.
  template <class Alone>
  void log_alone(Thread& thread, Subject& subject, std::size_t before, Alone alone) {
    const auto none = [](abi::OwnLogger, OutputJsonThreadCtx*) {};
    run(thread, subject, 0, before, none);
    alone();
    run(thread, subject, before, SIZE_MAX, none);
  }
  void thread_deinit(Thread& thread);

 private:
  template <class Own>
  void run(Thread& thread, Subject& subject, std::size_t begin, std::size_t end, const Own& own);
  void run_plugins(const Node& node, Thread& thread, Subject& subject, LoggerData& mine);
  static const abi::CallbackList<Fns>& list();
  std::vector<LoggerData> data_;
};
using FlowLoggers = Loggers<Flow>;
using PacketLoggers = Loggers<const Packet>;
template <>
const abi::CallbackList<abi::FlowLoggerFns>& FlowLoggers::list();
template <>
const abi::CallbackList<abi::PacketLoggerFns>& PacketLoggers::list();
template <>
void FlowLoggers::run_plugins(const Node& node, Thread& thread, Flow& flow, LoggerData& mine);
template <>
void PacketLoggers::run_plugins(const Node& node, Thread& thread, const Packet& packet,
                                LoggerData& mine);

template <class Subject>
template <class Own>
void Loggers<Subject>::run(Thread& thread, Subject& subject, std::size_t begin, std::size_t end,
                           const Own& own) {
  const Node* node = list().first();
  end = std::min(end, data_.size());
  for (std::size_t i = 0; i < end && node != nullptr; ++i) {
    LoggerData& mine = data_[i];
    const bool is_own = node->fn.own != abi::OwnLogger::none;
    if (i >= begin && is_own == mine.is_own) {
      if (is_own)
        own(node->fn.own, static_cast<OutputJsonThreadCtx*>(mine.data));
      else
        run_plugins(*node, thread, subject, mine);
    }
    node = node->next.load(std::memory_order_acquire);
  }
}

// Without parsers there are no transactions: these only run ThreadInit and ThreadDeinit.
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
};

// What the report says about plugins' loggers, in the order of registration. [creator]
std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve);
// The same about their EVE file types. [creator]
std::vector<FileTypeInfo> summarize_file_types(const PluginLoader& plugins);

}  // namespace surisim::engine
