// One thread's data of the loggers that plugins register, and running them.
//
// Threads: the packet thread or recycler they belong to.
// Source:  output-flow.c, output-packet.c. As there, the n-th data that there is goes to the n-th
//          logger, even if an earlier logger has none.
#pragma once

#include <suricata/decode.h>
#include <suricata/flow.h>

#include <vector>

#include "abi/process_state.hpp"
#include "engine/thread.hpp"

namespace surisim::engine {

class FlowLoggers {
 public:
  void thread_init(Thread& thread);
  // The flow is locked.
  void log(Thread& thread, Flow& flow) const {
    if (!data_.empty()) run(thread, flow);
  }
  void thread_deinit(Thread& thread);

 private:
  void run(Thread& thread, Flow& flow) const;
  std::vector<void*> data_;
};

class PacketLoggers {
 public:
  void thread_init(Thread& thread);
  void log(Thread& thread, const Packet& packet) const {
    if (!data_.empty()) run(thread, packet);
  }
  void thread_deinit(Thread& thread);

 private:
  void run(Thread& thread, const Packet& packet) const;
  std::vector<void*> data_;
};

}  // namespace surisim::engine
