/*
 * The pool of packets that each packet thread has.
 *
 * When:    on a packet thread, from the first ThreadInit of its modules to the end of its loop.
 * Owner:   a packet that was taken belongs to the caller, until it is passed on or given back.
 * Threads: the packet thread takes from its own pool; any thread gives back.
 * Source:  tmqh-packetpool.h, tmqh-packetpool.c. A pool has max-pending-packets packets (1024).
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<tmqh-packetpool.h>)
#include_next <tmqh-packetpool.h>
#else
#include <tmqh-packetpool.h>
#endif
#endif

#ifndef SURICATA_TMQH_PACKETPOOL_H
#define SURICATA_TMQH_PACKETPOOL_H

#include "decode.h"
#include "packet-queue.h"
#include "threadvars.h"

SURISIM_C_BEGIN

/* Waits until the thread's pool has a packet: while there is none, the threads that handle packets
 * are behind, and nothing should be received. */
void PacketPoolWait(void);
/* NULL: the pool is empty. */
Packet *PacketPoolGetPacket(void);
/* Gives a packet back to the pool from which it was taken, or frees it if it is from no pool. */
void PacketPoolReturnPacket(Packet *p);
/* The handlers of a thread's queues if they are the pool: the thread takes packets from it, and
 * gives them back there when they are done. `tv` may be NULL. */
Packet *TmqhInputPacketpool(ThreadVars *tv);
void TmqhOutputPacketpool(ThreadVars *tv, Packet *p);
/* Gives back all packets of a queue, whose lock the caller holds. NULL is allowed. */
void TmqhReleasePacketsToPacketPool(PacketQueue *queue);

SURISIM_C_END

#endif
