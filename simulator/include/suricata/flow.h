/*
 * Flow: one conversation and its state.
 *
 * When:    alive from its first packet until its storage is freed and it is recycled (L33): the
 *          same pointer may then be another flow's.
 * Owner:   the host. A plugin may use the pointer only during a callback.
 * Threads: locked by the host during update, finish and init (L35).
 * Source:  flow.h, fact E23. Offsets of the default Linux build.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<flow.h>)
#include_next <flow.h>
#else
#include <flow.h>
#endif
#endif

#ifndef SURICATA_FLOW_H
#define SURICATA_FLOW_H

#include <pthread.h>

#include "app-layer-protos.h"
#include "suricata-common.h"
#include "threadvars.h"
#include "util-storage.h"

SURISIM_C_BEGIN

typedef uint16_t Port;

/* Flow.flags that the simulator sets. */
#define FLOW_TO_SRC_SEEN (1ULL << 0)
#define FLOW_TO_DST_SEEN (1ULL << 1)
#define FLOW_IPV4 (1ULL << 20)
#define FLOW_IPV6 (1ULL << 21)
#define FLOW_DIR_REVERSED (1ULL << 26)

/* Others, which plugins may set or look at; never set here. */
#define FLOW_NOPAYLOAD_INSPECTION (1ULL << 6)
#define FLOW_ACTION_DROP (1ULL << 7)
#define FLOW_HAS_ALERTS (1ULL << 12)
#define FLOW_TIMEOUT_REASSEMBLY_DONE (1ULL << 19)
#define FLOW_CHANGE_PROTO (1ULL << 24)
#define FLOW_WRONG_THREAD (1ULL << 25)
#define FLOW_HAS_EXPECTATION (1ULL << 27)
#define FLOW_ACTION_PASS (1ULL << 28)
#if SURISIM_API_VERSION == 0x0800
#define FLOW_IS_ELEPHANT (1ULL << 3)
#define FLOW_ACTION_ACCEPT (1ULL << 4)
#else
#define FLOW_IS_ELEPHANT_TOSERVER (1ULL << 3)
#define FLOW_IS_ELEPHANT_TOCLIENT (1ULL << 4)
#define FLOW_ACTION_ACCEPT (1ULL << 5)
#endif

#define FLOW_IS_IPV4(f) (((f)->flags & FLOW_IPV4) != 0)
#define FLOW_IS_IPV6(f) (((f)->flags & FLOW_IPV6) != 0)

/* Packet.flowflags */
#define FLOW_PKT_TOSERVER 0x01
#define FLOW_PKT_TOCLIENT 0x02
#define FLOW_PKT_ESTABLISHED 0x04
#define FLOW_PKT_TOSERVER_FIRST 0x08
#define FLOW_PKT_TOCLIENT_FIRST 0x10
#define FLOW_PKT_LAST_PSEUDO 0x20

/* Flow.flow_state */
enum FlowState {
    FLOW_STATE_NEW = 0,
    FLOW_STATE_ESTABLISHED,
    FLOW_STATE_CLOSED,
    FLOW_STATE_LOCAL_BYPASSED,
};

/* Flow.flow_end_flags */
#define FLOW_END_FLAG_EMERGENCY 0x01
#define FLOW_END_FLAG_TIMEOUT 0x02
#define FLOW_END_FLAG_FORCED 0x04
#define FLOW_END_FLAG_SHUTDOWN 0x08
#define FLOW_END_FLAG_TCPREUSE 0x10

typedef struct FlowAddress_ {
    union {
        uint32_t address_un_data32[4];
        uint16_t address_un_data16[8];
        uint8_t address_un_data8[16];
    } address; /* network order; IPv4 uses the first four bytes */
} FlowAddress;

typedef struct Flow_ {
    FlowAddress src, dst;
    union {
        Port sp; /* host order */
        struct {
            uint8_t type;
            uint8_t code;
        } icmp_s;
        struct {
            uint32_t spi;
        } esp;
    };
    union {
        Port dp; /* host order */
        struct {
            uint8_t type;
            uint8_t code;
        } icmp_d;
    };
    uint8_t proto;
    uint8_t recursion_level;
    uint16_t vlan_id[3];
    uint8_t vlan_idx;
    uint8_t ffr;
    uint16_t thread_id[2]; /* ThreadVars.id of the worker, to server and to client */
#if SURISIM_API_VERSION == 0x0800
    struct Flow_ *next;
    void *livedev;
    uint32_t flow_hash;
    uint32_t timeout_policy;
    SCTime_t lastts;
    int16_t flow_state;
    uint8_t aux_flags;
    uint32_t tenant_id;
    uint32_t probing_parser_toserver_alproto_masks;
    uint32_t probing_parser_toclient_alproto_masks;
    uint32_t flags;
    uint16_t file_flags;
    uint16_t protodetect_dp;
    int64_t parent_id;
    pthread_mutex_t m;
    void *protoctx;
#else
    uint32_t flow_hash;
    uint16_t livedev_id;
    struct Flow_ *next;
    uint64_t flags;
    uint16_t file_flags;
    uint16_t protodetect_dp;
    uint32_t timeout_policy;
    SCTime_t lastts;
    int16_t flow_state;
    uint32_t tenant_id;
    uint32_t probing_parser_toserver_alproto_masks;
    uint32_t probing_parser_toclient_alproto_masks;
    int64_t parent_id;
    void *protoctx;
    pthread_mutex_t m;
#endif
    uint8_t protomap;
    uint8_t flow_end_flags;
    AppProto alproto;
    AppProto alproto_ts;
    AppProto alproto_tc;
    AppProto alproto_orig;
    AppProto alproto_expect;
    uint32_t de_ctx_version;
    uint8_t min_ttl_toserver;
    uint8_t max_ttl_toserver;
    uint8_t min_ttl_toclient;
    uint8_t max_ttl_toclient;
    uint8_t applied_exception_policy;
    void *alparser;
    void *alstate;
    const void *sgh_toclient;
    const void *sgh_toserver;
    void *flowvar;
    void *fb;
    SCTime_t startts;
    uint32_t todstpktcnt;
    uint32_t tosrcpktcnt;
    uint64_t todstbytecnt;
    uint64_t tosrcbytecnt;
    __extension__ Storage storage[]; /* one pointer per registered slot (L23) */
} Flow;

/* The flow's lock, which the host holds in flow callbacks (L35). */
#define FLOWLOCK_RDLOCK(f) pthread_mutex_lock(&(f)->m)
#define FLOWLOCK_WRLOCK(f) pthread_mutex_lock(&(f)->m)
#define FLOWLOCK_TRYRDLOCK(f) pthread_mutex_trylock(&(f)->m)
#define FLOWLOCK_TRYWRLOCK(f) pthread_mutex_trylock(&(f)->m)
#define FLOWLOCK_UNLOCK(f) pthread_mutex_unlock(&(f)->m)

/* Accessors, consistent with the packets seen so far. [worker or FR, inside a flow callback] */
#if SURISIM_API_VERSION == 0x0800
void FlowGetLastTimeAsParts(Flow *f, uint64_t *secs, uint64_t *usecs);
uint32_t FlowGetFlags(Flow *f);
uint16_t FlowGetSourcePort(Flow *f);
uint16_t FlowGetDestinationPort(Flow *f);
static inline AppProto FlowGetAppProtocol(const Flow *f) { return f->alproto; }
#else
void SCFlowGetLastTimeAsParts(const Flow *f, uint64_t *secs, uint64_t *usecs);
uint64_t SCFlowGetFlags(const Flow *f);
uint16_t SCFlowGetSourcePort(const Flow *f);
uint16_t SCFlowGetDestinationPort(const Flow *f);
uint8_t SCFlowGetIPProtocol(const Flow *f);
AppProto SCFlowGetAppProtocol(const Flow *f);
/* 4 or 16 bytes in network order, valid as long as the flow. */
const uint8_t *SCFlowGetSourceAddressAsRawPtr(const Flow *f);
const uint8_t *SCFlowGetDestinationAddressAsRawPtr(const Flow *f);
bool SCFlowIsIPv4(const Flow *f);
bool SCFlowIsIPv6(const Flow *f);
uint32_t SCFlowGetToServerPacketCount(const Flow *f);
uint32_t SCFlowGetToClientPacketCount(const Flow *f);
#endif

SURISIM_C_END

#endif
