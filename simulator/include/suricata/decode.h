/*
 * Packet: one packet while a worker handles it.
 *
 * When:    valid during a flow init or update callback.
 * Owner:   the host, which reuses the memory for the next packet.
 * Threads: the worker that handles it.
 * Source:  decode.h. Offsets of the default Linux build; fields after `l3.hdrs` are not modelled.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<decode.h>)
#include_next <decode.h>
#else
#include <decode.h>
#endif
#endif

#ifndef SURICATA_DECODE_H
#define SURICATA_DECODE_H

#include "decode-ipv4.h"
#include "decode-ipv6.h"
#include "flow.h"
#include "suricata-common.h"

SURISIM_C_BEGIN

/* Packet.flags that the simulator sets for packets of a capture file. */
#define PKT_STREAM_EST (1U << 6)
#define PKT_HAS_FLOW (1U << 8)
#define PKT_PSEUDO_STREAM_END (1U << 9) /* for a last look at a TCP flow's data */
#define PKT_IS_INVALID (1U << 20)
#define PKT_WANTS_FLOW (1U << 22)
#define PKT_PSEUDO_DETECTLOG_FLUSH (1U << 27) /* never set here */
#define PKT_IS_PSEUDOPKT(p) ((p)->flags & (PKT_PSEUDO_STREAM_END | PKT_PSEUDO_DETECTLOG_FLUSH))

typedef struct Address_ {
    char family; /* AF_INET or AF_INET6 */
    union {
        uint32_t address_un_data32[4];
        uint16_t address_un_data16[8];
        uint8_t address_un_data8[16];
    } address;
} Address;

#define addr_data32 address.address_un_data32
#define addr_data16 address.address_un_data16
#define addr_data8 address.address_un_data8

enum PacketL3Types { PACKET_L3_UNKNOWN = 0, PACKET_L3_IPV4, PACKET_L3_IPV6, PACKET_L3_ARP };

/* The network layer. `hdrs` points to the packet's bytes up to the end of the IP packet: generated
 * traffic has correct headers and a payload of zeros. */
struct PacketL3 {
    enum PacketL3Types type;
    bool csum_set;
    uint16_t csum;
    union Hdrs {
        struct IPV4Hdr_ *ip4h;
        struct IPV6Hdr_ *ip6h;
    } hdrs;
    uint8_t vars[40];
};

typedef struct Packet_ {
    Address src;
    Address dst;
    Port sp;
    Port dp;
    uint8_t proto; /* may differ from its flow's: an ICMP error about a UDP flow (L37) */
    uint8_t recursion_level;
    uint16_t vlan_id[3];
    uint8_t vlan_idx;
    uint8_t flowflags;
    uint8_t app_update_direction;
    uint8_t sig_mask;
    uint16_t pkt_hooks;
    uint8_t ttype;
    uint32_t flags;
    struct Flow_ *flow;
    uint32_t flow_hash;
    SCTime_t ts;
    uint8_t plugin_v[64];
    void (*ReleasePacket)(struct Packet_ *);
    int (*BypassPacketsFlow)(struct Packet_ *);
    void *pktvar;
    uint8_t l2[16];
    struct PacketL3 l3;
    uint8_t rest[272];
} Packet;

static inline bool PacketIsIPv4(const Packet *p) { return p->l3.type == PACKET_L3_IPV4; }
static inline bool PacketIsIPv6(const Packet *p) { return p->l3.type == PACKET_L3_IPV6; }

/* The header; only for packets of that kind. */
static inline const IPV4Hdr *PacketGetIPv4(const Packet *p) { return p->l3.hdrs.ip4h; }
static inline const IPV6Hdr *PacketGetIPv6(const Packet *p) { return p->l3.hdrs.ip6h; }

SURISIM_C_END

#endif
