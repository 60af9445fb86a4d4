/* The struct layouts of 8.0.6, as its default Linux build on x86-64 has them. A change here is a
 * change of the ABI. */
#define SURISIM_API_VERSION 0x0800
#define SURISIM_LAYOUT layout_8_0
#define SURISIM_FIELDS fields_8_0
#define SURISIM_OWN_FIELDS(X)      \
  X(ThreadVars, thread_group_name) \
  X(ThreadVars, perf_private_ctx)  \
  X(ThreadVars, perf_public_ctx)   \
  X(Flow, livedev)                 \
  X(Flow, aux_flags)               \
  X(Packet, livedev)               \
  X(Packet, pcap_cnt)
#define SURISIM_LIVEDEV livedev
#define SURISIM_PCAP_CNT pcap_cnt
#define SURISIM_GROUP_NAME offsetof(ThreadVars, thread_group_name)
#define SURISIM_COUNTERS ThreadVars
#define SURISIM_COUNTERS_AT 0
#define SURISIM_PUBLIC_COUNTERS perf_public_ctx
#define SURISIM_PRIVATE_COUNTERS perf_private_ctx
#define SURISIM_COMPRESS_IPV6 0
#include "abi/layout_of_version.h"

_Static_assert(sizeof(ThreadStorageId) == 4 && sizeof(FlowStorageId) == 4, "ids");
_Static_assert(sizeof(ThreadVars) == 296, "ThreadVars");
AT(ThreadVars, thread_group_name, 40);
AT(ThreadVars, thread_setup_flags, 48);
AT(ThreadVars, type, 49);
AT(ThreadVars, id, 60);
AT(ThreadVars, inq, 64);
AT(ThreadVars, flags, 80);
AT(ThreadVars, tm_slots, 88);
AT(ThreadVars, tm_flowworker, 96);
AT(ThreadVars, outq, 104);
AT(ThreadVars, tmqh_out, 120);
AT(ThreadVars, decode_pq, 128);
AT(ThreadVars, stream_pq, 152);
AT(ThreadVars, stream_pq_local, 160);
AT(ThreadVars, perf_private_ctx, 168);
AT(ThreadVars, next, 184);
AT(ThreadVars, perf_public_ctx, 192);
_Static_assert(sizeof(StatsPublicThreadContext) == 64, "StatsPublicThreadContext");
AT(ThreadVars, ctrl_mutex, 256);
AT(ThreadVars, flow_queue, 272);
AT(ThreadVars, break_loop, 280);
AT(ThreadVars, iface_name, 288);
AT(ThreadVars, storage, 296);
_Static_assert(sizeof(Flow) == 272, "Flow");
AT(Flow, next, 56);
AT(Flow, livedev, 64);
AT(Flow, flow_hash, 72);
AT(Flow, timeout_policy, 76);
AT(Flow, lastts, 80);
AT(Flow, flow_state, 88);
AT(Flow, aux_flags, 90);
AT(Flow, tenant_id, 92);
AT(Flow, flags, 104);
AT(Flow, file_flags, 108);
AT(Flow, protodetect_dp, 110);
AT(Flow, parent_id, 112);
AT(Flow, m, 120);
AT(Flow, protoctx, 160);
_Static_assert(sizeof(Packet) == 464, "Packet");
AT(Packet, ttype, 76);
AT(Packet, payload, 272);
AT(Packet, payload_len, 280);
AT(Packet, action, 282);
AT(Packet, pkt_src, 283);
AT(Packet, pktlen, 284);
AT(Packet, ext_pkt, 288);
AT(Packet, next, 408);
AT(Packet, datalink, 424);
AT(Packet, alerts, 304);
AT(Packet, pcap_cnt, 376);
AT(Packet, events, 384);
AT(Packet, root, 432);
AT(Packet, tenant_id, 444);
_Static_assert(sizeof(struct PacketL4) == 40, "PacketL4");
AT(Packet, pool, 448);
AT(Packet, pkt_data, 460);
_Static_assert(FLOW_IS_ELEPHANT == 1 << 3 && FLOW_ACTION_ACCEPT == 1 << 4 && FLOW_IPV4 == 1 << 20 &&
                   FLOW_IPV6 == 1 << 21,
               "E26");
AT(OutputJsonCommonSettings, include_suricata_version, 3);
AT(OutputJsonCommonSettings, community_id_seed, 4);
_Static_assert(sizeof(OutputJsonCommonSettings) == 6, "OutputJsonCommonSettings");
