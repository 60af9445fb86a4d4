/*
 * Packet loggers: run for each packet, after the flow callbacks. For pseudo packets
 * (PKT_IS_PSEUDOPKT) only they run: one packet for each direction in which a TCP flow has unseen
 * data at its end (T14).
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h). Those of
 *          Init come before the host's own.
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger.
 * Threads: the packet thread, for all three functions. The packet's flow is locked. The n-th data
 *          belongs to the n-th logger, as for flow loggers (output-flow.h).
 * Source:  output-packet.c, output.c (OutputSetupActiveLoggers). They do not run unless the
 *          configuration has an outputs section and, once it has been read, there is a packet
 *          logger: one from Init, or one of the host's own, which in surisim is EVE (T15).
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

/* Returns 0, or -1 if out of memory. */
int SCOutputRegisterPacketLogger(LoggerId logger_id, const char *name, PacketLogger LogFunc,
                                 PacketLogCondition ConditionFunc, void *initdata,
                                 ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
