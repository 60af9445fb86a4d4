/*
 * Hints about the usual result of a condition.
 *
 * Source:  util-optimize.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-optimize.h>)
#include_next <util-optimize.h>
#else
#include <util-optimize.h>
#endif
#endif

#ifndef SURICATA_UTIL_OPTIMIZE_H
#define SURICATA_UTIL_OPTIMIZE_H

#ifndef likely
#define likely(expr) __builtin_expect(!!(expr), 1)
#endif
#ifndef unlikely
#define unlikely(expr) __builtin_expect(!!(expr), 0)
#endif

#endif
