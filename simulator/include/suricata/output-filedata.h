/*
 * Loggers of files' contents. There are no parsers here, and so no files: only their thread init
 * and deinit run, with those of transaction loggers (output-tx.h).
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h).
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger.
 * Threads: main registers; the packet thread, for all three functions. The n-th data belongs to the
 *          n-th logger, as for flow loggers (output-flow.h).
 * Source:  output-filedata.h, output-filedata.c, output-tx.c (OutputTxLogThreadInit).
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output-filedata.h>)
#include_next <output-filedata.h>
#else
#include <output-filedata.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_FILEDATA_H
#define SURICATA_OUTPUT_FILEDATA_H

#include "decode.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

#define OUTPUT_FILEDATA_FLAG_OPEN 0x01  /* the first piece */
#define OUTPUT_FILEDATA_FLAG_CLOSE 0x02 /* the last one */

struct File_;
/* For each piece of a file. */
typedef int (*SCFiledataLogger)(ThreadVars *tv, void *thread_data, const Packet *p,
                                struct File_ *file, void *tx, const uint64_t tx_id,
                                const uint8_t *data, uint32_t data_len, uint8_t flags,
                                uint8_t direction);

/* Returns 0, or -1 if out of memory. */
int SCOutputRegisterFiledataLogger(LoggerId id, const char *name, SCFiledataLogger LogFunc,
                                   void *initdata, ThreadInitFunc ThreadInit,
                                   ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
