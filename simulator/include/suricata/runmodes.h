/*
 * The host's names of threads: "W#01" is "W" and a number.
 *
 * Source:  runmodes.h, runmodes.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<runmodes.h>)
#include_next <runmodes.h>
#else
#include <runmodes.h>
#endif
#endif

#ifndef SURICATA_RUNMODES_H
#define SURICATA_RUNMODES_H

#include "suricata-common.h"

SURISIM_C_BEGIN

extern const char *thread_name_autofp;
extern const char *thread_name_single;
extern const char *thread_name_workers;
extern const char *thread_name_verdict;
extern const char *thread_name_flow_mgr;
extern const char *thread_name_flow_bypass;
extern const char *thread_name_flow_rec;
extern const char *thread_name_unix_socket;
extern const char *thread_name_detect_loader;
extern const char *thread_name_counter_stats;
extern const char *thread_name_counter_wakeup;
extern const char *thread_name_heartbeat;

SURISIM_C_END

#endif
