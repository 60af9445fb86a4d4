/*
 * The machine's processors.
 *
 * When:    at any time.
 * Threads: any.
 * Source:  util-cpu.h, util-cpu.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-cpu.h>)
#include_next <util-cpu.h>
#else
#include <util-cpu.h>
#endif
#endif

#ifndef SURICATA_UTIL_CPU_H
#define SURICATA_UTIL_CPU_H

#include <stdint.h>

SURISIM_C_BEGIN

/* Of this machine. */
uint16_t UtilCpuGetNumProcessorsConfigured(void);
uint16_t UtilCpuGetNumProcessorsOnline(void);

SURISIM_C_END

#endif
