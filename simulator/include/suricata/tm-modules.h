/*
 * Thread modules, and the thread init and deinit functions of modules and loggers.
 *
 * Source:  tm-modules.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<tm-modules.h>)
#include_next <tm-modules.h>
#else
#include <tm-modules.h>
#endif
#endif

#ifndef SURICATA_TM_MODULES_H
#define SURICATA_TM_MODULES_H

#include "decode.h"
#include "queue.h"
#include "threadvars.h"
#include "tm-threads-common.h"

SURISIM_C_BEGIN

/* From now on `data` belongs to the thread. Any result but TM_ECODE_OK: there is none. */
typedef TmEcode (*ThreadInitFunc)(ThreadVars *tv, const void *initdata, void **data);
typedef TmEcode (*ThreadDeinitFunc)(ThreadVars *tv, void *data);

struct OutputModule_;

/* An output, or a part of one: what a sub-module's InitSub gets and returns (output.h). `DeInit`
 * frees it, and the host calls it when outputs are closed; NULL: nothing is freed. */
typedef struct OutputCtx_ {
    void *data;
    void (*DeInit)(struct OutputCtx_ *);
    TAILQ_HEAD(, OutputModule_) submodules; /* the host's */
} OutputCtx;

/* The modules of threads. A capture plugin's Init, which is not called here, fills in two. */
typedef struct TmModule_ {
    const char *name;
    TmEcode (*ThreadInit)(ThreadVars *, const void *, void **);
    void (*ThreadExitPrintStats)(ThreadVars *, void *);
    TmEcode (*ThreadDeinit)(ThreadVars *, void *);
    TmEcode (*Func)(ThreadVars *, Packet *, void *);
    TmEcode (*PktAcqLoop)(ThreadVars *, void *, void *);
    TmEcode (*PktAcqBreakLoop)(ThreadVars *, void *);
    bool (*ThreadBusy)(ThreadVars *tv, void *thread_data);
    TmEcode (*Management)(ThreadVars *, void *);
    TmEcode (*Init)(void);
    TmEcode (*DeInit)(void);
    uint8_t cap_flags;
    uint8_t flags;
} TmModule;

extern TmModule tmm_modules[TMM_SIZE];

SURISIM_C_END

#endif
