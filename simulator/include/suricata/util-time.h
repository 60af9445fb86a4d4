/*
 * Times of packets, and as text.
 *
 * When:    at any time.
 * Threads: any.
 * Source:  util-time.h, util-time.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-time.h>)
#include_next <util-time.h>
#else
#include <util-time.h>
#endif
#endif

#ifndef SURICATA_UTIL_TIME_H
#define SURICATA_UTIL_TIME_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

SURISIM_C_BEGIN

/* Seconds and microseconds in one word: 44 bits of seconds, 20 bits of microseconds. */
typedef struct {
    uint64_t secs : 44;
    uint64_t usecs : 20;
} SCTime_t;

#define SCTIME_INITIALIZER \
    { 0, 0 }
#define SCTIME_FROM_TIMEVAL(tv)                                      \
    ((SCTime_t){.secs = (uint64_t)(tv)->tv_sec & ((1ULL << 44) - 1), \
                .usecs = (uint64_t)(tv)->tv_usec & ((1ULL << 20) - 1)})
#define SCTIME_SECS(t) ((uint64_t)(t).secs)
#define SCTIME_USECS(t) ((uint64_t)(t).usecs)
#define SCTIME_MSECS(t) (SCTIME_SECS(t) * 1000 + SCTIME_USECS(t) / 1000)

/* A capture plugin's run mode says that packets are live. No effect here: they are. [main] */
void TimeModeSetLive(void);

/* The time of packets: the clock's in live modes; of a capture file, the time of the packet that
 * the slowest packet thread has reached, and 0 before the first packet. */
SCTime_t TimeGet(void);
/* "2024-05-06T07:08:09.000010+0000", in the time zone of the process, cut to `size` bytes with the
 * NUL; "ts-error" for a time that has no date. */
void CreateIsoTimeString(const SCTime_t ts, char *str, size_t size);

SURISIM_C_END

#endif
