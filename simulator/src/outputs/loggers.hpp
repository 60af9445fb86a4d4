// One thread's data of the loggers that plugins register, and how it runs them.
//
// When:    from the thread's init to its deinit; summarize_loggers() at any time.
// Owner:   the packet thread or recycler.
// Threads: their owner.
// Source:  output-flow.c, output-packet.c, output-tx.c. As there, the n-th data that there is goes
//          to the n-th logger, even if an earlier logger has none. Suricata's own loggers stand in
//          the same list, behind those of a plugin's Init, and run in its order.
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
#include "threads/thread.hpp"

namespace surisim::engine {

class Eve;

struct LoggerData {
  void* data = nullptr;  // that its ThreadInit made
  std::uint64_t runs = 0;
};

class FlowLoggers {
 public:
  // `own`: the same of Suricata's own logger, after the first `before` ones.
  template <class Own>
  void thread_init(Thread& thread, std::size_t before, Own own) {
    init(thread, 0, before);
    own();
    init(thread, before, SIZE_MAX);
  }
  // The flow is locked. `own`: Suricata's own logger, after the first `before` ones.
  template <class Own>
  void log(Thread& thread, Flow& flow, std::size_t before, Own own) {
    if (before > 0 && !data_.empty()) run(thread, flow, 0, before);
    own();
    if (data_.size() > before) run(thread, flow, before, data_.size());
  }
  void thread_deinit(Thread& thread);

 private:
  void init(Thread& thread, std::size_t begin, std::size_t end);
  void run(Thread& thread, Flow& flow, std::size_t begin, std::size_t end);
  std::vector<LoggerData> data_;
};

class PacketLoggers {
 public:
  template <class Own>
  void thread_init(Thread& thread, std::size_t before, Own own) {
    init(thread, 0, before);
    own();
    init(thread, before, SIZE_MAX);
  }
  template <class Own>
  void log(Thread& thread, const Packet& packet, std::size_t before, Own own) {
    if (before > 0 && !data_.empty()) run(thread, packet, 0, before);
    own();
    if (data_.size() > before) run(thread, packet, before, data_.size());
  }
  void thread_deinit(Thread& thread);

 private:
  void init(Thread& thread, std::size_t begin, std::size_t end);
  void run(Thread& thread, const Packet& packet, std::size_t begin, std::size_t end);
  std::vector<LoggerData> data_;
};

// There are no parsers, and so no transactions: only the threads' data is made and given back.
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

// What the report says of the loggers that plugins have registered, in that order. [creator]
std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve);

}  // namespace surisim::engine
