/*
 * Deciding that wrong checksums in a capture come from offloading.
 *
 * When:    in a packet acquisition loop.
 * Owner:   nothing is kept.
 * Threads: any.
 * Source:  util-checksum.h, util-checksum.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-checksum.h>)
#include_next <util-checksum.h>
#else
#include <util-checksum.h>
#endif
#endif

#ifndef SURICATA_UTIL_CHECKSUM_H
#define SURICATA_UTIL_CHECKSUM_H

#include <stdint.h>

SURISIM_C_BEGIN

#define CHECKSUM_SAMPLE_COUNT 1000ULL
#define CHECKSUM_INVALID_RATIO 10

/* Asked for each packet of a thread. 1: this is its packet CHECKSUM_SAMPLE_COUNT, and more than one
 * in CHECKSUM_INVALID_RATIO of the device's packets had a wrong checksum, so that checksums are
 * taken to be left to the network card. */
int ChecksumAutoModeCheck(uint64_t thread_count, uint64_t iface_count, uint64_t iface_fail);

SURISIM_C_END

#endif
