/*
 * The IPv6 header, as it is in the packet.
 *
 * Source:  decode-ipv6.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-ipv6.h>)
#include_next <decode-ipv6.h>
#else
#include <decode-ipv6.h>
#endif
#endif

#ifndef SURICATA_DECODE_IPV6_H
#define SURICATA_DECODE_IPV6_H

#include "suricata-common.h"

#define IPV6_HEADER_LEN 40

typedef struct IPV6Hdr_ {
    union {
        struct ip6_un1_ {
            uint32_t ip6_un1_flow; /* this and the other numbers in network order */
            uint16_t ip6_un1_plen;
            uint8_t ip6_un1_nxt;
            uint8_t ip6_un1_hlim;
        } ip6_un1;
        uint8_t ip6_un2_vfc;
    } ip6_hdrun;
    union {
        struct {
            uint32_t ip6_src[4];
            uint32_t ip6_dst[4];
        } ip6_un2;
        uint16_t ip6_addrs[16];
    } ip6_hdrun2;
} IPV6Hdr;

#define s_ip6_src ip6_hdrun2.ip6_un2.ip6_src
#define s_ip6_dst ip6_hdrun2.ip6_un2.ip6_dst
#define s_ip6_addrs ip6_hdrun2.ip6_addrs
#define s_ip6_vfc ip6_hdrun.ip6_un2_vfc
#define s_ip6_flow ip6_hdrun.ip6_un1.ip6_un1_flow
#define s_ip6_plen ip6_hdrun.ip6_un1.ip6_un1_plen
#define s_ip6_nxt ip6_hdrun.ip6_un1.ip6_un1_nxt
#define s_ip6_hlim ip6_hdrun.ip6_un1.ip6_un1_hlim

/* Packet.l3.vars.ip6.v */
typedef struct IPV6Vars_ {
    uint8_t l4proto;      /* after the extension headers */
    uint16_t exthdrs_len; /* bytes */
} IPV6Vars;

/* Host order. */
#define IPV6_GET_RAW_VER(ip6h) ((ip6h)->s_ip6_vfc >> 4)
#define IPV6_GET_RAW_CLASS(ip6h) ((SCNtohl((ip6h)->s_ip6_flow) & 0x0ff00000) >> 20)
#define IPV6_GET_RAW_FLOW(ip6h) (SCNtohl((ip6h)->s_ip6_flow) & 0x000fffff)
#define IPV6_GET_RAW_NH(ip6h) ((ip6h)->s_ip6_nxt)
#define IPV6_GET_RAW_PLEN(ip6h) (SCNtohs((ip6h)->s_ip6_plen))
#define IPV6_GET_RAW_HLIM(ip6h) ((ip6h)->s_ip6_hlim)

/* Of a Packet with IPv6. */
#define IPV6_GET_L4PROTO(p) ((p)->l3.vars.ip6.v.l4proto)
#define IPV6_GET_EXTHDRS_LEN(p) ((p)->l3.vars.ip6.v.exthdrs_len)

#endif
