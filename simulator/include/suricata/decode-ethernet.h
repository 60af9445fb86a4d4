/*
 * The Ethernet header, as it is in the packet.
 *
 * Source:  decode-ethernet.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-ethernet.h>)
#include_next <decode-ethernet.h>
#else
#include <decode-ethernet.h>
#endif
#endif

#ifndef SURICATA_DECODE_ETHERNET_H
#define SURICATA_DECODE_ETHERNET_H

#include "suricata-common.h"

#define ETHERNET_HEADER_LEN 14

#define ETHERNET_TYPE_IP 0x0800
#define ETHERNET_TYPE_ARP 0x0806
#define ETHERNET_TYPE_8021Q 0x8100
#define ETHERNET_TYPE_IPV6 0x86dd
#define ETHERNET_TYPE_8021AD 0x88a8
#define ETHERNET_TYPE_8021QINQ 0x9100

typedef struct EthernetHdr_ {
    uint8_t eth_dst[6];
    uint8_t eth_src[6];
    uint16_t eth_type; /* in network order */
} SURISIM_PACKED EthernetHdr;

#endif
