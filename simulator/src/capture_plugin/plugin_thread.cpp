// Runs a capture plugin's modules and functions on the threads that it creates, handles the packets
// that it passes on, and keeps the threads' packet pools.
#include "capture_plugin/plugin_thread.hpp"

#include <fmt/format.h>
#include <suricata/suricata.h>
#include <suricata/tmqh-packetpool.h>
#include <suricata/util-debug.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "capture_plugin/capture_plugin_source.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {
namespace {

template <class Function>
const void* address_of(Function* function) {
  return reinterpret_cast<const void*>(function);
}

// Calls a host module: what it allocates belongs to the host, although the plugin has called it.
template <class Call>
TmEcode as_host(Call call) {
  const abi::HostScope host;
  return call();
}

// Whether the module is Suricata's own; capture_plugin_source.cpp implements these.
bool is_host_module(const TmSlot& slot) {
  return slot.tm_id == TMM_FLOWWORKER || slot.tm_id == TMM_RESPONDREJECT;
}

}  // namespace

// Calls a function of the plugin. Returns TM_ECODE_FAILED if an exception leaves it.
template <class Call>
TmEcode PluginThread::in_plugin(JournalCallback kind, Thread& thread, const void* function,
                                Call call) {
  TmEcode result = TM_ECODE_FAILED;
  abi::run_guarded(kind, thread.tv(), plugin_, function, [&] { result = call(); });
  return result;
}

// A module's failure ends the engine, unless the engine is already exiting.
void PluginThread::report_failure(const char* function, const TmSlot& slot, const void* address) {
  if (engine_.abort.load(std::memory_order_relaxed) || is_host_module(slot)) return;
  const std::string message =
      fmt::format("{} of module {} returned TM_ECODE_FAILED", function,
                  slot.tm_id < 0 ? "(unknown)" : tmm_modules[slot.tm_id].name);
  abi::notify(
      abi::FatalCall{function, message.c_str(), true, static_cast<const char*>(address) + 1});
}

void PluginThread::append(Thread& thread, TmModule& module, const void* data) {
  TmSlot& slot = slots_.emplace_back();
  slot.SlotThreadInit = module.ThreadInit;
  slot.slot_initdata = data;
  const abi::ThreadLayout& in_thread = abi::in_thread();
  ThreadVars& tv = *thread.tv();
  if (module.Func != nullptr) {
    slot.SlotFunc = module.Func;
  } else if (module.PktAcqLoop != nullptr) {
    slot.PktAcqLoop = module.PktAcqLoop;
    if (module.PktAcqBreakLoop != nullptr) in_thread.break_loop(tv) = true;
  }
  slot.SlotThreadExitPrintStats = module.ThreadExitPrintStats;
  slot.SlotThreadDeinit = module.ThreadDeinit;
  slot.tm_id = TmModuleGetIDForTM(&module);
  slot.tm_flags = module.flags;
  flags_ |= module.flags;
  in_thread.tmm_flags(tv) |= module.flags;
  in_thread.cap_flags(tv) |= module.cap_flags;
  if (slots_.size() == 1) {
    in_thread.tm_slots(tv) = &slot;
  } else {
    slots_[slots_.size() - 2].slot_next = &slot;
  }
  thread.count_module();
  if (slot.tm_id == TMM_FLOWWORKER && worker_ == nullptr) worker_ = &source_.add_worker(engine_);
}

Ecode PluginThread::init(Thread& thread) {
  const bool captures = function_ == ThreadFunction::pktacqloop;
  if (slots_.empty() || (captures && slots_.front().PktAcqLoop == nullptr)) {
    SCLogError("thread %s has no module that %s", thread.tv()->name,
               captures ? "captures packets" : "handles packets");
    return Ecode::failed;
  }
  pool_ = std::make_unique<PacketPool>(max_pending_packets);
  for (TmSlot& slot : slots_) {
    if (slot.SlotThreadInit != nullptr) {
      void* data = nullptr;
      const auto init = [&] { return slot.SlotThreadInit(thread.tv(), slot.slot_initdata, &data); };
      const TmEcode result = is_host_module(slot)
                                 ? init()
                                 : in_plugin(JournalCallback::thread_module, thread,
                                             address_of(slot.SlotThreadInit), init);
      if (result != TM_ECODE_OK) {
        report_failure("ThreadInit", slot, address_of(slot.SlotThreadInit));
        return Ecode::failed;
      }
      slot.slot_data = data;
    }
    if (slot.tm_id == TMM_FLOWWORKER) abi::in_thread().tm_flowworker(*thread.tv()) = &slot;
  }
  return Ecode::ok;
}

Ecode PluginThread::run(Thread& thread) {
  const Ecode result =
      function_ == ThreadFunction::pktacqloop ? capture(thread) : handle_queue(thread);
  if (worker_ != nullptr) worker_->finish_traffic(thread);
  if (result == Ecode::failed) {
    engine_.main_loop.thread_failed();
  } else if (receives()) {
    engine_.main_loop.capture_done();
  }
  return result;
}

Ecode PluginThread::capture(Thread& thread) {
  TmSlot& slot = slots_.front();
  for (;;) {
    const TmEcode result =
        in_plugin(JournalCallback::capture_loop, thread, address_of(slot.PktAcqLoop),
                  [&] { return slot.PktAcqLoop(thread.tv(), slot.slot_data, &slot); });
    if (result == TM_ECODE_FAILED) {
      report_failure("PktAcqLoop", slot, address_of(slot.PktAcqLoop));
      return Ecode::failed;
    }
    if (thread.has(THV_REQ_FLOW_LOOP) ||
        __atomic_load_n(&suricata_ctl_flags, __ATOMIC_ACQUIRE) != 0 || result == TM_ECODE_DONE ||
        engine_.abort.load(std::memory_order_relaxed))
      return Ecode::done;
  }
}

// Also handles the packets that are in the queue when the thread is to stop: Suricata lets threads
// drain their queues first.
Ecode PluginThread::handle_queue(Thread& thread) {
  if (in == nullptr) {
    thread.wait_for(THV_KILL | THV_REQ_FLOW_LOOP);
    return Ecode::ok;
  }
  for (;;) {
    const bool ends = thread.has(THV_KILL | THV_REQ_FLOW_LOOP);
    const PickupQueue::Item item =
        ends ? in->channel.try_pop().value_or(PickupQueue::Item{}) : in->channel.pop_soon();
    Packet* const packet = item.packet;
    if (packet == nullptr) {
      if (ends && in->channel.empty()) return Ecode::ok;
      continue;
    }
    record_take_over(item.sent, "packets");
    if (run_slots(thread, *packet, &slots_.front()) == TM_ECODE_FAILED) {
      TmqhOutputPacketpool(thread.tv(), packet);
      return Ecode::failed;
    }
    TmqhOutputPacketpool(thread.tv(), packet);
  }
}

TmEcode PluginThread::run_slots(Thread& thread, Packet& packet, TmSlot* first) {
  constexpr std::uint64_t kFailAfter = 3;  // packets before an injected failure
  PacketQueueNoLock& derived = abi::in_thread().decode_pq(*thread.tv());
  const bool fails =
      (thread.fail_run && ++packets_ > kFailAfter) || engine_.abort.load(std::memory_order_relaxed);
  const auto give_up = [&] {
    while (Packet* const left = PacketDequeueNoLock(&derived)) TmqhOutputPacketpool(nullptr, left);
    thread.set_flags(THV_FAILED);
    return TM_ECODE_FAILED;
  };
  if (fails) return give_up();
  for (TmSlot* slot = first; slot != nullptr; slot = slot->slot_next) {
    if (slot->SlotFunc == nullptr) abi::crash_on_null("TmThreadsSlotVarRun", "SlotFunc");
    const auto handle = [&] { return slot->SlotFunc(thread.tv(), &packet, slot->slot_data); };
    const TmEcode result = is_host_module(*slot) ? as_host(handle)
                                                 : in_plugin(JournalCallback::thread_module, thread,
                                                             address_of(slot->SlotFunc), handle);
    if (result == TM_ECODE_FAILED) {
      report_failure("Func", *slot, address_of(slot->SlotFunc));
      return give_up();
    }
    if ((slot->tm_flags & TM_FLAG_DECODE_TM) == 0) continue;
    while (Packet* const inner = PacketDequeueNoLock(&derived)) {
      if (slot->slot_next != nullptr &&
          run_slots(thread, *inner, slot->slot_next) == TM_ECODE_FAILED) {
        TmqhOutputPacketpool(nullptr, inner);
        return give_up();
      }
      source_.pass_on(thread, *inner);
    }
  }
  return TM_ECODE_OK;
}

void PluginThread::distribute(Packet& packet) {
  const bool wants_flow = (packet.flags & PKT_WANTS_FLOW) != 0;
  PickupQueue& queue = *out[(wants_flow ? packet.flow_hash : next_++) % out.size()];
  queue.channel.push({&packet, record_hand_over("packets", 1, queue.name)});
}

void PluginThread::flow_loop(Thread& thread) { worker_->flow_loop(thread); }

void PluginThread::deinit(Thread& thread) {
  if (engine_.abort.load(std::memory_order_relaxed)) return;  // Suricata would have exited
  const std::size_t missing = pool_->in_use();
  if (missing > 0)
    abi::notify(abi::PacketsLeaked{thread.tv()->name, missing,
                                   receives() ? address_of(slots_.front().PktAcqLoop) : nullptr});
  for (TmSlot& slot : slots_) {
    ThreadVars* const tv = thread.tv();
    if (slot.SlotThreadExitPrintStats != nullptr)
      in_plugin(JournalCallback::thread_module, thread, address_of(slot.SlotThreadExitPrintStats),
                [&] { return slot.SlotThreadExitPrintStats(tv, slot.slot_data), TM_ECODE_OK; });
    if (slot.SlotThreadDeinit == nullptr) continue;
    const auto deinit = [&] { return slot.SlotThreadDeinit(tv, slot.slot_data); };
    const TmEcode result = is_host_module(slot)
                               ? deinit()
                               : in_plugin(JournalCallback::thread_module, thread,
                                           address_of(slot.SlotThreadDeinit), deinit);
    if (result != TM_ECODE_OK) break;
  }
}

void PluginThread::wake() {
  if (in != nullptr) in->channel.push({});
  if (worker_ != nullptr) worker_->send({});
  if (pool_ != nullptr) pool_->close();
}

void PluginThread::break_loop(Thread& thread) {
  for (const TmSlot& slot : slots_) {
    if (slot.tm_id < 0) continue;
    const TmModule& module = tmm_modules[slot.tm_id];
    if ((module.flags & TM_FLAG_RECEIVE_TM) == 0 || module.PktAcqBreakLoop == nullptr) continue;
    in_plugin(JournalCallback::thread_module, thread, address_of(module.PktAcqBreakLoop),
              [&] { return module.PktAcqBreakLoop(thread.tv(), slot.slot_data); });
  }
}

// Suricata waits for CLOSED without a limit, so a function that returns without setting it blocks
// the shutdown.
Ecode CustomThread::run(Thread& thread) {
  abi::run_guarded(JournalCallback::capture_loop, thread.tv(), plugin_, address_of(function_), [&] {
    function_(thread.tv());
    thread.wait_for(THV_CLOSED);
  });
  return Ecode::done;
}

PluginWorker::PluginWorker(FlowEngine& engine, CapturePluginSource& source, std::uint32_t index)
    : CapturedWorker(engine, index, source.checksums()), source_(source) {}

void PluginWorker::handle(Thread& thread, Packet& packet) {
  if (PKT_IS_PSEUDOPKT(&packet)) return end_handed_back_now(thread);
  const abi::PacketLayout& in = abi::in_packet();
  decode::Decoded& decoded = side_of(&packet)->decoded;
  std::uint8_t* const external = in.ext_pkt(packet);
  const std::uint32_t size = in.pktlen(packet);
  decoded.time = micros_of(packet.ts);
  if (decoded.bytes.empty())  // not decoded
    decoded.bytes = {external != nullptr ? external : &in.pkt_data(packet), size};
  packet_ = &packet;
  handle_packet(thread, {decoded, side_of(&packet)->number, side_of(&packet)->row});
  packet_ = &own_packet_;
  own_packet_.ts = packet.ts;
  packet.flow = nullptr;
  in.ext_pkt(packet) = external;
  in.pktlen(packet) = size;
  // Once the engine stops, there is no flow manager to take timed-out flows.
  if ((__atomic_load_n(&suricata_ctl_flags, __ATOMIC_ACQUIRE) & SURICATA_STOP) == 0) sweep_if_due();
}

std::int64_t PluginWorker::last_packet_time() const { return source_.last_packet_time(); }

Packet* allocate_packet() {
  const abi::HostScope host;
  const std::size_t size = sizeof(PacketSide) + abi::in_packet().size + default_packet_size;
  void* const block = std::calloc(1, size);
  if (block == nullptr) return nullptr;
  auto* const packet = reinterpret_cast<Packet*>(new (block) PacketSide + 1);
  packet->ReleasePacket = PacketFree;
  return packet;
}

void free_packet(Packet* packet) {
  const abi::HostScope host;
  clear_packet(*packet);
  std::free(side_of(packet));
}

void clear_packet(Packet& packet) {
  const abi::PacketLayout& in = abi::in_packet();
  if ((packet.flags & PKT_ZERO_COPY) == 0) std::free(in.ext_pkt(packet));
  std::array<std::uint8_t, sizeof packet.plugin_v> kept{};
  std::memcpy(kept.data(), packet.plugin_v, kept.size());
  void* const pool = in.pool(packet);
  void (*const release)(Packet*) = packet.ReleasePacket;
  std::memset(static_cast<void*>(&packet), 0, in.size);
  std::memcpy(packet.plugin_v, kept.data(), kept.size());
  in.pool(packet) = pool;
  packet.ReleasePacket = release;
  *side_of(&packet) = {};
}

PacketPool::PacketPool(std::size_t packets) {
  all_.reserve(packets);
  for (std::size_t i = 0; i < packets; ++i) {
    Packet* const packet = allocate_packet();
    if (packet == nullptr) break;
    abi::in_packet().pool(*packet) = this;
    side_of(packet)->in_pool = true;
    all_.push_back(packet);
  }
  const MutexLock lock(mutex_);
  free_ = all_;
}

PacketPool::~PacketPool() {
  for (Packet* packet : all_) free_packet(packet);
}

Packet* PacketPool::take() {
  Packet* packet = nullptr;
  {
    const MutexLock lock(mutex_);
    if (free_.empty()) return nullptr;
    packet = free_.back();
    free_.pop_back();
  }
  clear_packet(*packet);
  packet->ReleasePacket = PacketPoolReturnPacket;
  return packet;
}

void PacketPool::wait() {
  for (;;) {
    const std::uint32_t seen = std::atomic_ref(changes_).load(std::memory_order_acquire);
    {
      const MutexLock lock(mutex_);
      if (!free_.empty() || closed_) return;
    }
    waiters_.wait(changes_, seen);
  }
}

bool PacketPool::give_back(Packet& packet) {
  {
    const MutexLock lock(mutex_);
    if (side_of(&packet)->in_pool) return false;
    side_of(&packet)->in_pool = true;
    free_.push_back(&packet);
  }
  std::atomic_ref(changes_).fetch_add(1, std::memory_order_release);
  waiters_.wake(changes_);
  return true;
}

void PacketPool::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  std::atomic_ref(changes_).fetch_add(1, std::memory_order_release);
  waiters_.wake(changes_);
}

std::size_t PacketPool::in_use() const {
  const MutexLock lock(mutex_);
  return all_.size() - free_.size();
}

}  // namespace surisim::engine
