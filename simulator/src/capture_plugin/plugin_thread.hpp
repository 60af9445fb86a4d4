// The packet threads of a capture plugin: the packets of one (PacketPool), its FlowWorker for those
// that the plugin has received and decoded (PluginWorker), and the thread, whose modules are the
// plugin's and Suricata's own (PluginThread).
//
// When:    from the thread's initialisation to the end of its lifecycle.
// Owner:   a PluginThread has the pool, which has all its packets, those in use too.
// Threads: take() and wait(): the pool's own thread; the rest: any.
// Source:  tmqh-packetpool.c, packet.c (PacketReinit).
#pragma once

#include <suricata/decode.h>
#include <suricata/tm-threads.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "capture/captured_worker.hpp"
#include "decode/decode.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/context.hpp"
#include "trace/handover.hpp"
#include "traffic/flow_engine.hpp"

namespace surisim::engine {

// What the engine knows about a packet besides Suricata's struct; lies just before it in memory.
struct alignas(16) PacketSide {
  decode::Decoded decoded;   // once it is; without bytes before
  std::uint64_t number = 0;  // from 1; derived packets count
  std::uint32_t row = 0;     // of its flow, in Suricata's hash
  bool in_pool = false;
};

inline PacketSide* side_of(Packet* packet) { return reinterpret_cast<PacketSide*>(packet) - 1; }

// A zeroed packet of no pool; null: out of memory.
Packet* allocate_packet();
void free_packet(Packet* packet);
// As after the packet was made, but for its plugin_v and its pool. Frees what it points to.
void clear_packet(Packet& packet);

class PacketPool {
 public:
  // Throws std::bad_alloc.
  explicit PacketPool(std::size_t packets);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Null: all are in use.
  Packet* take();
  // Until one is not in use, or the pool is closed.
  void wait();
  // False: it is in the pool already.
  bool give_back(Packet& packet);
  void close();
  std::size_t in_use() const;

 private:
  std::vector<Packet*> all_;
  mutable Mutex mutex_;
  std::vector<Packet*> free_ SURISIM_GUARDED_BY(mutex_);
  std::uint32_t changes_ = 0;  // packets given back, and close(); waited for without the lock
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
  Waiters waiters_;
};

// The packet threads of a capture plugin: a thread whose modules are the plugin's and Suricata's
// own, and its FlowWorker, for the packets that the plugin has received and decoded.
//
// When:    from the moment when the module FlowWorker is appended to a thread.
// Owner:   the FlowEngine.
// Threads: its thread's, as FlowWorker says.
// Source:  flow-worker.c.

class CapturePluginSource;

class PluginWorker final : public CapturedWorker {
 public:
  PluginWorker(FlowEngine& engine, CapturePluginSource& source, std::uint32_t index);

  // Never called: the plugin captures, and passes on each packet.
  bool capture(Thread&) override { return true; }
  void handle(Thread&, PacketBatch&) override {}

  // Handles a packet of the plugin, flow callbacks and loggers included.
  void handle(Thread& thread, Packet& packet);
  // The thread's capture has ended: flows stay, for the shutdown.
  void finish_traffic(Thread&) override { publish(); }

 private:
  std::int64_t last_packet_time() const override;

  CapturePluginSource& source_;
};

// A packet thread whose modules are a capture plugin's and Suricata's own: the list of TmSlots that
// the plugin appends to, and the functions of tm-threads.c that run it. And a thread that runs one
// function of the plugin's.
//
// When:    from TmThreadCreatePacketHandler() to the end of the lifecycle.
// Owner:   the Thread.
// Threads: as Module says; break_loop() on [creator], while the thread runs.
// Source:  tm-threads.c (TmThreadsSlotPktAcqLoop, TmThreadsSlotVar,
// SCTmThreadsSlotPacketLoopFinish).

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
