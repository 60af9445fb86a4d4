/*
 * What a capture plugin sets in a packet that it has received.
 *
 * When:    between taking the packet from the pool and passing it on.
 * Owner:   the caller owns the packet at that time.
 * Threads: the packet thread that has taken it.
 * Source:  packet.h, packet.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<packet.h>)
#include_next <packet.h>
#else
#include <packet.h>
#endif
#endif

#ifndef SURICATA_PACKET_H
#define SURICATA_PACKET_H

#include "decode.h"

SURISIM_C_BEGIN

void SCPacketSetDatalink(Packet *p, int datalink); /* LINKTYPE_ value */
void SCPacketSetSource(Packet *p, enum PktSrcEnum source);
void SCPacketSetTime(Packet *p, SCTime_t ts);
/* Called in place of the pool's function when the host is done with the packet; it ends with
 * PacketFreeOrRelease(p). */
void SCPacketSetReleasePacket(Packet *p, void (*ReleasePacket)(Packet *p));
/* True if one of these actions is to be taken on the packet. */
bool PacketCheckAction(const Packet *p, uint8_t actions);

SURISIM_C_END

#endif
