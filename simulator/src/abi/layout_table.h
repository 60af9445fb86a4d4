/* The offsets of fields in Suricata's structs that differ between versions and that the simulator
 * needs. Filled in from the C headers by layout_8_0.c and layout_9_0.c, read through abi/host.hpp.
 *
 * When:    at any time.
 * Owner:   constants.
 * Threads: any.
 * Source:  threadvars.h, flow.h, decode.h, output-json.h; facts E22 to E24.
 */
#ifndef SURISIM_LAYOUT_TABLE_H
#define SURISIM_LAYOUT_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* X(type, field): fields of Type with the same C type in all versions. */
#define SURISIM_THREAD_FIELDS(X)  \
  X(uint8_t, type)                \
  X(int, id)                      \
  X(void*, inq)                   \
  X(void*, tmqh_in)               \
  X(uint32_t, flags)              \
  X(void*, tm_slots)              \
  X(void*, tm_flowworker)         \
  X(void*, outq)                  \
  X(void*, outctx)                \
  X(void*, tmqh_out)              \
  X(uint8_t, tmm_flags)           \
  X(uint8_t, cap_flags)           \
  X(PacketQueueNoLock, decode_pq) \
  X(void*, stream_pq)             \
  X(void*, stream_pq_local)       \
  X(bool, break_loop)             \
  X(void*, next)                  \
  X(void*, ctrl_mutex)            \
  X(void*, ctrl_cond)             \
  X(void*, flow_queue)            \
  X(char*, iface_name)

/* Of Flow.flags the simulator uses the lower 32 bits; 9.0 has 64. */
#define SURISIM_FLOW_FIELDS(X) \
  X(uint32_t, flow_hash)       \
  X(void*, next)               \
  X(void*, protoctx)           \
  X(uint32_t, flags)           \
  X(uint32_t, timeout_policy)  \
  X(SCTime_t, lastts)          \
  X(int16_t, flow_state)       \
  X(uint32_t, tenant_id)       \
  X(pthread_mutex_t, m)

#define SURISIM_PACKET_FIELDS(X) \
  X(uint8_t, action)             \
  X(uint8_t, pkt_src)            \
  X(uint8_t*, payload)           \
  X(uint16_t, payload_len)       \
  X(uint32_t, pktlen)            \
  X(uint8_t*, ext_pkt)           \
  X(Packet*, next)               \
  X(Packet*, prev)               \
  X(int, datalink)               \
  X(void*, pool)                 \
  X(uint8_t, pkt_data)

/* Offsets of fields and of the storage, and the values of enum PacketL4Types that differ. */
#define SURISIM_OFFSET(type, field) uint16_t field;
struct surisim_layout {
  struct {
    SURISIM_THREAD_FIELDS(SURISIM_OFFSET)
    uint16_t storage;
    uint16_t group_name; /* 0: no such field (E42) */
    /* The struct that counter functions get, within ThreadVars; 0: the ThreadVars itself. Then the
     * offsets, within that struct, of the list of counters, the last id, and the values. */
    uint16_t counters;
    uint16_t counter_list;
    uint16_t counter_ids;
    uint16_t counter_values;
  } thread;
  struct {
    SURISIM_FLOW_FIELDS(SURISIM_OFFSET)
    uint16_t storage;
    uint16_t livedev; /* 9.0: a number; 8.0: a pointer */
    uint16_t livedev_size;
  } flow;
  struct {
    SURISIM_PACKET_FIELDS(SURISIM_OFFSET)
    uint16_t size;
    uint16_t l4_sctp;
    uint16_t l4_esp;
    uint16_t pcap_cnt; /* 9.0: within pcap_v */
    uint16_t livedev;  /* as in a Flow */
  } packet;
  struct {                  /* OutputJsonCommonSettings */
    uint16_t compress_ipv6; /* 0: no such field */
    uint16_t include_suricata_version;
    uint16_t community_id_seed;
  } eve;
};
#undef SURISIM_OFFSET

#ifdef __cplusplus
extern "C" {
#endif

struct surisim_field {
  const char* type; /* "Flow"; NULL: the end of the table */
  const char* name;
  uint16_t offset;
};
/* All fields of ThreadVars, Flow and Packet in the C headers, with their offsets in each version:
 * for `surisim inspect`, which compares them with what a plugin was compiled with. */
extern const struct surisim_field fields_8_0[];
extern const struct surisim_field fields_9_0[];

#ifdef __cplusplus
}
#endif

#endif
