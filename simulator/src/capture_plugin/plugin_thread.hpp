// The threads of a capture plugin. PluginThread: a packet thread, which runs the modules that the
// plugin appends to it, the plugin's and Suricata's own. PacketPool: the thread's packets.
// PluginWorker: its FlowWorker, for the packets that the plugin has received and decoded.
// CustomThread: a thread that runs one function of the plugin.
//
// When:    from the thread's creation to the end of the lifecycle; a PacketPool from the thread's
//          init, a PluginWorker from when the module FlowWorker is appended.
// Owner:   the Thread owns its PluginThread or CustomThread, the PluginThread its pool, which owns
//          all its packets, those in use too; the FlowEngine owns the PluginWorker.
// Threads: the thread itself, unless a tag or comment says otherwise.
// Source:  tm-threads.c (TmThreadsSlotPktAcqLoop, TmThreadsSlotVar,
//          SCTmThreadsSlotPacketLoopFinish), tmqh-packetpool.c, packet.c (PacketReinit),
//          flow-worker.c.
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

class CapturePluginSource;

// What the engine knows about a packet beyond Suricata's struct; stored just before it in memory.
struct alignas(16) PacketSide {
  decode::Decoded decoded;   // has no bytes until the packet is decoded
  std::uint64_t number = 0;  // from 1, derived packets included
  std::uint32_t row = 0;     // row_of() its key
  bool in_pool = false;
};

inline PacketSide* side_of(Packet* packet) { return reinterpret_cast<PacketSide*>(packet) - 1; }

// A zeroed packet that belongs to no pool; null: out of memory. [any thread]
Packet* allocate_packet();
void free_packet(Packet* packet);
// Zeroes the packet, except for its plugin_v and its pool, and frees what it points to.
void clear_packet(Packet& packet);

class PacketPool {
 public:
  // Throws std::bad_alloc.
  explicit PacketPool(std::size_t packets);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Null: all packets are in use. [owner]
  Packet* take();
  // Waits until a packet is free, or the pool is closed. [owner]
  void wait();
  // False: it is in the pool already. [any thread]
  bool give_back(Packet& packet);
  void close();  // [any thread]
  std::size_t in_use() const;

 private:
  std::vector<Packet*> all_;
  mutable Mutex mutex_;
  std::vector<Packet*> free_ SURISIM_GUARDED_BY(mutex_);
  std::uint32_t changes_ = 0;  // counts give_back() and close(); wait() waits for a change
  bool closed_ SURISIM_GUARDED_BY(mutex_) = false;
  Waiters waiters_;
};

class PluginWorker final : public CapturedWorker {
 public:
  PluginWorker(FlowEngine& engine, CapturePluginSource& source, std::uint32_t index);

  // Never called: the plugin captures, and passes on each packet.
  bool capture(Thread&) override { return true; }
  void handle(Thread&, PacketBatch&) override {}

  // Handles a packet of the plugin: runs flow callbacks and loggers.
  void handle(Thread& thread, Packet& packet);
  // Leaves all flows to the shutdown.
  void finish_traffic(Thread&) override { publish(); }

 private:
  std::int64_t last_packet_time() const override;

  CapturePluginSource& source_;
};

// Packets on their way to a thread; a null packet is a wake-up to check its flags.
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
  void break_loop(Thread& thread) override;  // [creator]
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
  // Passes a packet on to the queue that its flow hash picks; packets without a flow go to the
  // queues in turn. [owner]
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
  const std::uint32_t plugin_;  // index of the plugin that captures
  std::deque<TmSlot> slots_;
  PluginWorker* worker_ = nullptr;
  std::unique_ptr<PacketPool> pool_;
  std::uint8_t flags_ = 0;  // of all modules
  std::size_t next_ = 0;    // queue of the next packet without a flow
  std::uint64_t packets_ = 0;
};

// A thread made by TmThreadCreate with "custom".
class CustomThread final : public Module {
 public:
  CustomThread(void* (*function)(void*), std::uint32_t plugin)
      : function_(function), plugin_(plugin) {}
  Ecode run(Thread& thread) override;
  bool pauses() const override { return false; }

 private:
  void* (*const function_)(void*);
  const std::uint32_t plugin_;
};

}  // namespace surisim::engine
