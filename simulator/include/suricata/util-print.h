/*
 * Formatting addresses.
 *
 * When:    at any time.
 * Threads: any.
 * Source:  util-print.c.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<util-print.h>)
#include_next <util-print.h>
#else
#include <util-print.h>
#endif
#endif

#ifndef SURICATA_UTIL_PRINT_H
#define SURICATA_UTIL_PRINT_H

#include <sys/socket.h>

#include "suricata-common.h"

SURISIM_C_BEGIN

/* Writes the address at `src`, 4 or 16 bytes in network order, to `dst` and returns `dst`. IPv4 as
 * "10.0.0.1"; IPv6 always as eight groups of four digits, "2001:0db8:…:0001", for which `size` must
 * be at least 40. NULL: `dst` is too small, and unchanged, or `af` is neither AF_INET nor AF_INET6;
 * all but a too small `dst` for IPv4 are logged. */
const char *PrintInet(int af, const void *src, char *dst, socklen_t size);

SURISIM_C_END

#endif
