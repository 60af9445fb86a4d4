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

/* What a parsing function returns. INCOMPLETE: it has consumed `c` bytes, and needs `n` more than
 * that before it is called again. */
#define APP_LAYER_OK \
    (AppLayerResult) { 0, 0, 0 }
#define APP_LAYER_ERROR \
    (AppLayerResult) { -1, 0, 0 }
#define APP_LAYER_INCOMPLETE(c, n) \
    (AppLayerResult) { 1, (c), (n) }

/* Flags of a direction, and of a piece of a stream. */
#define STREAM_START 0x01
#define STREAM_EOF 0x02
#define STREAM_TOSERVER 0x04
#define STREAM_TOCLIENT 0x08
#define STREAM_GAP 0x10
#define STREAM_DEPTH 0x20
#define STREAM_MIDSTREAM 0x40

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

/* With GAP the data is NULL, and the length that of what is missing. */
static inline const uint8_t *StreamSliceGetData(const StreamSlice *stream_slice) {
    return stream_slice->input;
}
static inline uint32_t StreamSliceGetDataLen(const StreamSlice *stream_slice) {
    return stream_slice->input_len;
}

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

/* Of each transaction, as part of the parser's own struct. In 8.0 Suricata's Rust library defines
 * it, and `logged` is a struct of one number. */
struct DetectEngineState_;
struct AppLayerDecoderEvents_;
struct GenericVar_;
typedef struct AppLayerTxData {
    AppLayerTxConfig config;
    bool updated_tc; /* there is something new for Suricata to look at */
    bool updated_ts;
    uint8_t flags;
#if SURISIM_API_VERSION == 0x0800
    struct {
        uint32_t flags;
    } logged;
#else
    uint32_t logged;
#endif
    uint32_t files_opened;
    uint32_t files_logged;
    uint32_t files_stored;
    uint16_t file_flags;
    uint8_t file_tx; /* STREAM_TOSERVER, STREAM_TOCLIENT: where it may have files */
    uint8_t guessed_applayer_logged;
    uint8_t detect_progress_ts;
    uint8_t detect_progress_tc;
#if SURISIM_API_VERSION != 0x0800
    uint8_t tx_type;
    uint8_t tx_type_eop_ts;
    uint8_t tx_type_eop_tc;
#endif
    struct DetectEngineState_ *de_state;
    struct AppLayerDecoderEvents_ *events;
    struct GenericVar_ *txbits;
} AppLayerTxData;

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
