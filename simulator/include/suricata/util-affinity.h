/*
 * Which processors a thread may use: types for TmThreadSetCPU.
 *
 * Source:  util-affinity.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<util-affinity.h>)
#include_next <util-affinity.h>
#else
#include <util-affinity.h>
#endif
#endif

#ifndef SURICATA_UTIL_AFFINITY_H
#define SURICATA_UTIL_AFFINITY_H

#include "surisim_common.h"

SURISIM_C_BEGIN

enum { RECEIVE_CPU_SET, WORKER_CPU_SET, VERDICT_CPU_SET, MANAGEMENT_CPU_SET, MAX_CPU_SET };

SURISIM_C_END

#endif
