/*
 * Parsers of application-layer protocols: their types, and further registrations for them.
 *
 * When:    in the Register of a plugin's SCAppLayerPlugin. Accepted, never run.
 * Threads: main.
 * Source:  app-layer-parser.h.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<app-layer-parser.h>)
#include_next <app-layer-parser.h>
#else
#include <app-layer-parser.h>
#endif
#endif

#ifndef SURICATA_APP_LAYER_PARSER_H
#define SURICATA_APP_LAYER_PARSER_H

#include "app-layer-detect-proto.h"
#include "app-layer-events.h"
#include "app-layer-protos.h"
#include "flow.h"

SURISIM_C_BEGIN

typedef struct AppLayerParserState_ AppLayerParserState;
typedef struct AppLayerTxData AppLayerTxData;

typedef struct AppLayerResult {
    int32_t status;
    uint32_t consumed;
    uint32_t needed;
} AppLayerResult;

typedef struct StreamSlice {
    const uint8_t *input;
    uint32_t input_len;
    uint8_t flags;
    uint64_t offset;
} StreamSlice;

typedef struct AppLayerGetTxIterState {
    union {
        void *ptr;
        uint64_t u64;
    } un;
} AppLayerGetTxIterState;

typedef struct AppLayerGetTxIterTuple {
    void *tx_ptr;
    uint64_t tx_id;
    bool has_next;
} AppLayerGetTxIterTuple;

typedef struct AppLayerStateData {
    uint16_t file_flags;
} AppLayerStateData;

typedef struct AppLayerTxConfig {
    uint8_t log_flags;
} AppLayerTxConfig;

typedef AppLayerResult (*AppLayerParserFPtr)(Flow *f, void *protocol_state,
                                             AppLayerParserState *pstate, StreamSlice stream_slice,
                                             void *local_storage);
typedef int (*AppLayerParserGetStateIdByNameFn)(const char *name, const uint8_t direction);
typedef const char *(*AppLayerParserGetStateNameByIdFn)(const int id, const uint8_t direction);
typedef int (*AppLayerParserGetFrameIdByNameFn)(const char *frame_name);
typedef const char *(*AppLayerParserGetFrameNameByIdFn)(const uint8_t id);

/* Like SCAppLayerProtoDetectConf…, for parsing. */
int SCAppLayerParserConfParserEnabled(const char *ipproto, const char *alproto_name);

void SCAppLayerParserRegisterParserAcceptableDataDirection(uint8_t ipproto, AppProto alproto,
                                                           uint8_t direction);
void SCAppLayerParserRegisterLogger(uint8_t ipproto, AppProto alproto);
void SCAppLayerParserRegisterGetTxSubStateFuncs(AppProto alproto, const uint8_t sub_state,
                                                AppLayerParserGetStateIdByNameFn GetIdByNameFunc,
                                                AppLayerParserGetStateNameByIdFn GetNameByIdFunc);
void SCAppLayerParserSetStreamDepth(uint8_t ipproto, AppProto alproto, uint32_t stream_depth);
/* Returns 0. */
int SCAppLayerParserReallocCtx(AppProto alproto);

SURISIM_C_END

#endif
