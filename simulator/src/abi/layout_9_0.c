/* The struct layouts of 9.0.0-dev, as its default Linux build on x86-64 has them. A change here is
 * a change of the ABI. */
#define SURISIM_API_VERSION 0x0900
#define SURISIM_LAYOUT layout_9_0
#define SURISIM_FIELDS fields_9_0
#define SURISIM_OWN_FIELDS(X) \
  X(ThreadVars, stats)        \
  X(Flow, livedev_id)         \
  X(Packet, livedev_id)
#define SURISIM_LIVEDEV livedev_id
#define SURISIM_PCAP_CNT pcap_v.pcap_cnt
#define SURISIM_GROUP_NAME 0
#define SURISIM_COUNTERS StatsThreadContext
#define SURISIM_COUNTERS_AT offsetof(ThreadVars, stats)
#define SURISIM_PUBLIC_COUNTERS pub
#define SURISIM_PRIVATE_COUNTERS priv
#define SURISIM_COMPRESS_IPV6 offsetof(OutputJsonCommonSettings, compress_ipv6)
#include "abi/layout_of_version.h"

_Static_assert(sizeof(SCThreadStorageId) == 4 && sizeof(SCFlowStorageId) == 4, "ids");
_Static_assert(sizeof(ThreadVars) == 264, "ThreadVars");
AT(ThreadVars, type, 41);
AT(ThreadVars, id, 52);
AT(ThreadVars, inq, 56);
AT(ThreadVars, flags, 72);
AT(ThreadVars, tm_slots, 80);
AT(ThreadVars, tm_flowworker, 88);
AT(ThreadVars, outq, 96);
AT(ThreadVars, decode_pq, 120);
AT(ThreadVars, stream_pq, 144);
AT(ThreadVars, stats, 160);
_Static_assert(sizeof(StatsThreadContext) == 56, "StatsThreadContext");
AT(ThreadVars, next, 216);
AT(ThreadVars, ctrl_mutex, 224);
AT(ThreadVars, flow_queue, 240);
AT(ThreadVars, break_loop, 248);
AT(ThreadVars, iface_name, 256);
AT(ThreadVars, storage, 264);
_Static_assert(sizeof(Flow) == 272, "Flow");
AT(Flow, flow_hash, 52);
AT(Flow, livedev_id, 56);
AT(Flow, next, 64);
AT(Flow, flags, 72);
AT(Flow, file_flags, 80);
AT(Flow, protodetect_dp, 82);
AT(Flow, timeout_policy, 84);
AT(Flow, lastts, 88);
AT(Flow, flow_state, 96);
AT(Flow, tenant_id, 100);
AT(Flow, parent_id, 112);
AT(Flow, protoctx, 120);
AT(Flow, m, 128);
_Static_assert(sizeof(Packet) == 520, "Packet");
AT(Packet, ttype, 58);
AT(Packet, payload, 336);
AT(Packet, payload_len, 344);
AT(Packet, action, 346);
AT(Packet, pkt_src, 347);
AT(Packet, pktlen, 348);
AT(Packet, ext_pkt, 352);
AT(Packet, next, 464);
AT(Packet, datalink, 480);
AT(Packet, pcap_v, 88);
AT(Packet, livedev_id, 360);
AT(Packet, alerts, 368);
AT(Packet, events, 440);
AT(Packet, root, 488);
AT(Packet, tenant_id, 500);
_Static_assert(sizeof(struct PacketL4) == 104, "PacketL4");
AT(Packet, pool, 504);
AT(Packet, pkt_data, 516);
AT(OutputJsonCommonSettings, compress_ipv6, 3);
_Static_assert(FLOW_IS_ELEPHANT_TOCLIENT == 1 << 4 && FLOW_ACTION_ACCEPT == 1 << 5 &&
                   FLOW_IPV4 == 1 << 20 && FLOW_IPV6 == 1 << 21,
               "E26");
AT(OutputJsonCommonSettings, include_suricata_version, 4);
AT(OutputJsonCommonSettings, community_id_seed, 6);
_Static_assert(sizeof(OutputJsonCommonSettings) == 8, "OutputJsonCommonSettings");
