/*
 * The IPv4 header, as it is in the packet.
 *
 * Source:  decode-ipv4.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-ipv4.h>)
#include_next <decode-ipv4.h>
#else
#include <decode-ipv4.h>
#endif
#endif

#ifndef SURICATA_DECODE_IPV4_H
#define SURICATA_DECODE_IPV4_H

#include "suricata-common.h"

#define IPV4_HEADER_LEN 20 /* bytes without options */

typedef struct IPV4Hdr_ {
    uint8_t ip_verhl; /* version, and header length in words of four bytes */
    uint8_t ip_tos;
    uint16_t ip_len; /* this and the other numbers in network order */
    uint16_t ip_id;
    uint16_t ip_off;
    uint8_t ip_ttl;
    uint8_t ip_proto;
    uint16_t ip_csum;
    union {
        struct {
            struct in_addr ip_src;
            struct in_addr ip_dst;
        } ip4_un1;
        uint16_t ip_addrs[4];
    } ip4_hdrun1;
} IPV4Hdr;

#define s_ip_src ip4_hdrun1.ip4_un1.ip_src
#define s_ip_dst ip4_hdrun1.ip4_un1.ip_dst
#define s_ip_addrs ip4_hdrun1.ip_addrs

/* Packet.l3.vars.ip4: options; 0 here */
typedef struct IPV4Vars_ {
    uint16_t opt_cnt;
    uint16_t opts_set;
} IPV4Vars;

/* Host order, but for the addresses. */
#define IPV4_GET_RAW_VER(ip4h) ((ip4h)->ip_verhl >> 4)
#define IPV4_GET_RAW_HLEN(ip4h) ((uint8_t)(((ip4h)->ip_verhl & 0x0f) << 2)) /* bytes */
#define IPV4_GET_RAW_IPTOS(ip4h) ((ip4h)->ip_tos)
#define IPV4_GET_RAW_IPLEN(ip4h) (SCNtohs((ip4h)->ip_len))
#define IPV4_GET_RAW_IPID(ip4h) (SCNtohs((ip4h)->ip_id))
#define IPV4_GET_RAW_IPOFFSET(ip4h) (SCNtohs((ip4h)->ip_off))
#define IPV4_GET_RAW_FRAGOFFSET(ip4h) (IPV4_GET_RAW_IPOFFSET(ip4h) & 0x1fff)
#define IPV4_GET_RAW_FLAG_MF(ip4h) ((IPV4_GET_RAW_IPOFFSET(ip4h) & 0x2000) != 0)
#define IPV4_GET_RAW_FLAG_DF(ip4h) ((IPV4_GET_RAW_IPOFFSET(ip4h) & 0x4000) != 0)
#define IPV4_GET_RAW_FLAG_RF(ip4h) ((IPV4_GET_RAW_IPOFFSET(ip4h) & 0x8000) != 0)
#define IPV4_GET_RAW_IPTTL(ip4h) ((ip4h)->ip_ttl)
#define IPV4_GET_RAW_IPPROTO(ip4h) ((ip4h)->ip_proto)
#define IPV4_GET_RAW_IPSRC(ip4h) ((ip4h)->s_ip_src)
#define IPV4_GET_RAW_IPDST(ip4h) ((ip4h)->s_ip_dst)
#define IPV4_GET_RAW_IPSRC_U32(ip4h) ((uint32_t)(ip4h)->s_ip_src.s_addr)
#define IPV4_GET_RAW_IPDST_U32(ip4h) ((uint32_t)(ip4h)->s_ip_dst.s_addr)

#endif
