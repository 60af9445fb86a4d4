/*
 * Functions for a keyword's Setup. No Setup is ever called here: calling one of these is the
 * violation unsupported-function, and returns NULL or 0.
 *
 * Source:  detect-parse.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<detect-parse.h>)
#include_next <detect-parse.h>
#else
#include <detect-parse.h>
#endif
#endif

#ifndef SURICATA_DETECT_PARSE_H
#define SURICATA_DETECT_PARSE_H

#include "detect.h"

SURISIM_C_BEGIN

SigMatch *SCSigMatchAppendSMToList(DetectEngineCtx *, Signature *, uint16_t, SigMatchCtx *, int);
bool SCSigMatchSilentErrorEnabled(const DetectEngineCtx *de_ctx, uint16_t id);
SigMatch *SCDetectGetLastSMFromLists(const Signature *s, ...);
int SCDetectSignatureSetAppProto(Signature *s, AppProto alproto);

SURISIM_C_END

#endif
