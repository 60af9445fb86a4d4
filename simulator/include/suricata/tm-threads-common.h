/*
 * Results of thread functions.
 *
 * Source:  tm-threads-common.h. The types of threads (TVT_*) are in threadvars.h.
 */
#ifndef SURICATA_TM_THREADS_COMMON_H
#define SURICATA_TM_THREADS_COMMON_H

#include "threadvars.h"

typedef enum { TM_ECODE_OK = 0, TM_ECODE_FAILED, TM_ECODE_DONE } TmEcode;

#endif
