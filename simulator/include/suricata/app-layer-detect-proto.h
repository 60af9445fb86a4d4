/*
 * Protocol detection: by patterns, or by a function that examines the first bytes.
 *
 * When:    in the Register of a plugin's SCAppLayerPlugin. Accepted and listed, never run.
 * Threads: main.
 * Source:  app-layer-detect-proto.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<app-layer-detect-proto.h>)
#include_next <app-layer-detect-proto.h>
#else
#include <app-layer-detect-proto.h>
#endif
#endif

#ifndef SURICATA_APP_LAYER_DETECT_PROTO__H
#define SURICATA_APP_LAYER_DETECT_PROTO__H

#include "app-layer-protos.h"
#include "flow.h"

SURISIM_C_BEGIN

typedef AppProto (*ProbingParserFPtr)(const Flow *f, uint8_t flags, const uint8_t *input,
                                      uint32_t input_len, uint8_t *rdir);

/* 1 or 0: the configuration's app-layer.protocols.NAME.enabled, or for one IP protocol
 * app-layer.protocols.NAME.tcp.enabled; 1 if it has neither. */
int SCAppLayerProtoDetectConfProtoDetectionEnabled(const char *ipproto, const char *alproto);
int SCAppLayerProtoDetectConfProtoDetectionEnabledDefault(const char *ipproto, const char *alproto,
                                                          bool default_enabled);

void SCAppLayerProtoDetectPPRegister(uint8_t ipproto, const char *portstr, AppProto alproto,
                                     uint16_t min_depth, uint16_t max_depth, uint8_t direction,
                                     ProbingParserFPtr ProbingParser1,
                                     ProbingParserFPtr ProbingParser2);
/* 1: the configuration has ports for the protocol. */
int SCAppLayerProtoDetectPPParseConfPorts(const char *ipproto_name, uint8_t ipproto,
                                          const char *alproto_name, AppProto alproto,
                                          uint16_t min_depth, uint16_t max_depth,
                                          ProbingParserFPtr ProbingParserTs,
                                          ProbingParserFPtr ProbingParserTc);
/* Return 0. */
int SCAppLayerProtoDetectPMRegisterPatternCS(uint8_t ipproto, AppProto alproto, const char *pattern,
                                             uint16_t depth, uint16_t offset, uint8_t direction);
int SCAppLayerProtoDetectPMRegisterPatternCI(uint8_t ipproto, AppProto alproto, const char *pattern,
                                             uint16_t depth, uint16_t offset, uint8_t direction);
int SCAppLayerProtoDetectPMRegisterPatternCSwPP(uint8_t ipproto, AppProto alproto,
                                                const char *pattern, uint16_t depth,
                                                uint16_t offset, uint8_t direction,
                                                ProbingParserFPtr PPFunc, uint16_t pp_min_depth,
                                                uint16_t pp_max_depth);
int SCAppLayerProtoDetectPMRegisterPatternCIwPP(uint8_t ipproto, AppProto alproto,
                                                const char *pattern, uint16_t depth,
                                                uint16_t offset, uint8_t direction,
                                                ProbingParserFPtr PPFunc, uint16_t pp_min_depth,
                                                uint16_t pp_max_depth);

SURISIM_C_END

#endif
