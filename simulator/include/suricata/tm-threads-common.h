/*
 * Results of thread functions, and types of threads.
 *
 * Source:  tm-threads-common.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<tm-threads-common.h>)
#include_next <tm-threads-common.h>
#else
#include <tm-threads-common.h>
#endif
#endif

#ifndef SURICATA_TM_THREADS_COMMON_H
#define SURICATA_TM_THREADS_COMMON_H

/* Thread modules, by their index in tmm_modules: those of the host that a run mode needs, and the
 * two that a capture plugin fills. */
typedef enum {
    TMM_FLOWWORKER = 0,
    TMM_RECEIVEPLUGIN = 8,
    TMM_DECODEPLUGIN = 9,
    TMM_RESPONDREJECT = 10,
    TMM_SIZE = 39
} TmmId;

typedef enum { TM_ECODE_OK = 0, TM_ECODE_FAILED, TM_ECODE_DONE } TmEcode;

/* ThreadVars.type (L11). */
enum { TVT_PPT, TVT_MGMT, TVT_CMD, TVT_MAX };

#endif
