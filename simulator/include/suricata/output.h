/*
 * Loggers, and when to register them.
 *
 * When:    register the callback in a plugin's Init. It runs once, after the host's own outputs are
 *          set up and storage is finalized, before any thread is created (L2).
 * Threads: main.
 * Source:  output.c (SCOnLoggingReady). After the first lifecycle of unix-socket mode the loggers
 *          are gone, and the callback does not run again (runmodes.c, RunModeShutDown).
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output.h>)
#include_next <output.h>
#else
#include <output.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_H
#define SURICATA_OUTPUT_H

#include "output-flow.h"
#include "output-packet.h"
#include "output-tx.h"

SURISIM_C_BEGIN

typedef void (*SCOnLoggingReadyCallback)(void *arg);

/* Returns 0, or -1 if out of memory. */
int SCRegisterOnLoggingReady(SCOnLoggingReadyCallback callback, void *arg);
/* Runs the callbacks in the order of registration; NULL is skipped. Called by the host. */
void SCOnLoggingReady(void);

SURISIM_C_END

#endif
