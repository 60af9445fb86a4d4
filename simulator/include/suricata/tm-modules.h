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

/* TmModule.flags */
#define TM_FLAG_RECEIVE_TM 0x01
#define TM_FLAG_DECODE_TM 0x02
#define TM_FLAG_FLOWWORKER_TM 0x04
#define TM_FLAG_VERDICT_TM 0x08
#define TM_FLAG_MANAGEMENT_TM 0x10
#define TM_FLAG_COMMAND_TM 0x20

/* What a thread does, in parts. A capture plugin's Init fills in two: one that receives packets,
 * with PktAcqLoop, and one that decodes them, with Func. Each function but these may be NULL. On
 * the thread ThreadInit of all modules run first, then the loop; once it has ended, and flows are
 * done, ThreadExitPrintStats and ThreadDeinit of one module after the other. PktAcqBreakLoop runs
 * on [main], maybe several times, while the loop goes on. Init and DeInit are not called here. */
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

/* NULL: there is none. */
TmModule *TmModuleGetByName(const char *name);
TmModule *TmModuleGetById(int id);
/* By name; -1: there is none. */
int TmModuleGetIDForTM(TmModule *tm);

SURISIM_C_END

#endif
