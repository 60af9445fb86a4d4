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

/* Host order. */
#define IPV4_GET_RAW_VER(ip4h) ((ip4h)->ip_verhl >> 4)
#define IPV4_GET_RAW_HLEN(ip4h) ((ip4h)->ip_verhl & 0x0f)
#define IPV4_GET_RAW_IPTOS(ip4h) ((ip4h)->ip_tos)
#define IPV4_GET_RAW_IPLEN(ip4h) (SCNtohs((ip4h)->ip_len))
#define IPV4_GET_RAW_IPID(ip4h) (SCNtohs((ip4h)->ip_id))
#define IPV4_GET_RAW_IPTTL(ip4h) ((ip4h)->ip_ttl)
#define IPV4_GET_RAW_IPPROTO(ip4h) ((ip4h)->ip_proto)

#endif
