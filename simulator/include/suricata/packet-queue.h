/*
 * Queues of packets.
 *
 * When:    at any time.
 * Owner:   the host owns those of a thread; a queue owns its packets.
 * Threads: a PacketQueue's lock is taken by the caller.
 * Source:  packet-queue.h, packet-queue.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<packet-queue.h>)
#include_next <packet-queue.h>
#else
#include <packet-queue.h>
#endif
#endif

#ifndef SURICATA_PACKET_QUEUE_H
#define SURICATA_PACKET_QUEUE_H

#include "surisim_common.h"

SURISIM_C_BEGIN

struct Packet_;

typedef struct PacketQueueNoLock_ {
    struct Packet_ *top; /* the one put in last */
    struct Packet_ *bot; /* the next one to be taken out */
    uint32_t len;
} PacketQueueNoLock;

typedef struct PacketQueue_ {
    struct Packet_ *top;
    struct Packet_ *bot;
    uint32_t len;
    pthread_mutex_t mutex_q;
    pthread_cond_t cond_q;
} PacketQueue;

/* NULL is allowed for a packet, and does nothing. */
void PacketEnqueueNoLock(PacketQueueNoLock *queue, struct Packet_ *p);
void PacketEnqueue(PacketQueue *queue, struct Packet_ *p);
/* NULL: the queue is empty. */
struct Packet_ *PacketDequeueNoLock(PacketQueueNoLock *queue);
struct Packet_ *PacketDequeue(PacketQueue *queue);

SURISIM_C_END

#endif
