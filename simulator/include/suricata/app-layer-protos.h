/*
 * Application-layer protocols: their numbers and names.
 *
 * When:    names at any time; new protocols in a plugin's Init.
 * Owner:   the host keeps pointers to names, which must live as long as the process.
 * Threads: registration has no lock.
 * Source:  app-layer-protos.h, app-layer-protos.c. No parser is modelled: a flow's protocol stays
 *          ALPROTO_UNKNOWN.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<app-layer-protos.h>)
#include_next <app-layer-protos.h>
#else
#include <app-layer-protos.h>
#endif
#endif

#ifndef SURICATA_APP_LAYER_PROTOS_H
#define SURICATA_APP_LAYER_PROTOS_H

#include "suricata-common.h"

SURISIM_C_BEGIN

enum AppProtoEnum {
    ALPROTO_UNKNOWN = 0,
    ALPROTO_FAILED = 1,
    ALPROTO_HTTP1,
    ALPROTO_FTP,
    ALPROTO_SMTP,
    ALPROTO_TLS,
    ALPROTO_SSH,
    ALPROTO_IMAP,
    ALPROTO_JABBER,
    ALPROTO_SMB,
    ALPROTO_DCERPC,
    ALPROTO_IRC,
    ALPROTO_DNS,
    ALPROTO_MODBUS,
    ALPROTO_ENIP,
    ALPROTO_DNP3,
    ALPROTO_NFS,
    ALPROTO_NTP,
    ALPROTO_FTPDATA,
    ALPROTO_TFTP,
    ALPROTO_IKE,
    ALPROTO_KRB5,
    ALPROTO_QUIC,
    ALPROTO_DHCP,
    ALPROTO_SIP,
    ALPROTO_RFB,
    ALPROTO_MQTT,
    ALPROTO_PGSQL,
    ALPROTO_TELNET,
    ALPROTO_WEBSOCKET,
    ALPROTO_LDAP,
    ALPROTO_DOH2,
    ALPROTO_TEMPLATE,
    ALPROTO_RDP,
    ALPROTO_HTTP2,
    ALPROTO_BITTORRENT_DHT,
    ALPROTO_POP3,
    ALPROTO_MDNS,
    ALPROTO_LLMNR,
    ALPROTO_HTTP,       /* any version; only in rules */
    ALPROTO_MAX_STATIC, /* the first number assigned at run time */
};

typedef uint16_t AppProto;

/* One more than the largest assigned number. */
extern AppProto g_alproto_max;

static inline bool AppProtoIsValid(AppProto a) { return a > ALPROTO_FAILED && a < g_alproto_max; }

/* NULL for an unassigned number. ToString says "http" for HTTP1 and "http_any" for HTTP, where
 * Raw says "http1" and "http". */
const char *AppProtoToString(AppProto alproto);
const char *AppProtoToStringRaw(AppProto alproto);
/* By the raw name; ALPROTO_UNKNOWN for NULL and for an unknown name. */
AppProto StringToAppProto(const char *proto_name);

/* The next free number. Accepted and listed. */
AppProto AppProtoNewProtoFromString(const char *proto_name);
/* Renames a protocol, or, with the next free number, adds one. */
void AppProtoRegisterProtoString(AppProto alproto, const char *proto_name);

SURISIM_C_END

#endif
