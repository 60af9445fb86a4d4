/*
 * EVE: callbacks that add to a record, and file types that records are written to.
 *
 * When:    register in a plugin's Init. Callbacks run just before a record closes. A file type is
 *          used only if the configuration names it as an EVE output's `filetype` (T15).
 * Owner:   the host keeps `fn`, `user` and the SCEveFileType as long as the process.
 * Threads: callbacks on the thread that writes the record: a recycler or worker for flow records, a
 *          worker for alerts; no callback sees the record of statistics. Write on the same threads,
 *          and on CS for statistics; in non-threaded mode all threads call it concurrently, with
 *          the same thread data. The other functions on main, except ThreadInit in threaded mode,
 *          which runs on the thread itself.
 * Source:  output-eve.c, output-json.c (OutputJsonBuilderBuffer), util-logopenfile.c.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output-eve.h>)
#include_next <output-eve.h>
#else
#include <output-eve.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_EVE_H
#define SURICATA_OUTPUT_EVE_H

#include "app-layer-protos.h"
#include "conf.h"
#include "decode.h"
#include "flow.h"
#include "rust.h"
#include "threadvars.h"

SURISIM_C_BEGIN

typedef uint32_t ThreadId;

/* 0, or negative: the host refuses to start. `threaded`: each thread gets its own data. */
typedef int (*SCEveFileTypeInitFunc)(const SCConfNode *conf, const bool threaded, void **init_data);
/* `thread_id` is 0 for the call on main, once for each output, and once more in threaded mode with
 * statistics. Negative there: the host refuses to start. On other threads what it returns does not
 * matter; `*thread_data` begins as main's. */
typedef int (*SCEveFileTypeThreadInitFunc)(const void *init_data, const ThreadId thread_id,
                                           void **thread_data);
/* One record, without a line break; `buffer` is also terminated by a NUL. */
typedef int (*SCEveFileTypeWriteFunc)(const char *buffer, const int buffer_len,
                                      const void *init_data, void *thread_data);
typedef void (*SCEveFileTypeThreadDeinitFunc)(const void *init_data, void *thread_data);
typedef void (*SCEveFileTypeDeinitFunc)(void *init_data);

typedef struct SCEveFileType_ {
    const char *name;
    SCEveFileTypeInitFunc Init;
    SCEveFileTypeThreadInitFunc ThreadInit; /* may be NULL, but not in threaded mode */
    SCEveFileTypeWriteFunc Write;
    SCEveFileTypeThreadDeinitFunc ThreadDeinit; /* may be NULL */
    SCEveFileTypeDeinitFunc Deinit;
    TAILQ_ENTRY(SCEveFileType_) entries; /* the host's */
} SCEveFileType;

/* False: the host has a type with this name, such as "regular" or "syslog", or it is already
 * registered; an error is logged. */
bool SCRegisterEveFileType(SCEveFileType *plugin);
/* NULL: not registered by a plugin. */
SCEveFileType *SCEveFindFileType(const char *name);

/* `p`, `f` may be NULL: a flow record has no packet, an anomaly may have no flow. What is opened
 * must be closed. */
typedef void (*SCEveUserCallbackFn)(ThreadVars *tv, const Packet *p, Flow *f,
                                    struct SCJsonBuilder *jb, void *user);

/* False only when out of memory; no check for NULL or duplicates. */
bool SCEveRegisterCallback(SCEveUserCallbackFn fn, void *user);
/* Runs the whole list in registration order. Called by the host. */
void SCEveRunCallbacks(ThreadVars *tv, const Packet *p, Flow *f, struct SCJsonBuilder *jb);

/* A transaction logger: accepted and listed, and never run. */
typedef enum SCOutputJsonLogDirection {
    LOG_DIR_PACKET = 0,
    LOG_DIR_FLOW,
    LOG_DIR_FLOW_TOCLIENT,
    LOG_DIR_FLOW_TOSERVER,
} SCOutputJsonLogDirection;

typedef bool (*EveJsonSimpleTxLogFunc)(const void *, void *);

typedef struct EveJsonTxLoggerRegistrationData {
    const char *confname;
    const char *logname;
    AppProto alproto;
    uint8_t dir; /* SCOutputJsonLogDirection */
    EveJsonSimpleTxLogFunc LogTx;
} EveJsonTxLoggerRegistrationData;

/* Returns 0. */
int SCOutputEvePreRegisterLogger(EveJsonTxLoggerRegistrationData reg_data);

SURISIM_C_END

#endif
