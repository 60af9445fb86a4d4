/*
 * Network cards. There are none here: the devices of a capture are names.
 *
 * When:    in the function of a run mode.
 * Owner:   nothing is kept.
 * Threads: [main]
 * Source:  util-ioctl.h, util-ioctl.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-ioctl.h>)
#include_next <util-ioctl.h>
#else
#include <util-ioctl.h>
#endif
#endif

#ifndef SURICATA_UTIL_IOCTL_H
#define SURICATA_UTIL_IOCTL_H

#include "util-device.h"

SURISIM_C_BEGIN

/* 0: the card computes no checksums (`csum`), and joins no segments (`other`). */
int GetIfaceOffloading(const char *dev, int csum, int other);
/* Returns 0. */
int DisableIfaceOffloading(LiveDevice *dev, int csum, int other);
/* 0: the card does not say how many queues it receives from. */
int GetIfaceRSSQueuesNum(const char *dev);

SURISIM_C_END

#endif
