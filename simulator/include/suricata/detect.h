/*
 * Rules, as a plugin's keyword sees them. No rule is read here and no keyword is ever run: this is
 * only for plugins to compile and to register keywords.
 *
 * When:    sigmatch_table from Init on; entries are zeros until a plugin fills in its own.
 * Owner:   the host keeps pointers to strings, which must live as long as the process.
 * Threads: main.
 * Source:  detect.h. Offsets of the default Linux build; fields without a name are not modelled.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<detect.h>)
#include_next <detect.h>
#else
#include <detect.h>
#endif
#endif

#ifndef SURICATA_DETECT_H
#define SURICATA_DETECT_H

#include "app-layer-protos.h"
#include "decode.h"
#include "detect-engine-register.h"
#include "flow.h"

SURISIM_C_BEGIN

typedef struct DetectEngineCtx_ DetectEngineCtx;
typedef struct DetectEngineThreadCtx_ DetectEngineThreadCtx;
typedef struct InspectionBuffer InspectionBuffer;
struct SigGroupHead_;
struct File_;

/* Signature.flags */
#define SIG_FLAG_REQUIRE_PACKET (1UL << 9)
#define SIG_FLAG_TOSERVER (1UL << 19)
#define SIG_FLAG_TOCLIENT (1UL << 20)

enum DetectSigmatchListEnum {
    DETECT_SM_LIST_MATCH = 0,
    DETECT_SM_LIST_PMATCH,
    DETECT_SM_LIST_BASE64_DATA,
    DETECT_SM_LIST_POSTMATCH,
    DETECT_SM_LIST_TMATCH,
    DETECT_SM_LIST_SUPPRESS,
    DETECT_SM_LIST_THRESHOLD,
    DETECT_SM_LIST_MAX,
    DETECT_SM_LIST_DYNAMIC_START = DETECT_SM_LIST_MAX, /* buffers */
};

/* A keyword's own data, behind a pointer that is cast. */
typedef struct SigMatchCtx_ {
    int unused;
} SigMatchCtx;

typedef struct SigMatch_ {
    uint16_t type; /* the keyword's id */
    uint16_t idx;
    SigMatchCtx *ctx;
    struct SigMatch_ *next;
    struct SigMatch_ *prev;
} SigMatch;

typedef struct SignatureInitData_ {
    uint8_t surisim_before_negated[14];
    bool negated; /* SIGMATCH_HANDLE_NEGATION: the option was negated */
    uint8_t surisim_before_smlists[393];
    struct SigMatch_ *smlists[DETECT_SM_LIST_MAX];
    struct SigMatch_ *smlists_tail[DETECT_SM_LIST_MAX];
} SignatureInitData;

typedef struct Signature_ {
    uint32_t flags;
    uint8_t surisim_before_init_data[236];
    SignatureInitData *init_data;
} Signature;

typedef struct SigTableElmt_ {
    int (*Match)(DetectEngineThreadCtx *, Packet *, const Signature *, const SigMatchCtx *);
    int (*AppLayerTxMatch)(DetectEngineThreadCtx *, Flow *, uint8_t flags, void *alstate, void *txv,
                           const Signature *, const SigMatchCtx *);
    int (*FileMatch)(DetectEngineThreadCtx *, Flow *, uint8_t flags, struct File_ *,
                     const Signature *, const SigMatchCtx *);
    void (*Transform)(DetectEngineThreadCtx *, InspectionBuffer *, const void *context);
    bool (*TransformValidate)(const uint8_t *content, uint16_t content_len, const void *context);
    void (*TransformId)(const uint8_t **data, uint32_t *length, const void *context);
    int (*Setup)(DetectEngineCtx *, Signature *, const char *);
    bool (*SupportsPrefilter)(const Signature *s);
    int (*SetupPrefilter)(DetectEngineCtx *de_ctx, struct SigGroupHead_ *sgh);
    void (*Free)(DetectEngineCtx *, void *);
    uint32_t flags; /* SIGMATCH_… */
    uint8_t tables;
    uint16_t alternative;
    const char *name;
    const char *alias;
    const char *desc;
    const char *url;
    void (*Cleanup)(struct SigTableElmt_ *);
} SigTableElmt;

/* Indexed by keyword id. It may move when an id is assigned. */
extern SigTableElmt *sigmatch_table;

SURISIM_C_END

#endif
