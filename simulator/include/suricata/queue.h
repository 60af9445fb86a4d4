/*
 * Tail queues: the TAILQ_ macros that link configuration nodes and others.
 *
 * The system's <sys/queue.h>, which Suricata uses on Linux, and a loop that glibc lacks.
 * Source:  queue.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<queue.h>)
#include_next <queue.h>
#else
#include <queue.h>
#endif
#endif

#ifndef SURICATA_QUEUE_H
#define SURICATA_QUEUE_H

#include <sys/queue.h>

/* Like TAILQ_FOREACH, but `var` may be removed: `after` holds the next element. */
#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, after) \
    for ((var) = TAILQ_FIRST(head); (var) && ((after) = TAILQ_NEXT(var, field), 1); (var) = (after))
#endif

#endif
