/*
 * Loggers of TCP data and HTTP bodies. Those of TCP data get each piece of a session's data in
 * order, once the other end has acknowledged it; those of HTTP bodies never run here, as there are
 * no parsers. Data of generated traffic is zeros.
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h). They do not
 *          run unless the configuration has an outputs section and one was registered before it is
 *          set up, as in Init.
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger. The data of a
 *          piece is valid during the call.
 * Threads: the packet thread, for all three functions, after packet loggers. The flow is locked.
 *          The n-th data belongs to the n-th logger, as for flow loggers (output-flow.h).
 * Source:  output-streaming.h, output-streaming.c (TcpDataLogger), stream-tcp-reassemble.c
 *          (StreamReassembleLog) of both versions; E48.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output-streaming.h>)
#include_next <output-streaming.h>
#else
#include <output-streaming.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_STREAMING_H
#define SURICATA_OUTPUT_STREAMING_H

#include "decode.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

#define OUTPUT_STREAMING_FLAG_OPEN 0x01     /* the stream's first piece */
#define OUTPUT_STREAMING_FLAG_CLOSE 0x02    /* there is no more; `data` is NULL */
#define OUTPUT_STREAMING_FLAG_TOSERVER 0x04 /* data for the server */
#define OUTPUT_STREAMING_FLAG_TOCLIENT 0x08
#define OUTPUT_STREAMING_FLAG_TRANSACTION 0x10 /* of an HTTP body */

enum SCOutputStreamingType {
    STREAMING_TCP_DATA,
    STREAMING_HTTP_BODIES,
};

/* CLOSE comes with each packet of a session that has been closed, and with the pseudo packets at
 * the end of a flow (T14). `tx_id` is 0 for TCP data. After a gap Suricata gives the first piece
 * twice.
 */
typedef int (*SCStreamingLogger)(ThreadVars *tv, void *thread_data, const Flow *f,
                                 const uint8_t *data, uint32_t data_len, uint64_t tx_id,
                                 uint8_t flags);

/* Returns 0, or -1 if out of memory. */
int SCOutputRegisterStreamingLogger(LoggerId logger_id, const char *name, SCStreamingLogger LogFunc,
                                    void *initdata, enum SCOutputStreamingType stream_type,
                                    ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
