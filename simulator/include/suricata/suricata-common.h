/*
 * The common part of Suricata's C API: the system headers, macros and small headers that every
 * plugin relies on.
 *
 * Source:  suricata-common.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<suricata-common.h>)
#include_next <suricata-common.h>
#else
#include <suricata-common.h>
#endif
#endif

#ifndef SURICATA_SURICATA_COMMON_H
#define SURICATA_SURICATA_COMMON_H

#include "surisim_common.h"
#include "util-debug.h"
#include "util-mem.h"

#endif
