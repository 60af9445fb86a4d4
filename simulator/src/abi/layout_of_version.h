/* Defines the two tables of layout_table.h for one version, from that version's C headers. Included
 * by layout_8_0.c and layout_9_0.c, which define before it: SURISIM_API_VERSION which headers
 *   SURISIM_LAYOUT, SURISIM_FIELDS            the tables' names
 *   SURISIM_OWN_FIELDS                        the fields that only this version has
 *   SURISIM_LIVEDEV, SURISIM_PCAP_CNT         names of fields
 *   SURISIM_GROUP_NAME, SURISIM_COMPRESS_IPV6 offsets
 *   SURISIM_COUNTERS, SURISIM_COUNTERS_AT     the type with the counters, its offset in ThreadVars
 *   SURISIM_PUBLIC_COUNTERS, SURISIM_PRIVATE_COUNTERS  fields of that type
 *
 * When:    at compile time.
 * Owner:   the tables are constants.
 * Threads: any.
 * Source:  threadvars.h, flow.h, decode.h; facts E22 to E24.
 */
#include <suricata/decode.h>
#include <suricata/flow-storage.h>
#include <suricata/flow.h>
#include <suricata/output-json.h>
#include <suricata/runmodes.h>
#include <suricata/rust-bindings.h>
#include <suricata/suricata-plugin.h>
#include <suricata/thread-storage.h>
#include <suricata/threadvars.h>
#include <suricata/tm-modules.h>
#include <suricata/tm-threads.h>
#include <suricata/util-debug.h>

#include "abi/layout_table.h"

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)

/* What all versions have in common. */
_Static_assert(sizeof(SCPlugin) == 56, "SCPlugin");
_Static_assert(sizeof(SCCapturePlugin) == 56, "SCCapturePlugin");
_Static_assert(sizeof(SCAppLayerPlugin) == 56, "SCAppLayerPlugin");
_Static_assert(sizeof(SCJsonBuilderMark) == 24, "SCJsonBuilderMark");
_Static_assert(sizeof(Storage) == 8, "Storage");
_Static_assert(sizeof(TmModule) == 96, "TmModule");
AT(TmModule, PktAcqLoop, 40);
AT(TmModule, PktAcqBreakLoop, 48);
AT(TmModule, flags, 89);
_Static_assert(sizeof(TmSlot) == 64, "TmSlot");
AT(TmSlot, slot_next, 8);
AT(TmSlot, slot_data, 16);
AT(TmSlot, tm_flags, 24);
AT(TmSlot, tm_id, 28);
AT(TmSlot, slot_initdata, 56);
_Static_assert(sizeof(PacketQueueNoLock) == 24, "PacketQueueNoLock");
_Static_assert(sizeof(PacketQueue) == 112, "PacketQueue");
AT(PacketQueue, mutex_q, 24);
_Static_assert(TMM_SIZE == 39 && TMM_RECEIVEPLUGIN == 8 && TMM_DECODEPLUGIN == 9, "TmmId");
_Static_assert(RUNMODE_PLUGIN == 16, "SCRunModes");
_Static_assert(STORAGE_HOST == 0 && STORAGE_FLOW == 1 && STORAGE_IPPAIR == 2 &&
                   STORAGE_DEVICE == 3 && STORAGE_THREAD == 4,
               "StorageEnum");
_Static_assert(SC_LOG_NOTSET == -1 && SC_LOG_ERROR == 1 && SC_LOG_NOTICE == 3 && SC_LOG_DEBUG == 7,
               "SCLogLevel");
AT(ThreadVars, t, 0);
AT(ThreadVars, tm_func, 8);
AT(ThreadVars, name, 16);
AT(ThreadVars, printable_name, 32);
AT(Flow, src, 0);
AT(Flow, dst, 16);
AT(Flow, sp, 32);
AT(Flow, dp, 36);
AT(Flow, proto, 38);
AT(Flow, recursion_level, 39);
AT(Flow, vlan_id, 40);
AT(Flow, thread_id, 48);
AT(Flow, protomap, 168);
AT(Flow, alproto, 170);
AT(Flow, alparser, 192);
AT(Flow, alstate, 200);
AT(Flow, startts, 240);
AT(Flow, todstpktcnt, 248);
AT(Flow, tosrcpktcnt, 252);
AT(Flow, todstbytecnt, 256);
AT(Flow, tosrcbytecnt, 264);
AT(Flow, storage, 272);
AT(OutputInitResult, ctx, 0);
AT(OutputInitResult, ok, 8);
_Static_assert(sizeof(OutputInitResult) == 16, "OutputInitResult");
AT(OutputCtx, data, 0);
AT(OutputCtx, DeInit, 8);
AT(OutputCtx, submodules, 16);
_Static_assert(sizeof(OutputCtx) == 32, "OutputCtx");
AT(OutputPacketLoggerFunctions, LogFunc, 0);
AT(OutputPacketLoggerFunctions, ThreadDeinitFunc, 24);
_Static_assert(sizeof(OutputPacketLoggerFunctions) == 40, "OutputPacketLoggerFunctions");
AT(OutputJsonCtx, file_ctx, 0);
AT(OutputJsonCtx, json_out, 8);
AT(OutputJsonCtx, cfg, 12);
AT(OutputJsonCtx, xff_cfg, 24);
AT(OutputJsonCtx, filetype, 32);
_Static_assert(sizeof(OutputJsonCtx) == 40, "OutputJsonCtx");
AT(OutputJsonThreadCtx, ctx, 0);
AT(OutputJsonThreadCtx, file_ctx, 8);
AT(OutputJsonThreadCtx, buffer, 16);
AT(OutputJsonThreadCtx, too_large_warning, 24);
_Static_assert(sizeof(OutputJsonThreadCtx) == 32, "OutputJsonThreadCtx");
AT(JsonAddrInfo, dst_ip, 46);
AT(JsonAddrInfo, sp, 92);
AT(JsonAddrInfo, proto, 96);
AT(JsonAddrInfo, log_port, 112);
_Static_assert(sizeof(JsonAddrInfo) == 114, "JsonAddrInfo");
AT(MemBuffer, buffer, 8);
AT(Packet, src, 0);
AT(Packet, dst, 20);
AT(Packet, proto, 44);
AT(Packet, vlan_id, 46);
AT(Packet, flowflags, 53);
AT(Packet, flags, 60);
AT(Packet, flow, 64);
AT(Packet, flow_hash, 72);
AT(Packet, ts, 80);
AT(Packet, l2, 176);
AT(Packet, l3, 192);
AT(Packet, l4, 232);
_Static_assert(sizeof(EthernetHdr) == 14 && sizeof(TCPHdr) == 20 && sizeof(UDPHdr) == 8 &&
                   sizeof(ICMPV4Hdr) == 4 && sizeof(ICMPV6Hdr) == 8 && sizeof(SCTPHdr) == 12,
               "headers");
_Static_assert(sizeof(TCPVars) == 20 && sizeof(PacketAlerts) == 56, "parts of a Packet");

#define IN_THREAD(type, field) .field = offsetof(ThreadVars, field),
#define IN_FLOW(type, field) .field = offsetof(Flow, field),
#define IN_PACKET(type, field) .field = offsetof(Packet, field),

extern const struct surisim_layout SURISIM_LAYOUT;
const struct surisim_layout SURISIM_LAYOUT = {
    .thread = {SURISIM_THREAD_FIELDS(IN_THREAD).storage = offsetof(ThreadVars, storage),
               .group_name = SURISIM_GROUP_NAME, .counters = SURISIM_COUNTERS_AT,
               .counter_list = offsetof(SURISIM_COUNTERS, SURISIM_PUBLIC_COUNTERS.head),
               .counter_ids = offsetof(SURISIM_COUNTERS, SURISIM_PUBLIC_COUNTERS.curr_id),
               .counter_values = offsetof(SURISIM_COUNTERS, SURISIM_PRIVATE_COUNTERS)},
    .flow = {SURISIM_FLOW_FIELDS(IN_FLOW).storage = offsetof(Flow, storage),
             .livedev = offsetof(Flow, SURISIM_LIVEDEV),
             .livedev_size = sizeof(((Flow*)NULL)->SURISIM_LIVEDEV)},
    .packet = {SURISIM_PACKET_FIELDS(IN_PACKET).size = sizeof(Packet), .l4_sctp = PACKET_L4_SCTP,
               .l4_esp = PACKET_L4_ESP, .pcap_cnt = offsetof(Packet, SURISIM_PCAP_CNT),
               .livedev = offsetof(Packet, SURISIM_LIVEDEV)},
    .eve = {.compress_ipv6 = SURISIM_COMPRESS_IPV6,
            .include_suricata_version =
                offsetof(OutputJsonCommonSettings, include_suricata_version),
            .community_id_seed = offsetof(OutputJsonCommonSettings, community_id_seed)},
};

/* The fields by name. X(type, field) */
/* clang-format off */
#define SURISIM_COMMON_FIELDS(X) \
  X(ThreadVars, t) X(ThreadVars, tm_func) X(ThreadVars, name) X(ThreadVars, printable_name) \
  X(ThreadVars, thread_setup_flags) X(ThreadVars, type) X(ThreadVars, cpu_affinity) \
  X(ThreadVars, thread_priority) X(ThreadVars, tmm_flags) X(ThreadVars, cap_flags) \
  X(ThreadVars, inq_id) X(ThreadVars, outq_id) X(ThreadVars, id) X(ThreadVars, inq) \
  X(ThreadVars, tmqh_in) X(ThreadVars, flags) X(ThreadVars, tm_slots) \
  X(ThreadVars, tm_flowworker) X(ThreadVars, outq) X(ThreadVars, outctx) X(ThreadVars, tmqh_out) \
  X(ThreadVars, decode_pq) X(ThreadVars, stream_pq) X(ThreadVars, stream_pq_local) \
  X(ThreadVars, next) X(ThreadVars, ctrl_mutex) X(ThreadVars, ctrl_cond) \
  X(ThreadVars, flow_queue) X(ThreadVars, break_loop) X(ThreadVars, iface_name) \
  X(ThreadVars, storage) \
  X(Flow, src) X(Flow, dst) X(Flow, sp) X(Flow, dp) X(Flow, proto) X(Flow, recursion_level) \
  X(Flow, vlan_id) X(Flow, vlan_idx) X(Flow, ffr) X(Flow, thread_id) X(Flow, next) \
  X(Flow, flow_hash) X(Flow, timeout_policy) X(Flow, lastts) X(Flow, flow_state) \
  X(Flow, tenant_id) X(Flow, probing_parser_toserver_alproto_masks) \
  X(Flow, probing_parser_toclient_alproto_masks) X(Flow, flags) X(Flow, file_flags) \
  X(Flow, protodetect_dp) X(Flow, parent_id) X(Flow, m) X(Flow, protoctx) X(Flow, protomap) \
  X(Flow, flow_end_flags) X(Flow, alproto) X(Flow, alproto_ts) X(Flow, alproto_tc) \
  X(Flow, alproto_orig) X(Flow, alproto_expect) X(Flow, de_ctx_version) \
  X(Flow, min_ttl_toserver) X(Flow, max_ttl_toserver) X(Flow, min_ttl_toclient) \
  X(Flow, max_ttl_toclient) X(Flow, alparser) X(Flow, alstate) X(Flow, sgh_toclient) \
  X(Flow, sgh_toserver) X(Flow, flowvar) X(Flow, fb) X(Flow, startts) X(Flow, todstpktcnt) \
  X(Flow, tosrcpktcnt) X(Flow, todstbytecnt) X(Flow, tosrcbytecnt) X(Flow, storage) \
  X(Packet, src) X(Packet, dst) X(Packet, sp) X(Packet, dp) X(Packet, proto) \
  X(Packet, recursion_level) X(Packet, vlan_id) X(Packet, vlan_idx) X(Packet, flowflags) \
  X(Packet, app_update_direction) X(Packet, sig_mask) X(Packet, pkt_hooks) X(Packet, ttype) \
  X(Packet, flags) X(Packet, flow) X(Packet, flow_hash) X(Packet, ts) X(Packet, plugin_v) \
  X(Packet, ReleasePacket) X(Packet, BypassPacketsFlow) X(Packet, pktvar) X(Packet, l2) \
  X(Packet, l3) X(Packet, l4) X(Packet, payload) X(Packet, payload_len) X(Packet, action) \
  X(Packet, pkt_src) X(Packet, pktlen) X(Packet, ext_pkt) X(Packet, next) X(Packet, prev) \
  X(Packet, datalink) X(Packet, pool) X(Packet, tunnel_lock) X(Packet, pkt_data)
/* clang-format on */

#define SURISIM_FIELD(type, field) {#type, #field, (uint16_t)offsetof(type, field)},
const struct surisim_field SURISIM_FIELDS[] = {
    SURISIM_COMMON_FIELDS(SURISIM_FIELD) SURISIM_OWN_FIELDS(SURISIM_FIELD){NULL, NULL, 0}};
