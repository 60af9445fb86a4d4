/*
 * Packet: one packet while a worker handles it.
 *
 * When:    valid during a flow init or update callback.
 * Owner:   the host, which reuses the memory for the next packet.
 * Threads: the worker that handles it.
 * Source:  decode.h, fact E24. Offsets of the default Linux build; what is not filled is zero.
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
    uint8_t vars[24];
};

enum PacketL4Types {
    PACKET_L4_UNKNOWN = 0,
    PACKET_L4_TCP,
    PACKET_L4_UDP,
    PACKET_L4_ICMPV4,
    PACKET_L4_ICMPV6,
#if SURISIM_API_VERSION != 0x0800
    PACKET_L4_IGMP,
#endif
    PACKET_L4_SCTP,
    PACKET_L4_GRE,
    PACKET_L4_ESP,
};

/* The transport layer. `hdrs` points into the packet's bytes; NULL in a fragment. */
struct PacketL4 {
    enum PacketL4Types type;
    bool csum_set;
    uint16_t csum;
    union L4Hdrs {
        struct TCPHdr_ *tcph;
        struct UDPHdr_ *udph;
        struct ICMPV4Hdr_ *icmpv4h;
        struct ICMPV6Hdr_ *icmpv6h;
        struct SCTPHdr_ *sctph;
    } hdrs;
#if SURISIM_API_VERSION == 0x0800
    uint8_t vars[24];
#else
    uint8_t vars[88];
#endif
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
#if SURISIM_API_VERSION != 0x0800
    uint8_t ttype;
#endif
    uint32_t flags;
    struct Flow_ *flow;
    uint32_t flow_hash;
#if SURISIM_API_VERSION == 0x0800
    uint32_t ttype;
#endif
    SCTime_t ts;
    uint8_t plugin_v[64];
    void (*ReleasePacket)(struct Packet_ *);
    int (*BypassPacketsFlow)(struct Packet_ *);
    void *pktvar;
    uint8_t l2[16];
    struct PacketL3 l3;
    struct PacketL4 l4;
    uint8_t *payload; /* of the transport layer; NULL: none */
    uint16_t payload_len;
    uint8_t action;
    uint8_t pkt_src;
    uint32_t pktlen;  /* of the captured record, or of the inner packet of a tunnel */
    uint8_t *ext_pkt; /* these bytes */
#if SURISIM_API_VERSION == 0x0800
    uint8_t not_modelled[128];
    int datalink;
    uint8_t rest[36];
#else
    uint8_t not_modelled[120];
    int datalink;
    uint8_t rest[36];
#endif
} Packet;

#define GET_PKT_LEN(p) ((p)->pktlen)
#define GET_PKT_DATA(p) ((p)->ext_pkt)
#define GET_PKT_DATALINK(p) ((p)->datalink)
#define PKT_IS_TOSERVER(p) (((p)->flowflags & FLOW_PKT_TOSERVER) != 0)
#define PKT_IS_TOCLIENT(p) (((p)->flowflags & FLOW_PKT_TOCLIENT) != 0)

static inline bool PacketIsIPv4(const Packet *p) { return p->l3.type == PACKET_L3_IPV4; }
static inline bool PacketIsIPv6(const Packet *p) { return p->l3.type == PACKET_L3_IPV6; }
static inline bool PacketIsTCP(const Packet *p) { return p->l4.type == PACKET_L4_TCP; }
static inline bool PacketIsUDP(const Packet *p) { return p->l4.type == PACKET_L4_UDP; }
static inline bool PacketIsICMPv4(const Packet *p) { return p->l4.type == PACKET_L4_ICMPV4; }
static inline bool PacketIsICMPv6(const Packet *p) { return p->l4.type == PACKET_L4_ICMPV6; }
static inline bool PacketIsSCTP(const Packet *p) { return p->l4.type == PACKET_L4_SCTP; }
static inline bool PacketIsESP(const Packet *p) { return p->l4.type == PACKET_L4_ESP; }

/* The header; only for packets of that kind. */
static inline const IPV4Hdr *PacketGetIPv4(const Packet *p) { return p->l3.hdrs.ip4h; }
static inline const IPV6Hdr *PacketGetIPv6(const Packet *p) { return p->l3.hdrs.ip6h; }

SURISIM_C_END

#endif
