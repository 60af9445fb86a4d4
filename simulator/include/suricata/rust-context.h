/*
 * The table from which 8.0's Rust crate takes the engine's functions (E7). 9.0 has none.
 *
 * When:    from Init on.
 * Owner:   the host; a constant.
 * Threads: any.
 * Source:  rust-context.h, rust-context.c of 8.0.6.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<rust-context.h>)
#include_next <rust-context.h>
#else
#include <rust-context.h>
#endif
#endif

#ifndef SURICATA_RUST_CONTEXT_H
#define SURICATA_RUST_CONTEXT_H

#include "util-debug.h"

SURISIM_C_BEGIN

#if SURISIM_API_VERSION == 0x0800
/* Of the others only the names' order is known here: calling one is unsupported-function. */
typedef struct SuricataContext_ {
    int (*SCLogMessage)(const SCLogLevel, const char *, unsigned int, const char *, const char *,
                        const char *message);
    void (*DetectEngineStateFree)(void);
    void (*AppLayerDecoderEventsSetEventRaw)(void);
    void (*AppLayerDecoderEventsFreeEvents)(void);
    void (*AppLayerParserTriggerRawStreamInspection)(void);
    void (*HttpRangeFreeBlock)(void);
    void (*HTPFileCloseHandleRange)(void);
    void (*FileOpenFileWithId)(void);
    void (*FileCloseFileById)(void);
    void (*FileAppendDataById)(void);
    void (*FileAppendGAPById)(void);
    void (*FileContainerRecycle)(void);
    void (*GenericVarFree)(void);
} SuricataContext;

extern const SuricataContext suricata_context;
const SuricataContext *SCGetContext(void);
#endif

SURISIM_C_END

#endif
