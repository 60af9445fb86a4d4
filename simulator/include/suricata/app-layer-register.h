/*
 * Registration of application-layer protocols: accepted and listed, never run.
 *
 * When:    in the Register of a plugin's SCAppLayerPlugin.
 * Owner:   the host keeps pointers to names; everything else is only read during the call.
 * Threads: main.
 * Source:  app-layer-register.h, app-layer-register.c.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#include "app-layer-parser.h"
#if __has_include_next(<app-layer-register.h>)
#include_next <app-layer-register.h>
#else
#include <app-layer-register.h>
#endif
#endif

#ifndef SURICATA_APP_LAYER_REGISTER_H
#define SURICATA_APP_LAYER_REGISTER_H

#include "app-layer-detect-proto.h"
#include "app-layer-parser.h"
#include "util-file.h"

SURISIM_C_BEGIN

typedef struct AppLayerParser {
    const char *name;
    const char *default_port;
    uint8_t ip_proto; /* IPPROTO_TCP or IPPROTO_UDP */
    ProbingParserFPtr ProbeTS;
    ProbingParserFPtr ProbeTC;
    uint16_t min_depth;
    uint16_t max_depth;
    void *(*StateAlloc)(void *, AppProto);
    void (*StateFree)(void *);
    AppLayerParserFPtr ParseTS;
    AppLayerParserFPtr ParseTC;
    uint64_t (*StateGetTxCnt)(void *alstate);
    void *(*StateGetTx)(void *alstate, uint64_t tx_id);
    void (*StateTransactionFree)(void *, uint64_t);
    const int complete_ts;
    const int complete_tc;
    int (*StateGetProgress)(void *alstate, uint8_t direction);
    int (*StateGetEventInfo)(const char *event_name, uint8_t *event_id,
                             AppLayerEventType *event_type);
    int (*StateGetEventInfoById)(uint8_t event_id, const char **event_name,
                                 AppLayerEventType *event_type);
    void *(*LocalStorageAlloc)(void);
    void (*LocalStorageFree)(void *);
    AppLayerGetFileState (*GetTxFiles)(void *, uint8_t);
    AppLayerGetTxIterTuple (*GetTxIterator)(const uint8_t ipproto, const AppProto alproto,
                                            void *alstate, uint64_t min_tx_id, uint64_t max_tx_id,
                                            AppLayerGetTxIterState *istate);
    AppLayerStateData *(*GetStateData)(void *state);
    AppLayerTxData *(*GetTxData)(void *tx);
#if SURISIM_API_VERSION == 0x0800
    bool (*ApplyTxConfig)(void *state, void *tx, int mode, AppLayerTxConfig);
#else
    void (*ApplyTxConfig)(void *state, void *tx, int mode, AppLayerTxConfig);
#endif
    uint32_t flags;
    AppLayerParserGetFrameIdByNameFn GetFrameIdByName;
    AppLayerParserGetFrameNameByIdFn GetFrameNameById;
    AppLayerParserGetStateIdByNameFn GetStateIdByName;
    AppLayerParserGetStateNameByIdFn GetStateNameById;
} AppLayerParser;

/* ProtocolDetection returns the number of the protocol with this name. NULL, an unknown name, a
 * name that AppProtoToString does not return, and another IP protocol end Suricata; here they are
 * the violation process-exit, and the result is ALPROTO_UNKNOWN. Parser returns 0, and ends
 * Suricata for the same reasons; ParserAlias returns 0. */
#if SURISIM_API_VERSION == 0x0800
AppProto AppLayerRegisterProtocolDetection(const struct AppLayerParser *parser, int enable_default);
int AppLayerRegisterParser(const struct AppLayerParser *p, AppProto alproto);
int AppLayerRegisterParserAlias(const char *proto_name, const char *proto_alias);
#else
/* The first fields of an AppLayerParser. */
typedef struct AppLayerProtocolDetect {
    const char *name;
    const char *default_port;
    uint8_t ip_proto;
    ProbingParserFPtr ProbeTS;
    ProbingParserFPtr ProbeTC;
    uint16_t min_depth;
    uint16_t max_depth;
} AppLayerProtocolDetect;

AppProto SCAppLayerRegisterProtocolDetection(const struct AppLayerProtocolDetect *parser,
                                             int enable_default);
int SCAppLayerRegisterParser(const struct AppLayerParser *p, AppProto alproto);
int SCAppLayerRegisterParserAlias(const char *proto_name, const char *proto_alias);
#endif

SURISIM_C_END

#endif
