/*
 * EVE records that a plugin's sub-modules write (output.h).
 *
 * When:    while EVE outputs are set up, and on the threads that log.
 * Owner:   an OutputJsonCtx is the EVE output's; an OutputJsonThreadCtx the logger's that created
 *          it; a record that a function returns is the caller's, to be freed with SCJbFree.
 * Threads: the one that logs.
 * Source:  output-json.h, output-json.c, output-json-common.c.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<output-json.h>)
#include_next <output-json.h>
#else
#include <output-json.h>
#endif
#endif

#ifndef SURICATA_OUTPUT_JSON_H
#define SURICATA_OUTPUT_JSON_H

#include "output-eve.h"
#include "output.h"
#include "rust-bindings.h"
#include "util-buffer.h"
#include "util-logopenfile.h"

SURISIM_C_BEGIN

#define JSON_ADDR_LEN 46
#define JSON_PROTO_LEN 16
#define JSON_OUTPUT_BUFFER_SIZE 65535

/* Addresses of a record, as text. */
typedef struct JsonAddrInfo_ {
    char src_ip[JSON_ADDR_LEN];
    char dst_ip[JSON_ADDR_LEN];
    Port sp;
    Port dp;
    char proto[JSON_PROTO_LEN];
    bool log_port; /* the protocol has ports */
} JsonAddrInfo;

extern const JsonAddrInfo json_addr_info_zero;

typedef struct OutputJsonCommonSettings_ {
    bool include_metadata;
    bool include_community_id;
    bool include_ethernet;
#if SURISIM_API_VERSION != 0x0800
    bool compress_ipv6;
#endif
    bool include_suricata_version;
    uint16_t community_id_seed;
} OutputJsonCommonSettings;

/* An eve-log output. */
typedef struct OutputJsonCtx_ {
    LogFileCtx *file_ctx;
    enum LogFileType json_out;
    OutputJsonCommonSettings cfg;
    struct HttpXFFCfg_ *xff_cfg;
    SCEveFileType *filetype; /* NULL: it writes to a file */
} OutputJsonCtx;

/* The data of a logger on one thread. */
typedef struct OutputJsonThreadCtx_ {
    OutputJsonCtx *ctx;
    LogFileCtx *file_ctx;
    MemBuffer *buffer;
    bool too_large_warning; /* a record was dropped, and a warning logged */
} OutputJsonThreadCtx;

/* A sub-module's InitFunc: its context has the parent's `data`. */
OutputInitResult OutputJsonLogInitSub(SCConfNode *conf, OutputCtx *parent_ctx);
/* A sub-module's ThreadInit and ThreadDeinit: they make and free an OutputJsonThreadCtx. `initdata`
 * is the sub-module's OutputCtx; NULL: TM_ECODE_FAILED. */
TmEcode JsonLogThreadInit(ThreadVars *t, const void *initdata, void **data);
TmEcode JsonLogThreadDeinit(ThreadVars *t, void *data);
/* The same for loggers that have their own data. NULL: out of memory. */
OutputJsonThreadCtx *CreateEveThreadCtx(ThreadVars *t, OutputJsonCtx *ctx);
void FreeEveThreadCtx(OutputJsonThreadCtx *ctx);

/* A record with what every record of a packet begins with. NULL: out of memory. `event_type`,
 * `addr` and `eve_ctx` may be NULL, but in 9.0 not both of `addr` and `eve_ctx`. The caller adds to
 * it, gives it to OutputJsonBuilderBuffer and frees it. */
SCJsonBuilder *CreateEveHeader(const Packet *p, enum SCOutputJsonLogDirection dir,
                               const char *event_type, JsonAddrInfo *addr, OutputJsonCtx *eve_ctx);
SCJsonBuilder *CreateEveHeaderWithTxId(const Packet *p, enum SCOutputJsonLogDirection dir,
                                       const char *event_type, JsonAddrInfo *addr, uint64_t tx_id,
                                       OutputJsonCtx *eve_ctx);
/* Fills in the addresses of an IP packet in this direction; without one it does nothing. */
#if SURISIM_API_VERSION == 0x0800
void JsonAddrInfoInit(const Packet *p, enum SCOutputJsonLogDirection dir, JsonAddrInfo *addr);
#else
void JsonAddrInfoInit(const Packet *p, enum SCOutputJsonLogDirection dir, JsonAddrInfo *addr,
                      OutputJsonCommonSettings *cfg);
#endif
/* Adds `flow_id`, and `parent_id` if there is one. `f` may be NULL. */
void CreateEveFlowId(SCJsonBuilder *js, const Flow *f);
/* Adds what the output's settings ask for: version, Ethernet addresses (of a packet), community id
 * (of a flow) and tenant. `p` and `f` may be NULL. */
void EveAddCommonOptions(const OutputJsonCommonSettings *cfg, const Packet *p, const Flow *f,
                         SCJsonBuilder *js, enum SCOutputJsonLogDirection dir);
/* Adds variables of rules: there are none here. */
void EveAddMetadata(const Packet *p, const Flow *f, SCJsonBuilder *js);
/* Runs EVE callbacks, closes the record and writes it. A record of more than 10 MiB is dropped. */
void OutputJsonBuilderBuffer(ThreadVars *tv, const Packet *p, Flow *f, SCJsonBuilder *js,
                             OutputJsonThreadCtx *ctx);

SURISIM_C_END

#endif
