/*
 * The TCP header, as it is in the packet, and its options.
 *
 * Source:  decode-tcp.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-tcp.h>)
#include_next <decode-tcp.h>
#else
#include <decode-tcp.h>
#endif
#endif

#ifndef SURICATA_DECODE_TCP_H
#define SURICATA_DECODE_TCP_H

#include "suricata-common.h"

#define TCP_HEADER_LEN 20 /* bytes without options */

/* TCPHdr.th_flags */
#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_PUSH 0x08
#define TH_ACK 0x10
#define TH_URG 0x20
#define TH_ECN 0x40
#define TH_CWR 0x80

typedef struct TCPHdr_ {
    uint16_t th_sport; /* this and the other numbers in network order */
    uint16_t th_dport;
    uint32_t th_seq;
    uint32_t th_ack;
    uint8_t th_offx2; /* header length in words of four bytes, in the upper half */
    uint8_t th_flags;
    uint16_t th_win;
    uint16_t th_sum;
    uint16_t th_urp;
} TCPHdr;

/* Packet.l4.vars.tcp: options that the decoder has found, in host order. */
typedef struct TCPVars_ {
    uint8_t md5_option_present : 1; /* never set here */
    uint8_t ao_option_present : 1;  /* never set here */
    uint8_t ts_set : 1;
    uint8_t sack_ok : 1; /* SACK is permitted */
    uint8_t mss_set : 1;
    uint8_t tfo_set : 1; /* never set here */
    uint8_t wscale_set : 1;
    uint8_t sack_set : 1;
    uint8_t wscale;
    uint8_t sack_cnt; /* ranges */
    uint16_t mss;
    uint16_t stream_pkt_flags; /* 0 here */
    uint32_t ts_val;
    uint32_t ts_ecr;
    uint16_t sack_offset; /* of the first range, from the header's start */
} TCPVars;

/* Of a header, in host order. */
#define TCP_GET_RAW_OFFSET(tcph) ((tcph)->th_offx2 >> 4)
#define TCP_GET_RAW_HLEN(tcph) ((uint8_t)(TCP_GET_RAW_OFFSET(tcph) << 2))
#define TCP_GET_RAW_X2(tcph) ((unsigned char)((tcph)->th_offx2 & 0x0f))
#define TCP_GET_RAW_SRC_PORT(tcph) SCNtohs((tcph)->th_sport)
#define TCP_GET_RAW_DST_PORT(tcph) SCNtohs((tcph)->th_dport)
#define TCP_GET_RAW_SEQ(tcph) SCNtohl((tcph)->th_seq)
#define TCP_GET_RAW_ACK(tcph) SCNtohl((tcph)->th_ack)
#define TCP_GET_RAW_WINDOW(tcph) SCNtohs((tcph)->th_win)
#define TCP_GET_RAW_URG_POINTER(tcph) SCNtohs((tcph)->th_urp)
#define TCP_GET_RAW_SUM(tcph) SCNtohs((tcph)->th_sum)
#define TCP_ISSET_FLAG_RAW_FIN(tcph) ((tcph)->th_flags & TH_FIN)
#define TCP_ISSET_FLAG_RAW_SYN(tcph) ((tcph)->th_flags & TH_SYN)
#define TCP_ISSET_FLAG_RAW_RST(tcph) ((tcph)->th_flags & TH_RST)
#define TCP_ISSET_FLAG_RAW_PUSH(tcph) ((tcph)->th_flags & TH_PUSH)
#define TCP_ISSET_FLAG_RAW_ACK(tcph) ((tcph)->th_flags & TH_ACK)
#define TCP_ISSET_FLAG_RAW_URG(tcph) ((tcph)->th_flags & TH_URG)

/* Of a Packet with TCP: its header. */
#define TCP_GET_OFFSET(p) TCP_GET_RAW_OFFSET((p)->l4.hdrs.tcph)
#define TCP_GET_HLEN(p) TCP_GET_RAW_HLEN((p)->l4.hdrs.tcph)
#define TCP_GET_X2(p) TCP_GET_RAW_X2((p)->l4.hdrs.tcph)
#define TCP_GET_SRC_PORT(p) TCP_GET_RAW_SRC_PORT((p)->l4.hdrs.tcph)
#define TCP_GET_DST_PORT(p) TCP_GET_RAW_DST_PORT((p)->l4.hdrs.tcph)
#define TCP_GET_SEQ(p) TCP_GET_RAW_SEQ((p)->l4.hdrs.tcph)
#define TCP_GET_ACK(p) TCP_GET_RAW_ACK((p)->l4.hdrs.tcph)
#define TCP_GET_WINDOW(p) TCP_GET_RAW_WINDOW((p)->l4.hdrs.tcph)
#define TCP_GET_URG_POINTER(p) TCP_GET_RAW_URG_POINTER((p)->l4.hdrs.tcph)
#define TCP_GET_SUM(p) TCP_GET_RAW_SUM((p)->l4.hdrs.tcph)
#define TCP_GET_FLAGS(p) ((p)->l4.hdrs.tcph->th_flags)
#define TCP_ISSET_FLAG_FIN(p) TCP_ISSET_FLAG_RAW_FIN((p)->l4.hdrs.tcph)
#define TCP_ISSET_FLAG_SYN(p) TCP_ISSET_FLAG_RAW_SYN((p)->l4.hdrs.tcph)
#define TCP_ISSET_FLAG_RST(p) TCP_ISSET_FLAG_RAW_RST((p)->l4.hdrs.tcph)
#define TCP_ISSET_FLAG_PUSH(p) TCP_ISSET_FLAG_RAW_PUSH((p)->l4.hdrs.tcph)
#define TCP_ISSET_FLAG_ACK(p) TCP_ISSET_FLAG_RAW_ACK((p)->l4.hdrs.tcph)
#define TCP_ISSET_FLAG_URG(p) TCP_ISSET_FLAG_RAW_URG((p)->l4.hdrs.tcph)

/* Its options. */
#define TCP_HAS_TS(p) ((p)->l4.vars.tcp.ts_set)
#define TCP_HAS_WSCALE(p) ((p)->l4.vars.tcp.wscale_set)
#define TCP_HAS_SACK(p) ((p)->l4.vars.tcp.sack_set)
#define TCP_HAS_MSS(p) ((p)->l4.vars.tcp.mss_set)
#define TCP_GET_TSVAL(p) ((p)->l4.vars.tcp.ts_val)
#define TCP_GET_TSECR(p) ((p)->l4.vars.tcp.ts_ecr)
#define TCP_GET_WSCALE(p) ((p)->l4.vars.tcp.wscale)
#define TCP_GET_SACKOK(p) ((p)->l4.vars.tcp.sack_ok)
#define TCP_GET_SACK_CNT(p) ((p)->l4.vars.tcp.sack_cnt)
#define TCP_GET_SACK_PTR(p, tcph) ((uint8_t *)(tcph) + (p)->l4.vars.tcp.sack_offset)
#define TCP_GET_MSS(p) ((p)->l4.vars.tcp.mss)

#endif
