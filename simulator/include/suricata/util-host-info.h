/*
 * The version of the kernel.
 *
 * When:    at any time.
 * Threads: any.
 * Source:  util-host-info.h, util-host-info.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-host-info.h>)
#include_next <util-host-info.h>
#else
#include <util-host-info.h>
#endif
#endif

#ifndef SURICATA_UTIL_HOST_INFO_H
#define SURICATA_UTIL_HOST_INFO_H

SURISIM_C_BEGIN

/* 1 if this machine's kernel is at least this version, else 0. */
int SCKernelVersionIsAtLeast(int major, int minor);

SURISIM_C_END

#endif
