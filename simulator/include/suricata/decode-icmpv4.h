/*
 * The ICMPv4 header, as it is in the packet, and what the decoder has found in it.
 *
 * Source:  decode-icmpv4.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-icmpv4.h>)
#include_next <decode-icmpv4.h>
#else
#include <decode-icmpv4.h>
#endif
#endif

#ifndef SURICATA_DECODE_ICMPV4_H
#define SURICATA_DECODE_ICMPV4_H

#include "suricata-common.h"

#define ICMPV4_HEADER_LEN 8

/* ICMPV4Hdr.type */
#define ICMP_ECHOREPLY 0
#define ICMP_DEST_UNREACH 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMPREPLY 14

typedef struct ICMPV4Hdr_ {
    uint8_t type;
    uint8_t code;
    uint16_t checksum; /* in network order */
} ICMPV4Hdr;

/* Packet.l4.vars.icmpv4 */
typedef struct ICMPV4Vars_ {
    uint16_t emb_ip4h_offset; /* of the quoted packet, from the header's start; 0 here */
    uint16_t id;              /* of an echo and its like, in network order */
    uint16_t seq;
    uint16_t hlen;         /* bytes of the header */
    uint8_t emb_ip4_proto; /* of the quoted packet; 0 here */
    bool emb_ports_set;    /* false here */
    uint16_t emb_sport;
    uint16_t emb_dport;
} ICMPV4Vars;

#define ICMPV4_GET_ID(p) ((p)->l4.vars.icmpv4.id)
#define ICMPV4_GET_SEQ(p) ((p)->l4.vars.icmpv4.seq)
#define ICMPV4_IS_ERROR_MSG(type)                                                              \
    ((type) == ICMP_DEST_UNREACH || (type) == ICMP_SOURCE_QUENCH || (type) == ICMP_REDIRECT || \
     (type) == ICMP_TIME_EXCEEDED || (type) == ICMP_PARAMETERPROB)

#endif
