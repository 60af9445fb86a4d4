// A packet thread whose modules are a capture plugin's and Suricata's own: the list of TmSlots that
// the plugin appends to, and the functions of tm-threads.c that run it. And a thread that runs one
// function of the plugin's.
//
// When:    from TmThreadCreatePacketHandler() to the end of the lifecycle.
// Owner:   the Thread.
// Threads: as Module says; break_loop() on [creator], while the thread runs.
// Source:  tm-threads.c (TmThreadsSlotPktAcqLoop, TmThreadsSlotVar,
// SCTmThreadsSlotPacketLoopFinish).
#pragma once

#include <suricata/tm-threads.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capture_plugin/packet_pool.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

class CapturePluginSource;
class PluginWorker;

// Packets on their way to a thread; a null one: a wake-up to check its flags.
struct PickupQueue {
  struct Item {
    Packet* packet = nullptr;
    HandOver sent{};
  };
  Channel<Item> channel;
  const char* name = "";  // interned
};

class PluginThread final : public Module {
 public:
  PluginThread(FlowEngine& engine, CapturePluginSource& source, ThreadFunction function,
               std::uint32_t plugin)
      : engine_(engine), source_(source), function_(function), plugin_(plugin) {}

  Ecode init(Thread& thread) override;
  Ecode run(Thread& thread) override;
  void flow_loop(Thread& thread) override;
  void deinit(Thread& thread) override;
  void wake() override;
  void break_loop(Thread& thread) override;
  bool receives() const override { return (flags_ & TM_FLAG_RECEIVE_TM) != 0; }
  bool handles_flows() const override { return worker_ != nullptr; }

  // TmSlotSetFuncAppend. [creator]
  void append(Thread& thread, TmModule& module, const void* data);
  // TmThreadsSlotVarRun. [owner]
  TmEcode run_slots(Thread& thread, Packet& packet, TmSlot* first);

  PluginWorker* worker() { return worker_; }
  PacketPool* pool() { return pool_.get(); }  // null: not initialised yet

  PickupQueue* in = nullptr;      // null: the pool
  std::vector<PickupQueue*> out;  // empty: the pool
  // Passes a packet on to the queue that its flow picks; those without a flow in turn. [owner]
  void distribute(Packet& packet);

 private:
  template <class Call>
  TmEcode in_plugin(JournalCallback kind, Thread& thread, const void* function, Call call);
  void report_failure(const char* function, const TmSlot& slot, const void* address);
  Ecode capture(Thread& thread);
  Ecode handle_queue(Thread& thread);

  FlowEngine& engine_;
  CapturePluginSource& source_;
  const ThreadFunction function_;
  const std::uint32_t plugin_;  // that captures
  std::deque<TmSlot> slots_;
  PluginWorker* worker_ = nullptr;
  std::unique_ptr<PacketPool> pool_;
  std::uint8_t flags_ = 0;  // of all modules
  std::size_t next_ = 0;    // queue of the next packet without a flow
  std::uint64_t packets_ = 0;
};

// TmThreadCreate with "custom".
class OwnThread final : public Module {
 public:
  OwnThread(void* (*function)(void*), std::uint32_t plugin)
      : function_(function), plugin_(plugin) {}
  Ecode run(Thread& thread) override;
  bool pauses() const override { return false; }

 private:
  void* (*const function_)(void*);
  const std::uint32_t plugin_;
};

}  // namespace surisim::engine
