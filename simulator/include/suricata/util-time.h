/*
 * Time.
 *
 * Source:  util-time.h.
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

#include <stdint.h>
#include <sys/time.h>

/* Seconds and microseconds in one word: 44 bits of seconds, 20 bits of microseconds. */
typedef struct {
    uint64_t secs : 44;
    uint64_t usecs : 20;
} SCTime_t;

#define SCTIME_SECS(t) ((uint64_t)(t).secs)
#define SCTIME_USECS(t) ((uint64_t)(t).usecs)
#define SCTIME_MSECS(t) (SCTIME_SECS(t) * 1000 + SCTIME_USECS(t) / 1000)

#endif
