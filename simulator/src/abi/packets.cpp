// What a capture plugin does with one packet, and queues of packets. Source: packet.c, decode.c,
// packet-queue.c.
#include <suricata/decode.h>
#include <suricata/packet-queue.h>
#include <suricata/packet.h>

#include <cstdlib>
#include <cstring>

#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

using namespace surisim::abi;

namespace {

constexpr std::uint32_t kMostPayload = 65'604;  // MAX_PAYLOAD_SIZE

// Both kinds of queue begin alike.
template <class Queue>
void put(Queue* queue, Packet* p) {
  if (p == nullptr) return;
  const PacketLayout& in = in_packet();
  in.prev(*p) = nullptr;
  in.next(*p) = queue->top;
  if (queue->top != nullptr) {
    in.prev(*queue->top) = p;
  } else {
    queue->bot = p;
  }
  queue->top = p;
  ++queue->len;
}

template <class Queue>
Packet* take(Queue* queue) {
  if (queue->len == 0) return nullptr;
  const PacketLayout& in = in_packet();
  Packet* const p = queue->bot;
  Packet* const before = in.prev(*p);
  queue->bot = before;
  if (before != nullptr) {
    in.next(*before) = nullptr;
  } else {
    queue->top = nullptr;
  }
  --queue->len;
  in.next(*p) = in.prev(*p) = nullptr;
  return p;
}

}  // namespace

SURISIM_ABI void PacketEnqueueNoLock(PacketQueueNoLock* queue, Packet* p) {
  SURISIM_NOT_NULL(queue);
  put(queue, p);
}

SURISIM_ABI void PacketEnqueue(PacketQueue* queue, Packet* p) {
  SURISIM_NOT_NULL(queue);
  put(queue, p);
}

SURISIM_ABI Packet* PacketDequeueNoLock(PacketQueueNoLock* queue) {
  SURISIM_NOT_NULL(queue);
  return take(queue);
}

SURISIM_ABI Packet* PacketDequeue(PacketQueue* queue) {
  SURISIM_NOT_NULL(queue);
  return take(queue);
}

SURISIM_ABI void SCPacketSetDatalink(Packet* p, int datalink) {
  SURISIM_NOT_NULL(p);
  in_packet().datalink(*p) = datalink;
}

SURISIM_ABI void SCPacketSetSource(Packet* p, enum PktSrcEnum source) {
  SURISIM_NOT_NULL(p);
  in_packet().pkt_src(*p) = static_cast<std::uint8_t>(source);
}

SURISIM_ABI void SCPacketSetTime(Packet* p, SCTime_t ts) {
  SURISIM_NOT_NULL(p);
  p->ts = ts;
}

SURISIM_ABI void SCPacketSetReleasePacket(Packet* p, void (*release)(Packet*)) {
  SURISIM_NOT_NULL(p);
  p->ReleasePacket = release;
}

SURISIM_ABI uint64_t PcapPacketCntGet(const Packet* p) {
  if (p == nullptr || !state().packet_time.is_of_packets()) return 0;
  return in_packet().pcap_cnt(*p);
}

SURISIM_ABI void PcapPacketCntSet(Packet* p, uint64_t pcap_cnt) {
  if (p != nullptr && state().packet_time.is_of_packets()) in_packet().pcap_cnt(*p) = pcap_cnt;
}

SURISIM_ABI bool PacketCheckAction(const Packet* p, uint8_t actions) {
  SURISIM_NOT_NULL(p);
  return (in_packet().action(*p) & actions) != 0;
}

SURISIM_ABI int PacketCopyData(Packet* p, const uint8_t* pktdata, uint32_t pktlen) {
  SURISIM_NOT_NULL(p);
  const HostScope host;
  const PacketLayout& in = in_packet();
  in.pktlen(*p) = 0;
  if (pktlen > kMostPayload) return -1;
  std::uint8_t*& external = in.ext_pkt(*p);
  if (external == nullptr && pktlen > default_packet_size) {
    external = static_cast<std::uint8_t*>(std::malloc(kMostPayload));
    if (external == nullptr) return -1;
  }
  in.pktlen(*p) = pktlen;
  std::uint8_t* const to = external == nullptr ? &in.pkt_data(*p) : external;
  if (pktlen > 0) std::memcpy(to, pktdata, pktlen);
  return 0;
}

SURISIM_ABI int PacketSetData(Packet* p, const uint8_t* pktdata, uint32_t pktlen) {
  SURISIM_NOT_NULL(p);
  in_packet().pktlen(*p) = pktlen;
  if (pktdata == nullptr) return -1;
  in_packet().ext_pkt(*p) = const_cast<std::uint8_t*>(pktdata);
  p->flags |= PKT_ZERO_COPY;
  return 0;
}
