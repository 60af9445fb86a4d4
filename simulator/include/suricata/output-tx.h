/*
 * Transaction loggers: no application layer is modelled, so none ever runs. Their thread init and
 * deinit run if one of Suricata's own is enabled.
 *
 * When:    register in an on-logging-ready callback (output.h), before threads are created.
 * Source:  output-tx.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<output-tx.h>)
#include_next <output-tx.h>
#else
#include <output-tx.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_TX_H
#define SURICATA_OUTPUT_TX_H

#include "decode.h"
#include "flow.h"
#include "tm-modules.h"

SURISIM_C_BEGIN

typedef int (*TxLogger)(ThreadVars *tv, void *thread_data, const Packet *p, Flow *f, void *state,
                        void *tx, uint64_t tx_id);
typedef bool (*TxLoggerCondition)(ThreadVars *tv, const Packet *p, void *state, void *tx,
                                  uint64_t tx_id);

/* Return 0. */
int SCOutputRegisterTxLogger(LoggerId id, const char *name, AppProto alproto, TxLogger LogFunc,
                             void *initdata, int tc_log_progress, int ts_log_progress,
                             TxLoggerCondition LogCondition, ThreadInitFunc ThreadInit,
                             ThreadDeinitFunc ThreadDeinit);
int SCOutputRegisterTxLoggerForSubState(LoggerId id, const char *name, AppProto alproto,
                                        const uint8_t sub_state, TxLogger LogFunc, void *initdata,
                                        int tc_log_progress, int ts_log_progress,
                                        TxLoggerCondition LogCondition, ThreadInitFunc ThreadInit,
                                        ThreadDeinitFunc ThreadDeinit);

SURISIM_C_END

#endif
