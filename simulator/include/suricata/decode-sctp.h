/*
 * The SCTP header, as it is in the packet, and what 9.0's decoder finds in its chunks.
 *
 * Source:  decode-sctp.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<decode-sctp.h>)
#include_next <decode-sctp.h>
#else
#include <decode-sctp.h>
#endif
#endif

#ifndef SURICATA_DECODE_SCTP_H
#define SURICATA_DECODE_SCTP_H

#include "suricata-common.h"

#define SCTP_HEADER_LEN 12

typedef struct SCTPHdr_ {
    uint16_t sh_sport; /* this and the other numbers in network order */
    uint16_t sh_dport;
    uint32_t sh_vtag;
    uint32_t sh_sum;
} SURISIM_PACKED SCTPHdr;

#if SURISIM_API_VERSION != 0x0800
#define SCTP_CHUNK_HDR_LEN 4
#define SCTP_MAX_TRACKED_CHUNKS 16
#define SCTP_MAX_DATA_CHUNKS 16
#define SCTP_DATA_CHUNK_HDR_LEN 16

/* Chunk types of RFC 4960. */
#define SCTP_CHUNK_TYPE_DATA 0x00
#define SCTP_CHUNK_TYPE_INIT 0x01
#define SCTP_CHUNK_TYPE_INIT_ACK 0x02
#define SCTP_CHUNK_TYPE_SACK 0x03
#define SCTP_CHUNK_TYPE_HEARTBEAT 0x04
#define SCTP_CHUNK_TYPE_HB_ACK 0x05
#define SCTP_CHUNK_TYPE_ABORT 0x06
#define SCTP_CHUNK_TYPE_SHUTDOWN 0x07
#define SCTP_CHUNK_TYPE_SHUTDOWN_ACK 0x08
#define SCTP_CHUNK_TYPE_ERROR 0x09
#define SCTP_CHUNK_TYPE_COOKIE_ECHO 0x0A
#define SCTP_CHUNK_TYPE_COOKIE_ACK 0x0B
#define SCTP_CHUNK_TYPE_ECNE 0x0C
#define SCTP_CHUNK_TYPE_CWR 0x0D
#define SCTP_CHUNK_TYPE_SHUTDOWN_COMPLETE 0x0E
#define SCTP_CHUNK_TYPE_FORWARD_TSN 0xC0

/* Of a packet. Generated packets have no chunks. */
typedef struct SCTPVars_ {
    uint16_t hlen;             /* of the header and all chunks */
    uint16_t chunk_cnt;        /* all chunks */
    uint8_t tracked_chunk_cnt; /* those in `chunk_types`: the first ones */
    uint8_t chunk_types[SCTP_MAX_TRACKED_CHUNKS];
    uint8_t data_chunk_cnt; /* DATA chunks that are long enough, at most SCTP_MAX_DATA_CHUNKS */
    bool has_init : 1;
    bool has_init_ack : 1;
    bool has_data : 1;
    bool has_abort : 1;
    uint16_t data_offsets[SCTP_MAX_DATA_CHUNKS]; /* of the users' data, from the header on */
    uint16_t data_lens[SCTP_MAX_DATA_CHUNKS];
} SCTPVars;

/* Of a header, in host order. */
#define SCTP_GET_RAW_SRC_PORT(sctph) SCNtohs((sctph)->sh_sport)
#define SCTP_GET_RAW_DST_PORT(sctph) SCNtohs((sctph)->sh_dport)
#define SCTP_GET_RAW_VTAG(sctph) SCNtohl((sctph)->sh_vtag)
#define SCTP_GET_RAW_SUM(sctph) SCNtohl((sctph)->sh_sum)
#endif

#endif
