// One thread's data of the loggers that plugins register, and running them.
//
// Threads: the packet thread or recycler they belong to.
// Source:  output-flow.c, output-packet.c. As there, the n-th data that there is goes to the n-th
//          logger, even if an earlier logger has none. Suricata's own loggers stand in the same
//          list, behind those of a plugin's Init: there too, they run at their place.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "abi/process_state.hpp"
#include "engine/thread.hpp"

namespace surisim::engine {

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
  void log(Thread& thread, Flow& flow, std::size_t before, Own own) const {
    if (before > 0 && !data_.empty()) run(thread, flow, 0, before);
    own();
    if (data_.size() > before) run(thread, flow, before, data_.size());
  }
  void thread_deinit(Thread& thread);

 private:
  void init(Thread& thread, std::size_t begin, std::size_t end);
  void run(Thread& thread, Flow& flow, std::size_t begin, std::size_t end) const;
  std::vector<void*> data_;
};

class PacketLoggers {
 public:
  void thread_init(Thread& thread);
  template <class Own>
  void log(Thread& thread, const Packet& packet, std::size_t before, Own own) const {
    if (before > 0 && !data_.empty()) run(thread, packet, 0, before);
    own();
    if (data_.size() > before) run(thread, packet, before, data_.size());
  }
  void thread_deinit(Thread& thread);

 private:
  void run(Thread& thread, const Packet& packet, std::size_t begin, std::size_t end) const;
  std::vector<void*> data_;
};

}  // namespace surisim::engine
