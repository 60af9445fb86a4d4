/*
 * Types of link layers, as Packet.datalink has them.
 *
 * Source:  util-datalink.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<util-datalink.h>)
#include_next <util-datalink.h>
#else
#include <util-datalink.h>
#endif
#endif

#ifndef SURICATA_UTIL_DATALINK_H
#define SURICATA_UTIL_DATALINK_H

#include "surisim_common.h"

SURISIM_C_BEGIN

#define LINKTYPE_NULL 0
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_PPP 9
#define LINKTYPE_RAW 12
#define LINKTYPE_RAW2 101
#define LINKTYPE_CISCO_HDLC 104
#define LINKTYPE_LINUX_SLL 113
#define LINKTYPE_LINUX_SLL2 276
#define LINKTYPE_GRE_OVER_IP 778

/* Has no effect here. */
void DatalinkSetGlobalType(int datalink);

SURISIM_C_END

#endif
