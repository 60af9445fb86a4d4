/*
 * The packet filter of a capture.
 *
 * When:    once plugins are loaded.
 * Owner:   the filter is the configuration's (conf.h).
 * Threads: [main]
 * Source:  util-bpf.h, util-bpf.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-bpf.h>)
#include_next <util-bpf.h>
#else
#include <util-bpf.h>
#endif
#endif

#ifndef SURICATA_UTIL_BPF_H
#define SURICATA_UTIL_BPF_H

#include "conf.h"

SURISIM_C_BEGIN

/* Sets `*bpf_filter` to the setting bpf-filter, or else to that of the device's node, or else to
 * that of the default node. Leaves it as it is if there is none, or if it is not NULL. */
void ConfSetBPFFilter(SCConfNode *if_root, SCConfNode *if_default, const char *iface,
                      const char **bpf_filter);

SURISIM_C_END

#endif
