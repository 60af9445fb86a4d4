/*
 * Loggers of statistics: run on the thread CS, which exists if statistics are on. Suricata runs
 * them every 8 s and once as CS ends; here they run as it ends.
 *
 * When:    register in a plugin's Init, or in an on-logging-ready callback (output.h). Those of
 *          Init come before the host's own. One of on-logging-ready does not make Suricata create
 *          CS.
 * Owner:   the host keeps `name` and `output_ctx`; thread data belongs to the logger. The table and
 *          its records are the host's, and valid during the call.
 * Threads: CS, for all three functions. The n-th data belongs to the n-th logger, as for flow
 *          loggers (output-flow.h).
 * Source:  output-stats.h, output-stats.c, counters.c (StatsOutput) of both versions.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<output-stats.h>)
#include_next <output-stats.h>
#else
#include <output-stats.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_STATS_H
#define SURICATA_OUTPUT_STATS_H

#include <sys/time.h>
#include <time.h>

#include "suricata-common.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

/* A counter. In a thread's row the name is NULL if that thread does not have it. */
typedef struct StatsRecord_ {
    const char *name;
    const char *short_name; /* what follows the last dot of the name; NULL: it has none */
    const char *tm_name;    /* the thread's name; "Total"; of global counters "Global" */
    int64_t value;
    int64_t pvalue; /* the value of the time before; here always 0 */
} StatsRecord;

typedef struct StatsTable_ {
    StatsRecord *stats;  /* over all threads: `nstats` records */
    StatsRecord *tstats; /* of each thread: `ntstats` rows of `nstats` records */
    uint32_t nstats;
    uint32_t ntstats;
    time_t start_time;
    struct timeval ts;
} StatsTable;

typedef int (*StatsLogger)(ThreadVars *tv, void *thread_data, const StatsTable *table);

/* Returns 0, or -1 if out of memory. */
int OutputRegisterStatsLogger(const char *name, StatsLogger LogFunc, OutputCtx *output_ctx,
                              ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
