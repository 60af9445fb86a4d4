// The functions of decode*.c that capture plugins call: they decode a packet's bytes, for the
// module FlowWorker, with the decoder that capture files have too (T1 to T11).
#include <suricata/decode.h>

#include <array>
#include <cstddef>
#include <new>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "capture/captured_flow.hpp"
#include "capture_plugin/capture_plugin_source.hpp"
#include "capture_plugin/packet_pool.hpp"
#include "decode/decode.hpp"

using namespace surisim::abi;
namespace decode = surisim::decode;
namespace engine = surisim::engine;
using engine::CapturePluginSource;

// A plugin that is compiled with Suricata's headers passes on numbers of counters from the first
// bytes, which are zero: no counter.
struct DecodeThreadVars_ {
  std::array<std::byte, 8192> counters{};
  decode::Decoder decoder{host().decoding};
  engine::FlowLoggers flow_loggers;  // only initialised: a decoder ends no flow
};

namespace {

// Fills the packet but for its bytes, which stay where the plugin has put them.
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

// A packet inside another one: in a tunnel, or reassembled.
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
    source->engine().init_loggers(*engine::context()->thread, dtv->flow_loggers);
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
