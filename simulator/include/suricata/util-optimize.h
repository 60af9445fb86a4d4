/*
 * Which way a condition mostly goes.
 *
 * Source:  util-optimize.h.
 */
#ifndef SURICATA_UTIL_OPTIMIZE_H
#define SURICATA_UTIL_OPTIMIZE_H

#ifndef likely
#define likely(expr) __builtin_expect(!!(expr), 1)
#endif
#ifndef unlikely
#define unlikely(expr) __builtin_expect(!!(expr), 0)
#endif

#endif
