/*
 * What modules of threads, and loggers, hand over: their thread init and deinit functions.
 *
 * Source:  tm-modules.h.
 */
#ifndef SURICATA_TM_MODULES_H
#define SURICATA_TM_MODULES_H

#include "tm-threads-common.h"

SURISIM_C_BEGIN

/* `data` is the thread's own from now on. Anything but TM_ECODE_OK: there is none. */
typedef TmEcode (*ThreadInitFunc)(ThreadVars *tv, const void *initdata, void **data);
typedef TmEcode (*ThreadDeinitFunc)(ThreadVars *tv, void *data);

SURISIM_C_END

#endif
