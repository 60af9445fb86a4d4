/*
 * Packet loggers: run for each packet, after the flow callbacks.
 *
 * When:    register in an on-logging-ready callback (output.h), before threads are made.
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger.
 * Threads: all three functions on the packet thread. The packet's flow is locked.
 * Source:  output-packet.c. Not run at all while none of the host's own packet loggers is enabled:
 *          in surisim, that is EVE (T15).
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<output-packet.h>)
#include_next <output-packet.h>
#else
#include <output-packet.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_PACKET_H
#define SURICATA_OUTPUT_PACKET_H

#include "decode.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

typedef int (*PacketLogger)(ThreadVars *tv, void *thread_data, const Packet *p);
/* True: log this packet. */
typedef bool (*PacketLogCondition)(ThreadVars *tv, void *thread_data, const Packet *p);

/* Returns 0, or -1 when out of memory. */
int SCOutputRegisterPacketLogger(LoggerId logger_id, const char *name, PacketLogger LogFunc,
                                 PacketLogCondition ConditionFunc, void *initdata,
                                 ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
