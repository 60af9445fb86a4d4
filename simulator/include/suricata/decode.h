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

#include "decode-ethernet.h"
#include "decode-icmpv4.h"
#include "decode-icmpv6.h"
#include "decode-ipv4.h"
#include "decode-ipv6.h"
#include "decode-sctp.h"
#include "decode-tcp.h"
#include "decode-udp.h"
#include "flow.h"
#include "suricata-common.h"
#include "threadvars.h"
#include "util-datalink.h"

SURISIM_C_BEGIN

/* Packet.flags that the simulator sets for packets of a capture file. */
#define PKT_STREAM_EST (1U << 6)
#define PKT_HAS_FLOW (1U << 8)
#define PKT_PSEUDO_STREAM_END (1U << 9) /* for a last look at a TCP flow's data */
#define PKT_IGNORE_CHECKSUM (1U << 15)  /* set by a capture: wrong checksums do not count */
#define PKT_ZERO_COPY (1U << 16)        /* ext_pkt is the capture's */
#define PKT_IS_INVALID (1U << 20)
#define PKT_WANTS_FLOW (1U << 22)

/* Others, which are never set here. */
#define PKT_NOPACKET_INSPECTION (1U << 0)
#define PKT_NOPAYLOAD_INSPECTION (1U << 2)
#define PKT_HAS_TAG (1U << 4)
#define PKT_STREAM_ADD (1U << 5)
#define PKT_STREAM_MODIFIED (1U << 10)
#define PKT_STREAM_NOPCAPLOG (1U << 12)
#define PKT_IS_FRAGMENT (1U << 19)
#define PKT_PROTO_DETECT_TS_DONE (1U << 23)
#define PKT_PROTO_DETECT_TC_DONE (1U << 24)
#define PKT_REBUILT_FRAGMENT (1U << 25)
#define PKT_DETECT_HAS_STREAMDATA (1U << 26)
#define PKT_PSEUDO_DETECTLOG_FLUSH (1U << 27)
#define PKT_FIRST_ALERTS (1U << 29)
#define PKT_FIRST_TAG (1U << 30)
#define PKT_IS_PSEUDOPKT(p) ((p)->flags & (PKT_PSEUDO_STREAM_END | PKT_PSEUDO_DETECTLOG_FLUSH))

/* Packet.pkt_src: where a packet comes from. */
enum PktSrcEnum {
    PKT_SRC_WIRE = 1,
    PKT_SRC_DECODER_GRE,
    PKT_SRC_DECODER_IPV4,
    PKT_SRC_DECODER_IPV6,
    PKT_SRC_DECODER_TEREDO,
    PKT_SRC_DEFRAG,
    PKT_SRC_FFR,
    PKT_SRC_STREAM_TCP_DETECTLOG_FLUSH,
    PKT_SRC_DECODER_VXLAN,
    PKT_SRC_DETECT_RELOAD_FLUSH,
    PKT_SRC_CAPTURE_TIMEOUT,
    PKT_SRC_DECODER_GENEVE,
    PKT_SRC_SHUTDOWN_FLUSH,
};

typedef struct Address_ {
    char family; /* AF_INET or AF_INET6 */
    union {
        uint32_t address_un_data32[4];
        uint16_t address_un_data16[8];
        uint8_t address_un_data8[16];
        struct in6_addr address_un_in6;
    } address;
} Address;

#define addr_data32 address.address_un_data32
#define addr_data16 address.address_un_data16
#define addr_data8 address.address_un_data8
#define addr_in6addr address.address_un_in6

enum PacketL2Types { PACKET_L2_UNKNOWN = 0, PACKET_L2_ETHERNET };

/* The link layer: of nested Ethernet headers the last. */
struct PacketL2 {
    enum PacketL2Types type;
    union L2Hdrs {
        EthernetHdr *ethh;
    } hdrs;
};

enum PacketL3Types { PACKET_L3_UNKNOWN = 0, PACKET_L3_IPV4, PACKET_L3_IPV6, PACKET_L3_ARP };

/* The network layer. `hdrs` points to the packet's bytes up to the end of the IP packet: generated
 * traffic has correct headers and a payload of zeros. */
struct PacketL3 {
    enum PacketL3Types type;
    bool csum_set;
    uint16_t csum;
    union Hdrs {
        IPV4Hdr *ip4h;
        IPV6Hdr *ip6h;
        struct ARPHdr_ *arph;
    } hdrs;
    union {
        IPV4Vars ip4;
        struct {
            IPV6Vars v;
            uint32_t extension_headers[5]; /* not modelled: 0 */
        } ip6;
    } vars;
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
        TCPHdr *tcph;
        UDPHdr *udph;
        ICMPV4Hdr *icmpv4h;
        ICMPV6Hdr *icmpv6h;
        SCTPHdr *sctph;
        struct GREHdr_ *greh;
        struct ESPHdr_ *esph;
    } hdrs;
    union L4Vars {
        TCPVars tcp;
        ICMPV4Vars icmpv4;
        ICMPV6Vars icmpv6;
#if SURISIM_API_VERSION != 0x0800
        SCTPVars sctp;
#endif
    } vars;
};

/* What a capture from a file says of a packet. */
typedef struct PcapPacketVars_ {
#if SURISIM_API_VERSION == 0x0800
    uint32_t tenant_id; /* 0 here */
#else
    uint64_t pcap_cnt;  /* as Packet.pcap_cnt of 8.0 */
    uint32_t tenant_id; /* 0 here */
    void *pfv;          /* NULL here */
#endif
} PcapPacketVars;

/* A rule that has matched. There are none here: rules are not modelled. */
typedef struct PacketAlert_ {
    uint32_t iid;
    uint8_t action;
    uint8_t flags;
#if SURISIM_API_VERSION != 0x0800
    uint8_t sub_state;
#endif
    const struct Signature_ *s;
    uint64_t tx_id;
    int64_t frame_id;
    struct PacketContextData *json_info;
} PacketAlert;

typedef struct PacketAlerts_ {
    uint16_t cnt; /* of `alerts`; 0 here, also with --alerts */
    uint16_t discarded;
#if SURISIM_API_VERSION == 0x0800
    uint16_t suppressed;
    uint16_t firewall_discarded;
#else
    uint16_t firewall_discarded;
    uint16_t suppressed;
#endif
    PacketAlert *alerts; /* NULL here */
    PacketAlert drop;
} PacketAlerts;

typedef struct PacketEngineEvents_ {
    uint8_t cnt; /* of `events`; 0 here */
    uint8_t events[15];
} PacketEngineEvents;

typedef struct Packet_ {
    Address src;
    Address dst;
    union {
        Port sp; /* host order */
        struct {
            uint8_t type;
            uint8_t code;
        } icmp_s; /* of this packet */
    };
    union {
        Port dp; /* host order */
        struct {
            uint8_t type;
            uint8_t code;
        } icmp_d; /* of its counterpart */
    };
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
    union {
        uint8_t plugin_v[64];  /* for a capture plugin */
        PcapPacketVars pcap_v; /* of a capture file's packets */
    };
    void (*ReleasePacket)(struct Packet_ *);
    int (*BypassPacketsFlow)(struct Packet_ *);
    void *pktvar;
    struct PacketL2 l2;
    struct PacketL3 l3;
    struct PacketL4 l4;
    uint8_t *payload; /* of the transport layer; NULL: none */
    uint16_t payload_len;
    uint8_t action;
    uint8_t pkt_src;
    uint32_t pktlen;  /* of the captured record, or of the inner packet of a tunnel */
    uint8_t *ext_pkt; /* these bytes; NULL: they are in pkt_data, as in packets of a pool */
#if SURISIM_API_VERSION == 0x0800
    struct LiveDevice_ *livedev; /* NULL here */
#else
    uint16_t livedev_id; /* 0 here */
    uint16_t livedev_dst_id;
#endif
    PacketAlerts alerts;
    struct Host_ *host_src; /* NULL here */
    struct Host_ *host_dst;
#if SURISIM_API_VERSION == 0x0800
    /* The record's number in the capture file, from 1; files that are read one after another count
     * on. 0: live, or the packet is from inside another one. 9.0 has it in pcap_v. */
    uint64_t pcap_cnt;
#endif
    PacketEngineEvents events;
    void *app_layer_events;
    struct Packet_ *next; /* in a queue or a pool */
    struct Packet_ *prev;
    int datalink; /* LINKTYPE_; of a packet inside a tunnel LINKTYPE_RAW, of a reassembled one 0 */
    uint8_t nb_decoded_layers; /* this and what follows is not filled but for `pool` */
    uint8_t drop_reason;
    bool tunnel_verdicted;
    struct Packet_ *root;
    uint16_t tunnel_rtv_cnt;
    uint16_t tunnel_tpr_cnt;
    uint32_t tenant_id;
    void *pool; /* from which the packet was taken */
    int tunnel_lock;
    uint8_t pkt_data[4]; /* of a pool's packets: the first of default_packet_size bytes */
} Packet;

/* Addresses are in network order. */
#define GET_IPV4_SRC_ADDR_U32(p) ((p)->src.addr_data32[0])
#define GET_IPV4_DST_ADDR_U32(p) ((p)->dst.addr_data32[0])
#define GET_IPV4_SRC_ADDR_PTR(p) ((p)->src.addr_data32)
#define GET_IPV4_DST_ADDR_PTR(p) ((p)->dst.addr_data32)
#define GET_IPV6_SRC_IN6ADDR(p) ((p)->src.addr_in6addr)
#define GET_IPV6_DST_IN6ADDR(p) ((p)->dst.addr_in6addr)
#define GET_IPV6_SRC_ADDR(p) ((p)->src.addr_data32)
#define GET_IPV6_DST_ADDR(p) ((p)->dst.addr_data32)
#define GET_TCP_SRC_PORT(p) ((p)->sp)
#define GET_TCP_DST_PORT(p) ((p)->dp)
#define CMP_ADDR(a1, a2)                             \
    ((a1)->addr_data32[3] == (a2)->addr_data32[3] && \
     (a1)->addr_data32[2] == (a2)->addr_data32[2] && \
     (a1)->addr_data32[1] == (a2)->addr_data32[1] && (a1)->addr_data32[0] == (a2)->addr_data32[0])
#define CMP_PORT(p1, p2) ((p1) == (p2))
#define COPY_ADDRESS(from, to)           \
    do {                                 \
        (to)->family = (from)->family;   \
        (to)->address = (from)->address; \
    } while (0)
#define IP_GET_RAW_VER(pkt) ((pkt)[0] >> 4)

#define GET_PKT_LEN(p) ((p)->pktlen)
#define SET_PKT_LEN(p, len) ((p)->pktlen = (len))
#define GET_PKT_DIRECT_DATA(p) ((uint8_t *)(p) + offsetof(Packet, pkt_data))
#define GET_PKT_DIRECT_MAX_SIZE(p) (default_packet_size)
#define GET_PKT_DATA(p) ((p)->ext_pkt == NULL ? GET_PKT_DIRECT_DATA(p) : (p)->ext_pkt)
#define PKT_SET_SRC(p, source) ((p)->pkt_src = (uint8_t)(source))
#define PKT_IS_TOSERVER(p) (((p)->flowflags & FLOW_PKT_TOSERVER) != 0)
#define PKT_IS_TOCLIENT(p) (((p)->flowflags & FLOW_PKT_TOCLIENT) != 0)

static inline bool PacketIsIPv4(const Packet *p) { return p->l3.type == PACKET_L3_IPV4; }
static inline bool PacketIsIPv6(const Packet *p) { return p->l3.type == PACKET_L3_IPV6; }
static inline bool PacketIsARP(const Packet *p) { return p->l3.type == PACKET_L3_ARP; }
static inline bool PacketIsEthernet(const Packet *p) { return p->l2.type == PACKET_L2_ETHERNET; }
static inline bool PacketIsTCP(const Packet *p) { return p->l4.type == PACKET_L4_TCP; }
static inline bool PacketIsUDP(const Packet *p) { return p->l4.type == PACKET_L4_UDP; }
static inline bool PacketIsICMPv4(const Packet *p) { return p->l4.type == PACKET_L4_ICMPV4; }
static inline bool PacketIsICMPv6(const Packet *p) { return p->l4.type == PACKET_L4_ICMPV6; }
static inline bool PacketIsSCTP(const Packet *p) { return p->l4.type == PACKET_L4_SCTP; }
static inline bool PacketIsGRE(const Packet *p) { return p->l4.type == PACKET_L4_GRE; }
static inline bool PacketIsESP(const Packet *p) { return p->l4.type == PACKET_L4_ESP; }

/* The header; only for packets of that kind. */
static inline const IPV4Hdr *PacketGetIPv4(const Packet *p) { return p->l3.hdrs.ip4h; }
static inline const IPV6Hdr *PacketGetIPv6(const Packet *p) { return p->l3.hdrs.ip6h; }
static inline const EthernetHdr *PacketGetEthernet(const Packet *p) { return p->l2.hdrs.ethh; }
static inline const TCPHdr *PacketGetTCP(const Packet *p) { return p->l4.hdrs.tcph; }
static inline const UDPHdr *PacketGetUDP(const Packet *p) { return p->l4.hdrs.udph; }
static inline const ICMPV4Hdr *PacketGetICMPv4(const Packet *p) { return p->l4.hdrs.icmpv4h; }
static inline const ICMPV6Hdr *PacketGetICMPv6(const Packet *p) { return p->l4.hdrs.icmpv6h; }
static inline const SCTPHdr *PacketGetSCTP(const Packet *p) { return p->l4.hdrs.sctph; }

/* The IP protocol; 0: it has none. */
static inline uint8_t PacketGetIPProto(const Packet *p) {
    if (p->proto != 0) return p->proto;
    if (PacketIsIPv4(p)) return IPV4_GET_RAW_IPPROTO(PacketGetIPv4(p));
    return PacketIsIPv6(p) ? IPV6_GET_L4PROTO(p) : (uint8_t)0;
}

#if SURISIM_API_VERSION != 0x0800
/* Packet.pcap_v.pcap_cnt; 0, and no effect, in live modes. [any thread] */
uint64_t PcapPacketCntGet(const Packet *p);
void PcapPacketCntSet(Packet *p, uint64_t pcap_cnt);
#endif

/* For capture plugins: bytes that a packet of a pool has room for ("default-packet-size", 1514),
 * and the number of packets in each pool ("max-pending-packets", 1024). */
extern uint32_t default_packet_size;
extern uint32_t max_pending_packets;

/* A packet of the thread's pool or, if that is empty, a new one. NULL: out of memory.
 * On the packet thread, in its loop. */
Packet *PacketGetFromQueueOrAlloc(void);
/* A new packet, of no pool. [any thread] */
Packet *PacketGetFromAlloc(void);
/* Gives a packet back to its pool, or frees it if it has none. [any thread] */
void PacketFreeOrRelease(Packet *p);
void PacketFree(Packet *p);
/* Copies bytes into the packet. -1: too many, or out of memory. */
int PacketCopyData(Packet *p, const uint8_t *pktdata, uint32_t pktlen);
/* Points the packet to bytes, which stay the caller's until the packet is given back. -1: NULL. */
int PacketSetData(Packet *p, const uint8_t *pktdata, uint32_t pktlen);

/* What decoding needs on a thread: made in the ThreadInit of the module that decodes, with the
 * thread init functions of flow loggers (L33), and freed in its ThreadDeinit. */
typedef struct DecodeThreadVars_ DecodeThreadVars;
DecodeThreadVars *DecodeThreadVarsAlloc(ThreadVars *tv);
void DecodeThreadVarsFree(ThreadVars *tv, DecodeThreadVars *dtv);
/* These have no effect here: counters of the decoder are not modelled. */
void DecodeRegisterPerfCounters(DecodeThreadVars *dtv, ThreadVars *tv);
void DecodeUpdatePacketCounters(ThreadVars *tv, const DecodeThreadVars *dtv, const Packet *p);
void PacketDecodeFinalize(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p);

/* Decode `len` bytes of `p` at `pkt`, from their link layer on. The packet's addresses, ports and
 * headers are known afterwards; packets inside a tunnel, and reassembled ones, are in the thread's
 * decode_pq, and go through the next modules first. TM_ECODE_FAILED: the first header is damaged,
 * or not known. */
int DecodeEthernet(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt,
                   uint32_t len);
int DecodeSll(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt, uint32_t len);
int DecodeSll2(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt, uint32_t len);
int DecodePPP(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt, uint32_t len);
int DecodeRaw(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt, uint32_t len);
int DecodeNull(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt, uint32_t len);
int DecodeCHDLC(ThreadVars *tv, DecodeThreadVars *dtv, Packet *p, const uint8_t *pkt, uint32_t len);

/* By the packet's link type; an unknown one is an error in the log. */
static inline void DecodeLinkLayer(ThreadVars *tv, DecodeThreadVars *dtv, const int datalink,
                                   Packet *p, const uint8_t *data, const uint32_t len) {
    switch (datalink) {
        case LINKTYPE_ETHERNET:
            (void)DecodeEthernet(tv, dtv, p, data, len);
            break;
        case LINKTYPE_LINUX_SLL:
            (void)DecodeSll(tv, dtv, p, data, len);
            break;
        case LINKTYPE_LINUX_SLL2:
            (void)DecodeSll2(tv, dtv, p, data, len);
            break;
        case LINKTYPE_PPP:
            (void)DecodePPP(tv, dtv, p, data, len);
            break;
        case LINKTYPE_RAW:
        case LINKTYPE_GRE_OVER_IP:
            (void)DecodeRaw(tv, dtv, p, data, len);
            break;
        case LINKTYPE_NULL:
            (void)DecodeNull(tv, dtv, p, data, len);
            break;
        case LINKTYPE_CISCO_HDLC:
            (void)DecodeCHDLC(tv, dtv, p, data, len);
            break;
        default:
            SCLogError("link type %d is not known", datalink);
            break;
    }
}

SURISIM_C_END

#endif
