/*
 * The ICMPv6 header, as it is in the packet, and what the decoder has found in it.
 *
 * Source:  decode-icmpv6.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-icmpv6.h>)
#include_next <decode-icmpv6.h>
#else
#include <decode-icmpv6.h>
#endif
#endif

#ifndef SURICATA_DECODE_ICMPV6_H
#define SURICATA_DECODE_ICMPV6_H

#include "suricata-common.h"

#define ICMPV6_HEADER_LEN 8

/* ICMPV6Hdr.type */
#define ICMP6_DST_UNREACH 1
#define ICMP6_PACKET_TOO_BIG 2
#define ICMP6_TIME_EXCEEDED 3
#define ICMP6_PARAM_PROB 4
#define ICMP6_ECHO_REQUEST 128
#define ICMP6_ECHO_REPLY 129
#define ND_ROUTER_SOLICIT 133
#define ND_ROUTER_ADVERT 134
#define ND_NEIGHBOR_SOLICIT 135
#define ND_NEIGHBOR_ADVERT 136
#define ND_REDIRECT 137

typedef struct ICMPV6Info_ {
    uint16_t id; /* in network order */
    uint16_t seq;
} ICMPV6Info;

typedef struct ICMPV6Hdr_ {
    uint8_t type;
    uint8_t code;
    uint16_t csum; /* this and the other numbers in network order */
    union {
        ICMPV6Info icmpv6i; /* of an echo */
        union {
            uint32_t unused;
            uint32_t error_ptr; /* of a parameter problem */
            uint32_t mtu;       /* of a packet that was too big */
        } icmpv6e;
    } icmpv6b;
} ICMPV6Hdr;

/* Packet.l4.vars.icmpv6 */
typedef struct ICMPV6Vars_ {
    uint16_t id; /* of an echo, in network order */
    uint16_t seq;
    uint32_t mtu;               /* 0 here */
    uint8_t emb_ip6_proto_next; /* of the quoted packet; 0 here */
    bool emb_ports_set;         /* false here */
    uint16_t emb_sport;
    uint16_t emb_dport;
    uint16_t emb_ip6h_offset;
} ICMPV6Vars;

#define ICMPV6_GET_TYPE(icmp6h) ((icmp6h)->type)
#define ICMPV6_GET_CODE(icmp6h) ((icmp6h)->code)
#define ICMPV6_GET_ID(p) ((p)->l4.vars.icmpv6.id)
#define ICMPV6_GET_SEQ(p) ((p)->l4.vars.icmpv6.seq)
#define ICMPV6_HAS_MTU(icmp6h) ((icmp6h)->type == ICMP6_PACKET_TOO_BIG)
#define ICMPV6_GET_MTU(icmp6h) SCNtohl((icmp6h)->icmpv6b.icmpv6e.mtu)

#endif
