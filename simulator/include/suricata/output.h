/*
 * Loggers, and when to register them.
 *
 * When:    register sub-modules and the callback in a plugin's Init. It runs once, after the host's
 *          own outputs are set up and storage is finalized, before any thread is created (L2).
 * Owner:   the host keeps the names that it gets.
 * Threads: main.
 * Source:  output.c (SCOnLoggingReady, OutputRegisterFlowSubModule), runmodes.c
 *          (RunModeInitializeEveOutput). After the first lifecycle of unix-socket mode the loggers
 *          are gone, and the callback does not run again (runmodes.c, RunModeShutDown).
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output.h>)
#include_next <output.h>
#else
#include <output.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_H
#define SURICATA_OUTPUT_H

#include "conf.h"
#include "output-file.h"
#include "output-filedata.h"
#include "output-flow.h"
#include "output-packet.h"
#include "output-stats.h"
#include "output-streaming.h"
#include "output-tx.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

/* `ok` false, or `ctx` NULL: the host refuses to start. */
typedef struct OutputInitResult_ {
    OutputCtx *ctx;
    bool ok;
} OutputInitResult;

typedef OutputInitResult (*OutputInitFunc)(SCConfNode *);
/* `conf`: the type's own mapping; NULL if it has none. `parent_ctx`: the eve-log output's, whose
 * `data` is an OutputJsonCtx (output-json.h). */
typedef OutputInitResult (*OutputInitSubFunc)(SCConfNode *conf, OutputCtx *parent_ctx);

typedef void (*ThreadExitPrintStatsFunc)(ThreadVars *, void *);

/* In C++ a member cannot have the name of its type. */
typedef struct OutputPacketLoggerFunctions_ {
    PacketLogger LogFunc;
    PacketLogCondition ConditionFunc;
    TmEcode (*ThreadInitFunc)(ThreadVars *tv, const void *initdata, void **data);
    TmEcode (*ThreadDeinitFunc)(ThreadVars *tv, void *data);
    void (*ThreadExitPrintStatsFunc)(ThreadVars *tv, void *data);
} OutputPacketLoggerFunctions;

/* Sub-modules of EVE: loggers that are set up for each enabled eve-log output whose `types` name
 * them, after EVE's own of that name, in the order of the types. `parent_name` must be "eve-log",
 * and `conf_name` "eve-log." and the type. The logger's ThreadInit gets the OutputCtx that
 * `InitFunc` has returned as its initdata. Register in a plugin's Init: outputs are set up after
 * it, once in each lifecycle. A logger or condition that is NULL ends Suricata. */
void OutputRegisterPacketSubModule(LoggerId id, const char *parent_name, const char *name,
                                   const char *conf_name, OutputInitSubFunc InitFunc,
                                   OutputPacketLoggerFunctions *output_logger_functions);
void OutputRegisterFlowSubModule(LoggerId id, const char *parent_name, const char *name,
                                 const char *conf_name, OutputInitSubFunc InitFunc,
                                 FlowLogger FlowLogFunc, ThreadInitFunc ThreadInit,
                                 ThreadDeinitFunc ThreadDeinit);
void OutputRegisterTxSubModule(LoggerId id, const char *parent_name, const char *name,
                               const char *conf_name, OutputInitSubFunc InitFunc, AppProto alproto,
                               TxLogger TxLogFunc, ThreadInitFunc ThreadInit,
                               ThreadDeinitFunc ThreadDeinit);
void OutputRegisterTxSubModuleWithCondition(LoggerId id, const char *parent_name, const char *name,
                                            const char *conf_name, OutputInitSubFunc InitFunc,
                                            AppProto alproto, TxLogger TxLogFunc,
                                            TxLoggerCondition TxLogCondition,
                                            ThreadInitFunc ThreadInit,
                                            ThreadDeinitFunc ThreadDeinit);
void OutputRegisterTxSubModuleWithProgress(LoggerId id, const char *parent_name, const char *name,
                                           const char *conf_name, OutputInitSubFunc InitFunc,
                                           AppProto alproto, TxLogger TxLogFunc,
                                           int tc_log_progress, int ts_log_progress,
                                           ThreadInitFunc ThreadInit,
                                           ThreadDeinitFunc ThreadDeinit);
#if SURISIM_API_VERSION != 0x0800
void OutputRegisterTxSubModuleWithProgressSubState(LoggerId id, const char *parent_name,
                                                   const char *name, const char *conf_name,
                                                   OutputInitSubFunc InitFunc, AppProto alproto,
                                                   const uint8_t sub_state, TxLogger TxLogFunc,
                                                   uint8_t tc_log_progress, uint8_t ts_log_progress,
                                                   ThreadInitFunc ThreadInit,
                                                   ThreadDeinitFunc ThreadDeinit);
#endif

void OutputRegisterFileSubModule(LoggerId id, const char *parent_name, const char *name,
                                 const char *conf_name, OutputInitSubFunc InitFunc,
                                 SCFileLogger FileLogFunc, ThreadInitFunc ThreadInit,
                                 ThreadDeinitFunc ThreadDeinit);
void OutputRegisterStatsSubModule(LoggerId id, const char *parent_name, const char *name,
                                  const char *conf_name, OutputInitSubFunc InitFunc,
                                  StatsLogger StatsLogFunc, ThreadInitFunc ThreadInit,
                                  ThreadDeinitFunc ThreadDeinit);

/* Outputs of their own, beside eve-log: set up for each entry of the configuration's outputs with
 * the name `conf_name` that has `enabled: yes`. `InitFunc` gets the entry's mapping. If it returns
 * `ok` false, Suricata warns, and ends if engine.init-failure-fatal is set; a NULL `ctx` leaves the
 * logger out. `InitFunc` may be NULL; then ThreadInit gets NULL. */
void OutputRegisterFiledataModule(LoggerId id, const char *name, const char *conf_name,
                                  OutputInitFunc InitFunc, SCFiledataLogger FiledataLogFunc,
                                  ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);
void OutputRegisterStreamingModule(LoggerId id, const char *name, const char *conf_name,
                                   OutputInitFunc InitFunc, SCStreamingLogger StreamingLogFunc,
                                   enum SCOutputStreamingType stream_type,
                                   ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);
void OutputRegisterStatsModule(LoggerId id, const char *name, const char *conf_name,
                               OutputInitFunc InitFunc, StatsLogger StatsLogFunc,
                               ThreadInitFunc ThreadInit, ThreadDeinitFunc ThreadDeinit);

typedef void (*SCOnLoggingReadyCallback)(void *arg);

/* Returns 0, or -1 if out of memory. */
int SCRegisterOnLoggingReady(SCOnLoggingReadyCallback callback, void *arg);
/* Runs the callbacks in the order of registration; NULL is skipped. Called by the host. */
void SCOnLoggingReady(void);

SURISIM_C_END

#endif
