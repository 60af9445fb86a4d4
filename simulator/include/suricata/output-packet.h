/*
 * Packet loggers: run for each packet, after the flow callbacks. They run without callbacks for
 * packets that are made up (PKT_IS_PSEUDOPKT): one for each direction in which a TCP flow that
 * ends has data left to look at (T14).
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h). Those of
 *          Init come before the host's own.
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger.
 * Threads: all three functions on the packet thread. The packet's flow is locked.
 * Source:  output-packet.c, output.c (OutputSetupActiveLoggers). Not run at all unless the
 *          configuration has an outputs section and, when it has been read, there is a packet
 * logger already: one of Init, or of the host's own (T15). In surisim, that is EVE.
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
