/*
 * What a keyword's Setup calls. Nothing here calls a Setup: each of these is the violation
 * unsupported-function, and returns NULL or 0.
 *
 * Source:  detect-parse.h.
 */
#ifndef SURICATA_DETECT_PARSE_H
#define SURICATA_DETECT_PARSE_H

#include "detect.h"
#include "surisim_c.h"

SURISIM_C_BEGIN

SigMatch *SCSigMatchAppendSMToList(DetectEngineCtx *, Signature *, uint16_t, SigMatchCtx *, int);
bool SCSigMatchSilentErrorEnabled(const DetectEngineCtx *de_ctx, uint16_t id);
SigMatch *SCDetectGetLastSMFromLists(const Signature *s, ...);
int SCDetectSignatureSetAppProto(Signature *s, AppProto alproto);

SURISIM_C_END

#endif
