/*
 * Loggers of TCP data and HTTP bodies. They are only listed here: no data is put together.
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h).
 * Owner:   the host keeps `name` and `initdata`.
 * Threads: main.
 * Source:  output-streaming.h, output-streaming.c.
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

enum SCOutputStreamingType {
    STREAMING_TCP_DATA,
    STREAMING_HTTP_BODIES,
};

typedef int (*SCStreamingLogger)(ThreadVars *tv, void *thread_data, const Flow *f,
                                 const uint8_t *data, uint32_t data_len, uint64_t tx_id,
                                 uint8_t flags);

/* Returns 0. */
int SCOutputRegisterStreamingLogger(LoggerId logger_id, const char *name, SCStreamingLogger LogFunc,
                                    void *initdata, enum SCOutputStreamingType stream_type,
                                    ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
