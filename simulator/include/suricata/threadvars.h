/*
 * ThreadVars: Suricata's data about one of its threads.
 *
 * When:    alive from its creation (before the OS thread exists, L5) until the shutting-down thread
 *          has joined the thread and freed it (L25).
 * Owner:   the host. A plugin may use the pointer only during a callback.
 * Threads: `flags` is atomic; the rest belongs to the creating thread until the spawn, and to the
 *          thread itself from then until it is joined.
 * Source:  threadvars.h, facts L6, L11, L13, E22. Offsets of the default Linux build: another build
 *          of the same version may differ, so nothing that runs in a real Suricata may rely on
 *          them.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<threadvars.h>)
#include_next <threadvars.h>
#else
#include <threadvars.h>
#endif
#endif

#ifndef SURICATA_THREADVARS_H
#define SURICATA_THREADVARS_H
/* This is not Suricata's header: wrappers must not take offsets from it. */
#define SURISIM_OWN_THREADVARS

#include <pthread.h>

#include "counters.h"
#include "packet-queue.h"
#include "suricata-common.h"
#include "tm-threads-common.h"
#include "util-storage.h"

SURISIM_C_BEGIN

/* ThreadVars.flags (L13). Bit 0 is vacant. */
#define THV_INIT_DONE (1U << 1)
#define THV_PAUSE (1U << 2)
#define THV_PAUSED (1U << 3)
#define THV_KILL (1U << 4)
#define THV_FAILED (1U << 5)
#define THV_CLOSED (1U << 6)
#define THV_DEINIT (1U << 7)
#define THV_RUNNING_DONE (1U << 8)
#define THV_REQ_FLOW_LOOP (1U << 9)
#define THV_FLOW_LOOP (1U << 10)
#define THV_CAPTURE_INJECT_PKT (1U << 11)
#define THV_DEAD (1U << 12)
#define THV_RUNNING (1U << 13)

struct Packet_;
struct TmSlot_;

typedef struct ThreadVars_ {
    pthread_t t;
    void *(*tm_func)(void *);
    char name[16]; /* at most 15 characters; longer names are cut off (L6) */
    char *printable_name;
#if SURISIM_API_VERSION == 0x0800
    char *thread_group_name;
#endif
    uint8_t thread_setup_flags;
    uint8_t type;
    uint16_t cpu_affinity;
    int thread_priority;
    uint8_t tmm_flags;
    uint8_t cap_flags;
    uint8_t inq_id;
    uint8_t outq_id;
    int id;
    void *inq;
    struct Packet_ *(*tmqh_in)(struct ThreadVars_ *);
    uint32_t flags;
    struct TmSlot_ *tm_slots;
    struct TmSlot_ *tm_flowworker;
    void *outq;
    void *outctx;
    void (*tmqh_out)(struct ThreadVars_ *, struct Packet_ *);
    PacketQueueNoLock decode_pq; /* packets that decoding a packet has made */
    PacketQueue *stream_pq;
    PacketQueue *stream_pq_local;
#if SURISIM_API_VERSION == 0x0800
    StatsPrivateThreadContext perf_private_ctx;
    struct ThreadVars_ *next;
    StatsPublicThreadContext perf_public_ctx;
#else
    StatsThreadContext stats;
    struct ThreadVars_ *next;
#endif
    void *ctrl_mutex;
    void *ctrl_cond;
    void *flow_queue;
    bool break_loop;
    char *iface_name;
    __extension__ Storage storage[]; /* one pointer per registered slot (L23) */
} ThreadVars;

#if SURISIM_API_VERSION != 0x0800
/* Zeroed memory for a ThreadVars and its slots, or NULL if out of memory (L23). [main] */
ThreadVars *ThreadVarsAlloc(void);
/* Frees the memory but no values. NULL is allowed. [main] */
void ThreadVarsFree(ThreadVars *tv);
#endif

SURISIM_C_END

#endif
