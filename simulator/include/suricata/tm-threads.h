/*
 * Packet threads, and how a packet goes through the modules of one.
 *
 * When:    threads are created, and get their modules, in the function of a run mode; packets are
 *          passed on in a packet acquisition loop.
 * Owner:   the host owns threads and slots.
 * Threads: creating: [main]. TmThreadsSlot...() and TmThreadsCapture...(): the thread itself.
 * Source:  tm-threads.h, tm-threads.c; facts L5 to L14.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<tm-threads.h>)
#include_next <tm-threads.h>
#else
#include <tm-threads.h>
#endif
#endif

#ifndef SURICATA_TM_THREADS_H
#define SURICATA_TM_THREADS_H

#include "decode.h"
#include "packet-queue.h"
#include "threadvars.h"
#include "tm-modules.h"
#include "tmqh-packetpool.h"

SURISIM_C_BEGIN

#define TM_QUEUE_NAME_MAX 16
#define TM_THREAD_NAME_MAX 16

typedef TmEcode (*TmSlotFunc)(ThreadVars *, Packet *, void *);

/* A module of one thread, and its data there. */
typedef struct TmSlot_ {
    __extension__ union {
        TmSlotFunc SlotFunc;
        TmEcode (*PktAcqLoop)(ThreadVars *, void *, void *);
        TmEcode (*Management)(ThreadVars *, void *);
    };
    struct TmSlot_ *slot_next;
    void *slot_data; /* what ThreadInit has made */
    uint8_t tm_flags;
    int tm_id; /* index into tmm_modules */
    TmEcode (*SlotThreadInit)(ThreadVars *, const void *, void **);
    void (*SlotThreadExitPrintStats)(ThreadVars *, void *);
    TmEcode (*SlotThreadDeinit)(ThreadVars *, void *);
    const void *slot_initdata;
} TmSlot;

/* A thread that handles packets. Queues are "packetpool", or any name; their handlers "packetpool"
 * or "flow", which distributes packets over a list of queues, "pickup1,pickup2", by their flow.
 * `slots`: "pktacqloop" for a thread whose first module has a packet acquisition loop, "varslot"
 * for one that gets packets from a queue. The thread init callbacks run here (L5). NULL: an unknown
 * handler, or out of memory. [main] in the function of a run mode */
ThreadVars *TmThreadCreatePacketHandler(const char *name, const char *inq_name,
                                        const char *inqh_name, const char *outq_name,
                                        const char *outqh_name, const char *slots);
/* A thread that runs the plugin's own function `fn_p` with its ThreadVars: `slots` is "custom", and
 * there are no queues. The function sets all flags: THV_INIT_DONE and THV_RUNNING, for which
 * TmThreadSpawn waits; once THV_KILL is set, THV_RUNNING_DONE, and after THV_DEINIT THV_CLOSED, for
 * which the end of Suricata waits. Its ThreadVars has no id. The thread init callbacks run here
 * (L5). NULL as above. [main] in the function of a run mode */
ThreadVars *TmThreadCreate(const char *name, const char *inq_name, const char *inqh_name,
                           const char *outq_name, const char *outqh_name, const char *slots,
                           void *(*fn_p)(void *), int mucond);
/* Appends a module; `data` is passed to its ThreadInit. [main] before the spawn */
void TmSlotSetFuncAppend(ThreadVars *tv, TmModule *tm, const void *data);
/* Starts the thread, and returns when its modules are initialised or one has failed. [main] */
TmEcode TmThreadSpawn(ThreadVars *tv);
/* Has no effect here: processor affinity is not modelled. */
TmEcode TmThreadSetCPU(ThreadVars *tv, uint8_t type);
#if SURISIM_API_VERSION == 0x0800
void TmThreadSetGroupName(ThreadVars *tv, const char *name);
#endif

/* THV_ flags. [any thread] */
int TmThreadsCheckFlag(ThreadVars *tv, uint32_t flag);
void TmThreadsSetFlag(ThreadVars *tv, uint32_t flag);
void TmThreadsUnsetFlag(ThreadVars *tv, uint32_t flag);
/* Waits until one of the flags is set. */
void TmThreadWaitForFlag(ThreadVars *tv, uint32_t flags);

/* Passes the packet through this slot and those that follow, but not on to the next queue.
 * TM_ECODE_FAILED: a module has failed, and the thread has THV_FAILED, which ends the engine. */
TmEcode TmThreadsSlotVarRun(ThreadVars *tv, Packet *p, TmSlot *slot);

/* A packet could not be handled: gives it back (NULL: there is none). */
static inline void TmThreadsSlotProcessPktFail(ThreadVars *tv, Packet *p) {
    Packet *derived;
    if (p != NULL) TmqhOutputPacketpool(tv, p);
    while ((derived = PacketDequeueNoLock(&tv->decode_pq)) != NULL)
        TmqhOutputPacketpool(NULL, derived);
    TmThreadsSetFlag(tv, THV_FAILED);
}

/* Passes a packet through the slots from `s` on, and then to the thread's next queue or back to the
 * pool. The packet is the host's from now on, whatever the result. */
static inline TmEcode TmThreadsSlotProcessPkt(ThreadVars *tv, TmSlot *s, Packet *p) {
    if (s != NULL && TmThreadsSlotVarRun(tv, p, s) == TM_ECODE_FAILED) {
        TmThreadsSlotProcessPktFail(tv, p);
        return TM_ECODE_FAILED;
    }
    tv->tmqh_out(tv, p);
    return TM_ECODE_OK;
}

/* Receiving has timed out: the thread does what else it has to. `p`: a packet that was taken from
 * the pool and is not used, or NULL; it is the host's from now on. */
static inline void TmThreadsCaptureHandleTimeout(ThreadVars *tv, Packet *p) {
    if (p == NULL) p = PacketPoolGetPacket();
    if (p == NULL) return;
    TmThreadsUnsetFlag(tv, THV_CAPTURE_INJECT_PKT);
    p->flags |= PKT_PSEUDO_STREAM_END;
    p->pkt_src = (uint8_t)PKT_SRC_CAPTURE_TIMEOUT;
    (void)TmThreadsSlotProcessPkt(tv, (TmSlot *)tv->tm_flowworker, p);
}

SURISIM_C_END

#endif
