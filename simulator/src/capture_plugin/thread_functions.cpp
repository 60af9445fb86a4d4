// The functions of tm-threads.c, tmqh-packetpool.c and decode*.c that capture plugins call to make
// threads and to handle packets on them. Without a capture plugin, those that change a thread's
// flags still work on the calling thread.
#include <suricata/decode.h>
#include <suricata/tm-threads.h>
#include <suricata/tmqh-packetpool.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "capture/captured_flow.hpp"
#include "capture_plugin/capture_plugin_source.hpp"
#include "capture_plugin/plugin_thread.hpp"
#include "decode/decode.hpp"

using namespace surisim::abi;
namespace decode = surisim::decode;
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
  if (custom && !queues) return source->create_custom(name, fn_p, mucond != 0);
  SCLogError(
      "thread %s: expected a function of the plugin and no queues; "
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

// The plugin may have replaced the function that gives the packet back to its pool.
SURISIM_ABI void TmqhOutputPacketpool(ThreadVars*, Packet* p) {
  SURISIM_NOT_NULL(p);
  p->ReleasePacket(p);
}

SURISIM_ABI void TmqhReleasePacketsToPacketPool(PacketQueue* queue) {
  if (queue == nullptr) return;
  while (Packet* const packet = PacketDequeue(queue)) TmqhOutputPacketpool(nullptr, packet);
}

// decode*.c: decodes a packet's bytes for the module FlowWorker, with the decoder of capture files
// (T1 to T11).

// Plugins that are compiled with Suricata's headers read the numbers of counters from the first
// bytes. They are zero, which means no counter.
struct DecodeThreadVars_ {
  std::array<std::byte, 8192> counters{};
  decode::Decoder decoder{host().decoding};
  engine::FlowLoggers flow_loggers;  // only initialised: a decoder ends no flow
};

namespace {

// Fills the packet except for its bytes, which stay where the plugin has put them.
void fill(Packet& packet, const decode::Decoded& decoded, CapturePluginSource* source) {
  const PacketLayout& in = in_packet();
  std::uint8_t* const external = in.ext_pkt(packet);
  const std::uint32_t size = in.pktlen(packet);
  engine::PacketSide& side = *engine::side_of(&packet);
  side.decoded = decoded;
  side.number = source == nullptr ? 0 : source->next_number();
  side.row = decoded.rule == decode::FlowRule::none ? 0 : engine::row_of(decoded.key);
  engine::fill_packet(packet, decoded, side.row);
  in.ext_pkt(packet) = external;
  in.pktlen(packet) = size;
}

// Adds a packet that was found in `parent`: in a tunnel, or reassembled.
void derive(ThreadVars& tv, const Packet& parent, decode::Decoded decoded,
            CapturePluginSource* source) {
  Packet* const packet = PacketGetFromQueueOrAlloc();
  if (packet == nullptr) return;
  const PacketLayout& in = in_packet();
  const auto size = static_cast<std::uint32_t>(decoded.bytes.size());
  if (PacketCopyData(packet, decoded.bytes.data(), size) != 0) return PacketFreeOrRelease(packet);
  std::uint8_t* const external = in.ext_pkt(*packet);
  decoded.bytes = {external != nullptr ? external : &in.pkt_data(*packet), size};
  in.datalink(*packet) = decoded.datalink;
  in.pkt_src(*packet) = engine::source_of(decoded.origin);
  packet->flags |= parent.flags & PKT_IGNORE_CHECKSUM;
  fill(*packet, decoded, source);
  PacketEnqueueNoLock(&in_thread().decode_pq(tv), packet);
}

int decode_link(ThreadVars& tv, DecodeThreadVars& dtv, Packet& packet, decode::Bytes bytes,
                int link_type) {
  const HostScope host;
  CapturePluginSource* const source = CapturePluginSource::current();
  bool valid = false;
  const decode::Record record{link_type, engine::micros_of(packet.ts), bytes};
  dtv.decoder.decode(record, [&](const decode::Decoded& decoded) {
    if (decoded.is_derived()) return derive(tv, packet, decoded, source);
    fill(packet, decoded, source);
    valid = !decoded.invalid;
  });
  return valid ? TM_ECODE_OK : TM_ECODE_FAILED;
}

}  // namespace

SURISIM_ABI DecodeThreadVars* DecodeThreadVarsAlloc(ThreadVars* tv) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  DecodeThreadVars* const dtv = [] {
    const HostScope host;
    return new (std::nothrow) DecodeThreadVars;
  }();
  CapturePluginSource* const source = CapturePluginSource::current();
  if (dtv != nullptr && source != nullptr && CapturePluginSource::here() != nullptr)
    dtv->flow_loggers.thread_init(*engine::context()->thread);
  return dtv;
}

SURISIM_ABI void DecodeThreadVarsFree(ThreadVars* tv, DecodeThreadVars* dtv) {
  note_call(__func__);
  SURISIM_NOT_NULL(tv);
  if (dtv == nullptr) return;
  const HostScope host;
  if (CapturePluginSource::here() != nullptr)
    dtv->flow_loggers.thread_deinit(*engine::context()->thread);
  delete dtv;
}

SURISIM_ABI void DecodeRegisterPerfCounters(DecodeThreadVars*, ThreadVars*) {}
SURISIM_ABI void DecodeUpdatePacketCounters(ThreadVars*, const DecodeThreadVars*, const Packet*) {}
SURISIM_ABI void PacketDecodeFinalize(ThreadVars*, DecodeThreadVars*, Packet*) {}

#define SURISIM_DECODE(function, link_type)                                                      \
  SURISIM_ABI int function(ThreadVars* tv, DecodeThreadVars* dtv, Packet* p, const uint8_t* pkt, \
                           uint32_t len) {                                                       \
    note_call(__func__);                                                                         \
    SURISIM_NOT_NULL(tv);                                                                        \
    SURISIM_NOT_NULL(dtv);                                                                       \
    SURISIM_NOT_NULL(p);                                                                         \
    SURISIM_NOT_NULL(pkt);                                                                       \
    return decode_link(*tv, *dtv, *p, {pkt, len}, link_type);                                    \
  }
SURISIM_DECODE(DecodeEthernet, LINKTYPE_ETHERNET)
SURISIM_DECODE(DecodeSll, LINKTYPE_LINUX_SLL)
SURISIM_DECODE(DecodeSll2, LINKTYPE_LINUX_SLL2)
SURISIM_DECODE(DecodePPP, LINKTYPE_PPP)
SURISIM_DECODE(DecodeRaw, LINKTYPE_RAW)
SURISIM_DECODE(DecodeNull, LINKTYPE_NULL)
SURISIM_DECODE(DecodeCHDLC, LINKTYPE_CISCO_HDLC)
#undef SURISIM_DECODE
