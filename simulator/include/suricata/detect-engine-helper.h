/*
 * Registration of keywords, transforms and buffers: accepted, listed in the report, never run.
 *
 * When:    in a plugin's Init, or in the KeywordsRegister of its SCAppLayerPlugin.
 * Owner:   the host keeps pointers to strings, which must live as long as the process.
 * Threads: main; no lock.
 * Source:  detect-engine-helper.h, detect-engine-helper.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<detect-engine-helper.h>)
#include_next <detect-engine-helper.h>
#else
#include <detect-engine-helper.h>
#endif
#endif

#ifndef SURICATA_DETECT_ENGINE_HELPER_H
#define SURICATA_DETECT_ENGINE_HELPER_H

#include "app-layer-protos.h"
#include "detect.h"

SURISIM_C_BEGIN

typedef struct DetectEngineTransforms DetectEngineTransforms;

typedef InspectionBuffer *(*InspectionBufferGetDataPtr)(struct DetectEngineThreadCtx_ *det_ctx,
                                                        const DetectEngineTransforms *transforms,
                                                        Flow *f, const uint8_t flow_flags,
                                                        void *txv, const int list_id);
typedef bool (*InspectionMultiBufferGetDataPtr)(struct DetectEngineThreadCtx_ *det_ctx,
                                                const void *txv, const uint8_t flow_flags,
                                                uint32_t local_id, const uint8_t **buf,
                                                uint32_t *buf_len);
typedef bool (*InspectionSingleBufferGetDataPtr)(const void *txv, const uint8_t flow_flags,
                                                 const uint8_t **buf, uint32_t *buf_len);

typedef struct SCSigTableAppLiteElmt {
    const char *name;
    const char *desc;
    const char *url;
    uint32_t flags; /* SIGMATCH_… */
    int (*Setup)(DetectEngineCtx *, Signature *, const char *);
    void (*Free)(DetectEngineCtx *, void *);
    int (*AppLayerTxMatch)(DetectEngineThreadCtx *, Flow *, uint8_t flags, void *alstate, void *txv,
                           const Signature *, const SigMatchCtx *);
} SCSigTableAppLiteElmt;

typedef struct SCTransformTableElmt {
    const char *name;
    const char *desc;
    const char *url;
    uint32_t flags; /* SIGMATCH_… */
    int (*Setup)(DetectEngineCtx *, Signature *, const char *);
    void (*Free)(DetectEngineCtx *, void *);
    void (*Transform)(DetectEngineThreadCtx *, InspectionBuffer *, const void *context);
    bool (*TransformValidate)(const uint8_t *content, uint16_t content_len, const void *context);
    void (*TransformId)(const uint8_t **id_data, uint32_t *id_length, const void *context);
} SCTransformTableElmt;

/* The next free id, whose entry of sigmatch_table the caller fills in; -1 when out of memory. The
 * first one is DETECT_TBLSIZE_STATIC. */
int SCDetectHelperNewKeywordId(void);
/* These fill in the entry. They return the id, or -1 converted to the result type. */
uint16_t SCDetectHelperKeywordRegister(const SCSigTableAppLiteElmt *kw);
void SCDetectHelperKeywordAliasRegister(uint16_t kwid, const char *alias);
int SCDetectHelperTransformRegister(const SCTransformTableElmt *kw);

/* Buffers are numbered separately; the same name gets the same id. */
int SCDetectHelperBufferProgressRegister(const char *name, AppProto alproto, uint8_t direction,
                                         uint8_t progress);
int SCDetectHelperBufferProgressRegisterSubState(const char *name, AppProto alproto,
                                                 uint8_t direction, uint8_t sub_state,
                                                 uint8_t progress);
int SCDetectHelperBufferMpmRegister(const char *name, const char *desc, AppProto alproto,
                                    uint8_t direction, InspectionSingleBufferGetDataPtr GetData);
int SCDetectHelperBufferProgressMpmRegister(const char *name, const char *desc, AppProto alproto,
                                            uint8_t direction,
                                            InspectionSingleBufferGetDataPtr GetData,
                                            uint8_t progress);
int SCDetectHelperMultiBufferMpmRegister(const char *name, const char *desc, AppProto alproto,
                                         uint8_t direction,
                                         InspectionMultiBufferGetDataPtr GetData);
int SCDetectHelperMultiBufferProgressMpmRegister(const char *name, const char *desc,
                                                 AppProto alproto, uint8_t direction,
                                                 InspectionMultiBufferGetDataPtr GetData,
                                                 uint8_t progress);
int SCDetectHelperMultiBufferProgressMpmRegisterSubState(const char *name, const char *desc,
                                                         AppProto alproto, uint8_t direction,
                                                         InspectionMultiBufferGetDataPtr GetData,
                                                         uint8_t sub_state, uint8_t progress);
int SCDetectRegisterMpmGeneric(const char *name, const char *desc, AppProto alproto,
                               uint8_t direction, InspectionBufferGetDataPtr GetData,
                               uint8_t progress);
void SCDetectRegisterBufferLowerMd5Callbacks(const char *name);

SURISIM_C_END

#endif
