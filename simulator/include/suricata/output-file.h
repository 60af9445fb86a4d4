/*
 * File loggers. They are only listed here: there are no parsers, and so no files.
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h).
 * Owner:   the host keeps `name` and `initdata`.
 * Threads: main.
 * Source:  output-file.h, output-file.c.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output-file.h>)
#include_next <output-file.h>
#else
#include <output-file.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_FILE_H
#define SURICATA_OUTPUT_FILE_H

#include "decode.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

struct File_;
/* Once for each file, when it is complete. */
typedef int (*SCFileLogger)(ThreadVars *tv, void *thread_data, const Packet *p,
                            const struct File_ *file, void *tx, const uint64_t tx_id,
                            uint8_t direction);

/* Returns 0. */
int SCOutputRegisterFileLogger(LoggerId id, const char *name, SCFileLogger LogFunc, void *initdata,
                               ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
