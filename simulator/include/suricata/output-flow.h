/*
 * Flow loggers: run at the end of each flow, before its finish callbacks and also without them
 * (L32, L33).
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h). Those of
 *          Init come before EVE's own.
 * Owner:   the host keeps `name` and `initdata`; thread data belongs to the logger.
 * Threads: on the recycler or the worker that ends the flow, which is locked. Thread init runs more
 *          than once for a packet thread: also for its decoder and for each of its flow stores. The
 *          n-th data belongs to the n-th logger: if thread init fails or is NULL, the logger gets
 *          the data of the next one, EVE's own included.
 * Source:  output-flow.c, decode.c (DecodeThreadVarsAlloc).
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<output-flow.h>)
#include_next <output-flow.h>
#else
#include <output-flow.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_FLOW_H
#define SURICATA_OUTPUT_FLOW_H

#include "flow.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

typedef int (*FlowLogger)(ThreadVars *tv, void *thread_data, Flow *f);

/* Returns 0, or -1 if out of memory. */
int SCOutputRegisterFlowLogger(const char *name, FlowLogger LogFunc, void *initdata,
                               ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
