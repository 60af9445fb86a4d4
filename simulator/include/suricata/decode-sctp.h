/*
 * The SCTP header, as it is in the packet.
 *
 * Source:  decode-sctp.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-sctp.h>)
#include_next <decode-sctp.h>
#else
#include <decode-sctp.h>
#endif
#endif

#ifndef SURICATA_DECODE_SCTP_H
#define SURICATA_DECODE_SCTP_H

#include "suricata-common.h"

#define SCTP_HEADER_LEN 12

typedef struct SCTPHdr_ {
    uint16_t sh_sport; /* this and the other numbers in network order */
    uint16_t sh_dport;
    uint32_t sh_vtag;
    uint32_t sh_sum;
} SURISIM_PACKED SCTPHdr;

#if SURISIM_API_VERSION != 0x0800
/* Of a header, in host order. */
#define SCTP_GET_RAW_SRC_PORT(sctph) SCNtohs((sctph)->sh_sport)
#define SCTP_GET_RAW_DST_PORT(sctph) SCNtohs((sctph)->sh_dport)
#define SCTP_GET_RAW_VTAG(sctph) SCNtohl((sctph)->sh_vtag)
#define SCTP_GET_RAW_SUM(sctph) SCNtohl((sctph)->sh_sum)
#endif

#endif
