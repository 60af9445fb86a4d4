/*
 * The UDP header, as it is in the packet.
 *
 * Source:  decode-udp.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-udp.h>)
#include_next <decode-udp.h>
#else
#include <decode-udp.h>
#endif
#endif

#ifndef SURICATA_DECODE_UDP_H
#define SURICATA_DECODE_UDP_H

#include "suricata-common.h"

#define UDP_HEADER_LEN 8

typedef struct UDPHdr_ {
    uint16_t uh_sport; /* this and the other numbers in network order */
    uint16_t uh_dport;
    uint16_t uh_len; /* with this header */
    uint16_t uh_sum;
} UDPHdr;

/* Of a header, in host order. */
#define UDP_GET_RAW_SRC_PORT(udph) SCNtohs((udph)->uh_sport)
#define UDP_GET_RAW_DST_PORT(udph) SCNtohs((udph)->uh_dport)
#define UDP_GET_RAW_LEN(udph) SCNtohs((udph)->uh_len)
#define UDP_GET_RAW_SUM(udph) SCNtohs((udph)->uh_sum)

#endif
