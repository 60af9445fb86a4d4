/*
 * File loggers. There are no parsers here, and so no files: only their thread init and deinit run,
 * with those of transaction loggers (output-tx.h).
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h).
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger.
 * Threads: main registers; the packet thread, for all three functions. The n-th data belongs to the
 *          n-th logger, as for flow loggers (output-flow.h).
 * Source:  output-file.h, output-file.c, output-tx.c (OutputTxLogThreadInit).
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

/* Returns 0, or -1 if out of memory. */
int SCOutputRegisterFileLogger(LoggerId id, const char *name, SCFileLogger LogFunc, void *initdata,
                               ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
