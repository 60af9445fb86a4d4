/* Included by fields_8_0.c and fields_9_0.c, with SURISIM_API_VERSION, SURISIM_FIELDS (the name of
 * the table) and SURISIM_OWN_FIELDS (those that only this version has) defined: defines the table
 * from the C headers of that version.
 *
 * When:    constant.
 * Owner:   none; a definition.
 * Threads: any.
 * Source:  threadvars.h, flow.h, decode.h; facts E22 to E24.
 */
#include <suricata/decode.h>
#include <suricata/flow.h>
#include <suricata/threadvars.h>

#include "abi/struct_fields.h"

/* X(type, field) */
#define SURISIM_COMMON_FIELDS(X)                 \
  X(ThreadVars, t)                               \
  X(ThreadVars, tm_func)                         \
  X(ThreadVars, name)                            \
  X(ThreadVars, printable_name)                  \
  X(ThreadVars, thread_setup_flags)              \
  X(ThreadVars, type)                            \
  X(ThreadVars, cpu_affinity)                    \
  X(ThreadVars, thread_priority)                 \
  X(ThreadVars, tmm_flags)                       \
  X(ThreadVars, cap_flags)                       \
  X(ThreadVars, inq_id)                          \
  X(ThreadVars, outq_id)                         \
  X(ThreadVars, id)                              \
  X(ThreadVars, inq)                             \
  X(ThreadVars, tmqh_in)                         \
  X(ThreadVars, flags)                           \
  X(ThreadVars, tm_slots)                        \
  X(ThreadVars, tm_flowworker)                   \
  X(ThreadVars, outq)                            \
  X(ThreadVars, outctx)                          \
  X(ThreadVars, tmqh_out)                        \
  X(ThreadVars, decode_pq)                       \
  X(ThreadVars, stream_pq)                       \
  X(ThreadVars, stream_pq_local)                 \
  X(ThreadVars, next)                            \
  X(ThreadVars, ctrl_mutex)                      \
  X(ThreadVars, ctrl_cond)                       \
  X(ThreadVars, flow_queue)                      \
  X(ThreadVars, break_loop)                      \
  X(ThreadVars, iface_name)                      \
  X(ThreadVars, storage)                         \
  X(Flow, src)                                   \
  X(Flow, dst)                                   \
  X(Flow, sp)                                    \
  X(Flow, dp)                                    \
  X(Flow, proto)                                 \
  X(Flow, recursion_level)                       \
  X(Flow, vlan_id)                               \
  X(Flow, vlan_idx)                              \
  X(Flow, ffr)                                   \
  X(Flow, thread_id)                             \
  X(Flow, next)                                  \
  X(Flow, flow_hash)                             \
  X(Flow, timeout_policy)                        \
  X(Flow, lastts)                                \
  X(Flow, flow_state)                            \
  X(Flow, tenant_id)                             \
  X(Flow, probing_parser_toserver_alproto_masks) \
  X(Flow, probing_parser_toclient_alproto_masks) \
  X(Flow, flags)                                 \
  X(Flow, file_flags)                            \
  X(Flow, protodetect_dp)                        \
  X(Flow, parent_id)                             \
  X(Flow, m)                                     \
  X(Flow, protoctx)                              \
  X(Flow, protomap)                              \
  X(Flow, flow_end_flags)                        \
  X(Flow, alproto)                               \
  X(Flow, alproto_ts)                            \
  X(Flow, alproto_tc)                            \
  X(Flow, alproto_orig)                          \
  X(Flow, alproto_expect)                        \
  X(Flow, de_ctx_version)                        \
  X(Flow, min_ttl_toserver)                      \
  X(Flow, max_ttl_toserver)                      \
  X(Flow, min_ttl_toclient)                      \
  X(Flow, max_ttl_toclient)                      \
  X(Flow, alparser)                              \
  X(Flow, alstate)                               \
  X(Flow, sgh_toclient)                          \
  X(Flow, sgh_toserver)                          \
  X(Flow, flowvar)                               \
  X(Flow, fb)                                    \
  X(Flow, startts)                               \
  X(Flow, todstpktcnt)                           \
  X(Flow, tosrcpktcnt)                           \
  X(Flow, todstbytecnt)                          \
  X(Flow, tosrcbytecnt)                          \
  X(Flow, storage)                               \
  X(Packet, src)                                 \
  X(Packet, dst)                                 \
  X(Packet, sp)                                  \
  X(Packet, dp)                                  \
  X(Packet, proto)                               \
  X(Packet, recursion_level)                     \
  X(Packet, vlan_id)                             \
  X(Packet, vlan_idx)                            \
  X(Packet, flowflags)                           \
  X(Packet, app_update_direction)                \
  X(Packet, sig_mask)                            \
  X(Packet, pkt_hooks)                           \
  X(Packet, ttype)                               \
  X(Packet, flags)                               \
  X(Packet, flow)                                \
  X(Packet, flow_hash)                           \
  X(Packet, ts)                                  \
  X(Packet, plugin_v)                            \
  X(Packet, ReleasePacket)                       \
  X(Packet, BypassPacketsFlow)                   \
  X(Packet, pktvar)                              \
  X(Packet, l2)                                  \
  X(Packet, l3)                                  \
  X(Packet, l4)                                  \
  X(Packet, payload)                             \
  X(Packet, payload_len)                         \
  X(Packet, action)                              \
  X(Packet, pkt_src)                             \
  X(Packet, pktlen)                              \
  X(Packet, ext_pkt)                             \
  X(Packet, next)                                \
  X(Packet, prev)                                \
  X(Packet, datalink)                            \
  X(Packet, pool)                                \
  X(Packet, tunnel_lock)                         \
  X(Packet, pkt_data)

#define SURISIM_FIELD(type, field) {#type, #field, (uint16_t)offsetof(type, field)},
const struct surisim_field SURISIM_FIELDS[] = {
    SURISIM_COMMON_FIELDS(SURISIM_FIELD) SURISIM_OWN_FIELDS(SURISIM_FIELD){NULL, NULL, 0}};
