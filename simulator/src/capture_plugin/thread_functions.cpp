// The functions of tm-threads.c and tmqh-packetpool.c that capture plugins call. Those
// that change a thread's flags work in any run, on the calling thread's own ThreadVars.
#include <suricata/tm-threads.h>
#include <suricata/tmqh-packetpool.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "capture_plugin/capture_plugin_source.hpp"
#include "capture_plugin/packet_pool.hpp"

using namespace surisim::abi;
namespace engine = surisim::engine;
using engine::CapturePluginSource;
using engine::PacketPool;
using engine::Thread;

namespace {

Thread* thread_of(const ThreadVars* tv) {
  const engine::Context* const mine = engine::context();
  if (mine != nullptr && mine->thread != nullptr && mine->thread->tv() == tv) return mine->thread;
  const CapturePluginSource* const source = CapturePluginSource::current();
  return source == nullptr ? nullptr : source->thread_of(tv);
}

}  // namespace

SURISIM_ABI ThreadVars* TmThreadCreatePacketHandler(const char* name, const char* inq_name,
                                                    const char* inqh_name, const char* outq_name,
                                                    const char* outqh_name, const char* slots) {
  note_call(__func__);
  SURISIM_NOT_NULL(name);
  const HostScope host;
  CapturePluginSource* const source = CapturePluginSource::current();
  if (source == nullptr) return nullptr;
  return source->create({.name = name,
                         .in_queue = inq_name,
                         .in_handler = inqh_name,
                         .out_queues = outq_name,
                         .out_handler = outqh_name,
                         .function = slots,
                         .printable_name = {},
                         .iface_name = {}});
}

SURISIM_ABI ThreadVars* TmThreadCreate(const char* name, const char* inq_name,
                                       const char* inqh_name, const char* outq_name,
                                       const char* outqh_name, const char* slots,
                                       void* (*fn_p)(void*), int mucond) {
  note_call(__func__);
  SURISIM_NOT_NULL(name);
  const HostScope host;
  CapturePluginSource* const source = CapturePluginSource::current();
  const bool custom = fn_p != nullptr && (slots == nullptr || std::strcmp(slots, "custom") == 0);
  const bool queues =
      inq_name != nullptr || inqh_name != nullptr || outq_name != nullptr || outqh_name != nullptr;
  if (source == nullptr) return nullptr;
  if (custom && !queues) return source->create_own(name, fn_p, mucond != 0);
  SCLogError(
      "thread %s: expected a function of the plugin's without queues; "
      "TmThreadCreatePacketHandler makes threads for packets",
      name);
  return nullptr;
}

SURISIM_ABI void TmSlotSetFuncAppend(ThreadVars* tv, TmModule* tm, const void* data) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  SURISIM_NOT_NULL(tm);
  const HostScope host;
  if (CapturePluginSource* const source = CapturePluginSource::current())
    source->append(*tv, *tm, data);
}

SURISIM_ABI TmEcode TmThreadSpawn(ThreadVars* tv) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  const HostScope host;
  CapturePluginSource* const source = CapturePluginSource::current();
  return source == nullptr ? TM_ECODE_FAILED : source->spawn(*tv);
}

SURISIM_ABI TmEcode TmThreadSetCPU(ThreadVars* tv, uint8_t) {
  SURISIM_NOT_NULL(tv);
  return TM_ECODE_OK;
}

// 8.0 only (E42).
SURISIM_ABI void TmThreadSetGroupName(ThreadVars* tv, const char* name) {
  if (tv == nullptr || name == nullptr) return;
  const HostScope host;
  char** const group = in_thread().group_name(*tv);
  if (group == nullptr) return;
  std::free(*group);
  *group = ::strdup(name);
}

SURISIM_ABI int TmThreadsCheckFlag(ThreadVars* tv, uint32_t flag) {
  SURISIM_NOT_NULL(tv);
  const std::uint32_t flags =
      std::atomic_ref(in_thread().flags(*tv)).load(std::memory_order_acquire);
  return (flags & flag) != 0 ? 1 : 0;
}

SURISIM_ABI void TmThreadsSetFlag(ThreadVars* tv, uint32_t flag) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  if (Thread* const thread = thread_of(tv))
    thread->set_flags(flag);
  else
    std::atomic_ref(in_thread().flags(*tv)).fetch_or(flag);
}

SURISIM_ABI void TmThreadsUnsetFlag(ThreadVars* tv, uint32_t flag) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  if (Thread* const thread = thread_of(tv))
    thread->unset_flags(flag);
  else
    std::atomic_ref(in_thread().flags(*tv)).fetch_and(~flag);
}

SURISIM_ABI void TmThreadWaitForFlag(ThreadVars* tv, uint32_t flags) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  if (const Thread* const thread = thread_of(tv)) thread->wait_for(flags);
}

SURISIM_ABI TmEcode TmThreadsSlotVarRun(ThreadVars* tv, Packet* p, TmSlot* slot) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  SURISIM_NOT_NULL(p);
  Thread* const thread = thread_of(tv);
  if (thread == nullptr || CapturePluginSource::here() == nullptr) return TM_ECODE_FAILED;
  return CapturePluginSource::module_of(thread)->run_slots(*thread, *p, slot);
}

SURISIM_ABI void PacketPoolWait(void) {
  note_call(__func__);
  engine::PluginThread* const here = CapturePluginSource::here();
  if (here != nullptr && here->pool() != nullptr) here->pool()->wait();
}

SURISIM_ABI Packet* PacketPoolGetPacket(void) {
  note_call(__func__);
  engine::PluginThread* const here = CapturePluginSource::here();
  return here == nullptr || here->pool() == nullptr ? nullptr : here->pool()->take();
}

SURISIM_ABI Packet* PacketGetFromAlloc(void) { return engine::allocate_packet(); }

SURISIM_ABI Packet* PacketGetFromQueueOrAlloc(void) {
  Packet* const packet = PacketPoolGetPacket();
  return packet != nullptr ? packet : PacketGetFromAlloc();
}

SURISIM_ABI void PacketFree(Packet* p) {
  SURISIM_NOT_NULL(p);
  engine::free_packet(p);
}

SURISIM_ABI void PacketPoolReturnPacket(Packet* p) {
  SURISIM_NOT_NULL(p);
  auto* const pool = static_cast<PacketPool*>(in_packet().pool(*p));
  if (pool == nullptr)
    PacketFree(p);
  else
    (void)pool->give_back(*p);
}

SURISIM_ABI void PacketFreeOrRelease(Packet* p) {
  SURISIM_NOT_NULL(p);
  if (in_packet().pool(*p) != nullptr) p->ReleasePacket = PacketPoolReturnPacket;
  PacketPoolReturnPacket(p);
}

SURISIM_ABI Packet* TmqhInputPacketpool(ThreadVars*) { return PacketPoolGetPacket(); }

// The plugin may have put its own function in the place of the pool's.
SURISIM_ABI void TmqhOutputPacketpool(ThreadVars*, Packet* p) {
  SURISIM_NOT_NULL(p);
  p->ReleasePacket(p);
}

SURISIM_ABI void TmqhReleasePacketsToPacketPool(PacketQueue* queue) {
  if (queue == nullptr) return;
  while (Packet* const packet = PacketDequeue(queue)) TmqhOutputPacketpool(nullptr, packet);
}
