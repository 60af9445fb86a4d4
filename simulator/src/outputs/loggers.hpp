// The loggers that plugins register: their data for one thread, and running them.
//
// When:    from the thread's init to its deinit; summarize_loggers() at any time.
// Owner:   the packet thread or recycler.
// Threads: their owner's.
// Source:  output-flow.c, output-packet.c, output-tx.c. As there, the n-th element of data belongs
//          to the n-th logger, even if an earlier logger has no data. Suricata's own loggers are in
//          the same list, after those of plugins' Init, and run in list order.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "abi/process_state.hpp"
#include "plugin/plugin_loader.hpp"
#include "surisim/summary.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {

class Eve;

struct LoggerData {
  void* data = nullptr;  // from its ThreadInit
  std::uint64_t runs = 0;
};

// Subject: what is logged, a Flow or a const Packet.
template <class Subject>
class Loggers {
 public:
  // `own`: the same of Suricata's own logger, after the first `before` ones.
  template <class Own>
  void thread_init(Thread& thread, std::size_t before, Own own) {
    init(thread, 0, before);
    own();
    init(thread, before, SIZE_MAX);
  }
  // A flow is locked. `own`: Suricata's own logger, which runs after the first `before` ones.
  template <class Own>
  void log(Thread& thread, Subject& subject, std::size_t before, Own own) {
    if (before > 0 && !data_.empty()) run(thread, subject, 0, before);
    own();
    if (data_.size() > before) run(thread, subject, before, data_.size());
  }
  void thread_deinit(Thread& thread);

 private:
  void init(Thread& thread, std::size_t begin, std::size_t end);
  void run(Thread& thread, Subject& subject, std::size_t begin, std::size_t end);
  std::vector<LoggerData> data_;
};
using FlowLoggers = Loggers<Flow>;
using PacketLoggers = Loggers<const Packet>;

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

}  // namespace surisim::engine
