/*
 * The common part of Suricata's C API: the system headers, macros and small headers that every
 * plugin relies on.
 *
 * Source:  suricata-common.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<suricata-common.h>)
#include_next <suricata-common.h>
#else
#include <suricata-common.h>
#endif
#endif

#ifndef SURICATA_SURICATA_COMMON_H
#define SURICATA_SURICATA_COMMON_H

#include <string.h>

#include "surisim_common.h"
#include "util-debug.h"
#include "util-mem.h"

/* Suricata's own, where the C library has none: they copy or append as much of `src` as fits into
 * the `siz` bytes of `dst` with its NUL, and return the length that the whole would have. */
#if !__GLIBC_PREREQ(2, 38)
SURISIM_C_BEGIN
size_t strlcpy(char *dst, const char *src, size_t siz);
size_t strlcat(char *dst, const char *src, size_t siz);
SURISIM_C_END
#endif

#endif
